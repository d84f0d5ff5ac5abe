// SPDX-License-Identifier: LGPL-2.1-or-later
// The directories in sys/module of a simulated kernel, and the lock that shows that a
// module is being loaded.
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

/// Private file of a module directory with the facts that later loads need:
///
///   machine NUMBER
///   0xCRC|-<TAB>symbol<TAB>gpl|-<TAB>NAMESPACE
inline constexpr std::string_view kExportsFile = ".exports";
/// Private file of a module whose init function is running. The loading process holds a
/// lock on it.
inline constexpr std::string_view kLoaderFile = ".loader";

/// Creates the complete directory of a module under a hidden name. For a module that is
/// coming, returns the lock of its loader: the module counts as being loaded while the
/// descriptor is open. For a live module the descriptor is closed.
[[nodiscard]] Result<io::Fd> prepare_module_directory(const StateDirectory& modules,
                                                      const NewModule& module);
/// Renames the prepared directory to its final name, so that no reader sees a partial
/// one. Does nothing if no directory is prepared.
[[nodiscard]] Status place_module_directory(const StateDirectory& modules,
                                            const std::string& name);
/// Removes a prepared directory that was not placed.
[[nodiscard]] Status drop_prepared(const StateDirectory& modules);

/// Updates the directory after the init function has returned.
[[nodiscard]] Status make_live(const StateDirectory& modules, const LoadedModule& module);

/// Makes refcnt and holders/ of a module agree with its line in proc/modules.
[[nodiscard]] Status update_references(const StateDirectory& modules,
                                       const LoadedModule& module);

/// State of the process that is loading a module.
enum class Loader {
    unknown,  ///< no lock file: the module was not loaded by this library
    alive,
    gone,  ///< the process was killed
};
[[nodiscard]] Loader loader_of(const io::Root& root, std::string_view name);

/// Waits until the module is no longer being loaded. Must not be called while the store
/// is locked. Returns false if it is still being loaded at `until`.
[[nodiscard]] bool wait_for_loader(
    const io::Root& root, std::string_view name,
    std::optional<std::chrono::steady_clock::time_point> until);

}  // namespace kmodpp::kernel
