// SPDX-License-Identifier: LGPL-2.1-or-later
// Ends the program after an exception that nothing catches, without a message.
#include <cstdlib>
#include <exception>

#ifdef __GLIBCXX__

// The default handler of a static libstdc++ prints the name of the exception. It needs the
// demangler, which is larger than all the rest of the library that we use. libstdc++ takes
// this variable instead of its own (source: libsupc++/eh_term_handler.cc).
namespace __cxxabiv1 {
std::terminate_handler __terminate_handler = std::abort;
}

#endif
