// SPDX-License-Identifier: LGPL-2.1-or-later
// The only place where environment variables are read.
#pragma once

#include <sys/auxv.h>

#include <cstdlib>

namespace kmodpp {

/// True if this process has more privileges than its caller: setuid, setgid, file
/// capabilities (AT_SECURE, getauxval(3)).
[[nodiscard]] inline bool has_rights_of_its_own() { return ::getauxval(AT_SECURE) != 0; }

/// The value of a variable. Null if it is not set, and always null for a process with
/// more privileges than its caller, because its environment was set by that caller. Valid
/// until the environment is changed.
[[nodiscard]] inline const char* trusted_variable(const char* name) {
    return has_rights_of_its_own() ? nullptr : std::getenv(name);
}

}  // namespace kmodpp
