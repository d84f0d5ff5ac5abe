// SPDX-License-Identifier: LGPL-2.1-or-later
// GCC's link-time optimisation gives functions that only clean up after an exception the
// personality of C. That of libgcc would use a second copy of the unwinder, which knows
// nothing of an exception that the C++ runtime in libkmodpp-load has thrown, and abort.
// The personality of C++ does the same for such functions.
#include <unwind.h>

#ifdef __ARM_EABI_UNWINDER__
#define KMODPP_PERSONALITY_PARAMETERS \
    _Unwind_State first, _Unwind_Control_Block *exception, _Unwind_Context *context
#define KMODPP_PERSONALITY_ARGUMENTS first, exception, context
#else
#define KMODPP_PERSONALITY_PARAMETERS                                  \
    int version, _Unwind_Action actions, _Unwind_Exception_Class kind, \
        _Unwind_Exception *exception, _Unwind_Context *context
#define KMODPP_PERSONALITY_ARGUMENTS version, actions, kind, exception, context
#endif

extern "C" {

_Unwind_Reason_Code __gxx_personality_v0(KMODPP_PERSONALITY_PARAMETERS);

_Unwind_Reason_Code __gcc_personality_v0(KMODPP_PERSONALITY_PARAMETERS) {
    return __gxx_personality_v0(KMODPP_PERSONALITY_ARGUMENTS);
}
}
