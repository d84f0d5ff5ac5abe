// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Links in weak-updates: modules of one kernel release that others may use.
///
/// A package installs a module for one release, as /lib/modules/A/extra/x/x.ko. For each
/// other release whose kernel would load it, a link leads to it:
/// /lib/modules/B/weak-updates/x/x.ko -> /lib/modules/A/extra/x/x.ko
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// Selects the links of a release that are made or removed. Plain data.
struct WeakUpdatesRequest {
    /// Only links for modules of these names are changed; empty: all links.
    std::vector<std::string> modules = {};
    /// Paths within the root of module files that are about to be removed.
    std::vector<std::string> without_files = {};
    /// A release that is about to be removed: only links to its modules are changed.
    /// Empty: none. Takes precedence over `modules`.
    std::string without_release = {};
    /// Remove all links.
    bool remove_all = false;
};

/// A link that is to be made or removed, or a module that gets no link.
struct WeakUpdate {
    /// What is to be done.
    enum class Action {
        add,     ///< make the link
        remove,  ///< remove the link
        refuse,  ///< the kernel would not load the module, so it gets no link
    };
    Action action = Action::add;  ///< what is to be done
    std::string module;           ///< normalised name
    std::string link;             ///< path within the root
    std::string target;           ///< path within the root
    std::string reason = {};      ///< with `refuse`: one line
};
/// A stable name for programs: "add".
[[nodiscard]] KMODPP_API std::string_view to_string(WeakUpdate::Action action);

}  // namespace kmodpp
