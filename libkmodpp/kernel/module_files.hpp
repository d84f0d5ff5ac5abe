// SPDX-License-Identifier: LGPL-2.1-or-later
// What a kernel shows of its modules in /proc/modules and /sys/module; the same reading
// for the real kernel and the simulated one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/loaded_module.hpp"

namespace kmodpp::kernel {

inline constexpr std::string_view kProcModules = "/proc/modules";
inline constexpr std::string_view kSysModule = "/sys/module";

/// The contents of a small file of /proc or /sys. The error reads "could not open PATH:
/// TEXT".
[[nodiscard]] Result<std::string> read_state_file(const io::Root& root,
                                                  std::string_view path);

/// /proc/cmdline without its newline.
[[nodiscard]] Result<std::string> read_command_line(const io::Root& root);

/// The lines of /proc/modules: newest first, each once.
[[nodiscard]] Result<std::vector<LoadedModule>> read_modules(const io::Root& root);
/// The same; where /proc/modules does not exist, what /sys/module shows, sorted by name.
/// not_found: /sys/module has no loaded module either, as on a kernel without modules;
/// unsupported: neither of them is there, and nothing is known.
[[nodiscard]] Result<std::vector<LoadedModule>> list_modules(const io::Root& root);
/// From initstate; a directory without that file belongs to a built-in module.
[[nodiscard]] InitState read_state(const io::Root& root, std::string_view name);
/// Sorted; none when the module is not loaded.
[[nodiscard]] Result<std::vector<std::string>> read_holders(const io::Root& root,
                                                            std::string_view name);
/// not_found when the module is not loaded or the kernel counts no references.
[[nodiscard]] Result<long> read_refcount(const io::Root& root, std::string_view name);
/// From coresize; nullopt when the module is not loaded.
[[nodiscard]] std::optional<std::uint64_t> read_size(const io::Root& root,
                                                     std::string_view name);
/// Sorted by name; none when the module is not loaded. One that cannot be read is left
/// out.
[[nodiscard]] std::vector<LoadedSection> read_sections(const io::Root& root,
                                                       std::string_view name);

}  // namespace kmodpp::kernel
