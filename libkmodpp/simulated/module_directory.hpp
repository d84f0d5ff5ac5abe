// SPDX-License-Identifier: LGPL-2.1-or-later
// The directories beneath sys/module of a simulated kernel, and who is loading a module.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/root.hpp"
#include "simulated/new_module.hpp"
#include "simulated/state_directory.hpp"

namespace kmodpp::kernel {

/// Private file of a module directory, what later loads need to know of it:
///
///   machine NUMBER
///   0xCRC|-<TAB>symbol<TAB>gpl|-<TAB>NAMESPACE
inline constexpr std::string_view kExportsFile = ".exports";
/// Private file of a module whose init function runs: its loader holds a lock on it.
inline constexpr std::string_view kLoaderFile = ".loader";

/// Makes the whole directory of a module under a hidden name. Of one that is coming, the
/// lock of its loader: the module counts as being loaded as long as the descriptor is
/// open. Closed: it is live.
[[nodiscard]] Result<io::Fd> prepare_module_directory(const StateDirectory& modules,
                                                      const NewModule& module);
/// Puts what was prepared in its place with one rename, so that no reader meets half of
/// it. Nothing prepared is fine.
[[nodiscard]] Status place_module_directory(const StateDirectory& modules,
                                            const std::string& name);
/// Removes what was prepared and not placed.
[[nodiscard]] Status drop_prepared(const StateDirectory& modules);

/// What changes when init has returned.
[[nodiscard]] Status make_live(const StateDirectory& modules, const LoadedModule& module);

/// Makes refcnt and holders/ of a module agree with its line.
[[nodiscard]] Status update_references(const StateDirectory& modules,
                                       const LoadedModule& module);

/// Who stands behind a module that is coming.
enum class Loader {
    unknown,  ///< somebody wrote it there
    alive,
    gone,  ///< it was killed
};
[[nodiscard]] Loader loader_of(const io::Root& root, std::string_view name);

/// Waits until nobody is loading the module any more. Needs no lock, and must not be
/// called with the store locked. False: at `until` somebody still is.
[[nodiscard]] bool wait_for_loader(
    const io::Root& root, std::string_view name,
    std::optional<std::chrono::steady_clock::time_point> until);

}  // namespace kmodpp::kernel
