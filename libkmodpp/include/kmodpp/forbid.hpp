// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The result of forbidding a module in the configuration, or of allowing it again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/configuration.hpp>
#include <kmodpp/export.hpp>

namespace kmodpp {

/// What a forbid line does not prevent, or also prevents. Plain data.
struct ForbidRemark {
    /// Kind of the remark. to_string() returns a stable name such as "builtin".
    enum class Kind {
        unknown,     ///< there is no such module in this release
        builtin,     ///< it is built in: the line has no effect
        loaded,      ///< it is loaded and stays loaded
        dependents,  ///< other modules need it and cannot be loaded either
        /// Programs that do not read the configuration can load it, because
        /// module_blacklist= on the kernel command line does not name it.
        other_programs,
    };
    Kind kind = Kind::unknown;  ///< for programs to compare
    std::string text = {};      ///< one line, with what to do about it
};
/// A stable name for programs: "builtin".
[[nodiscard]] KMODPP_API std::string_view to_string(ForbidRemark::Kind kind);

/// A change to the configuration of one module. Plain data.
struct ForbidChange {
    std::string module = {};  ///< normalised
    std::string path = {};    ///< the file, as seen from outside the root
    /// False: the file already existed with this text, or did not exist.
    bool changed = false;
    /// Lines of other files that keep the module from being loaded: forbid lines, and
    /// install lines whose command does nothing.
    std::vector<ConfigRule> others = {};
    std::vector<ForbidRemark> remarks = {};  ///< only of a forbidden module
};

}  // namespace kmodpp
