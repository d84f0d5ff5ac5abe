// SPDX-License-Identifier: LGPL-2.1-or-later
// Ends the program if an exception leaves a destructor or is not caught.
#include <cstdlib>
#include <exception>

#ifdef __GLIBCXX__

// The default handler of a static libstdc++ prints the name of the exception. It needs the
// demangler, which is larger than everything else that we use of the library. libstdc++
// takes this variable instead of its own (source: libsupc++/eh_term_handler.cc). Do not
// call std::set_terminate(), which refers to the default handler.
namespace __cxxabiv1 {
std::terminate_handler __terminate_handler = std::abort;
}

#endif
