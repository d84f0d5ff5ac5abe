// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Which modules a module depends on, and which modules use it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// Selects the relations that Context::relations() follows. Plain data.
struct RelationsRequest {
    /// The direction in which relations are followed.
    enum class Direction {
        dependencies,  ///< from a module to the modules that it depends on
        users,         ///< from a module to the modules that depend on it
    };
    std::vector<std::string> names;                 ///< module names or aliases
    Direction direction = Direction::dependencies;  ///< the direction
    /// Only loaded modules, with the relations that the kernel reports. Otherwise the
    /// installed modules, with the relations in modules.dep and in softdep lines.
    bool loaded = false;
};
/// A stable name for programs: "users".
[[nodiscard]] KMODPP_API std::string_view to_string(
    RelationsRequest::Direction direction);

}  // namespace kmodpp
