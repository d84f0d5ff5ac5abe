// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads what a kernel shows of its modules in /proc/modules and /sys/module; used for
// the real and the simulated kernel.
#pragma once

#include <optional>
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

/// Reads a small file of /proc or /sys. The error is "could not open PATH: TEXT".
[[nodiscard]] Result<std::string> read_state_file(const io::Root& root,
                                                  std::string_view path);

/// /proc/cmdline without its newline.
[[nodiscard]] Result<std::string> read_command_line(const io::Root& root);

/// The lines of /proc/modules: newest first, each once.
[[nodiscard]] Result<std::vector<LoadedModule>> read_modules(const io::Root& root);
/// Same, but if /proc/modules does not exist, from /sys/module and sorted by name.
/// \return not_found if /sys/module has no loaded module either, as in a kernel without
/// modules; unsupported if both are missing
[[nodiscard]] Result<std::vector<LoadedModule>> list_modules(const io::Root& root);
/// From initstate; a directory without that file belongs to a built-in module.
[[nodiscard]] InitState read_state(const io::Root& root, std::string_view name);
/// Sorted; empty if the module is not loaded.
[[nodiscard]] Result<std::vector<std::string>> read_holders(const io::Root& root,
                                                            std::string_view name);
/// not_found if the module is not loaded or the kernel does not count references.
[[nodiscard]] Result<long> read_refcount(const io::Root& root, std::string_view name);
/// From coresize; nullopt if the module is not loaded.
[[nodiscard]] std::optional<std::uint64_t> read_size(const io::Root& root,
                                                     std::string_view name);
/// Sorted by name; empty if the module is not loaded. Sections that cannot be read are
/// omitted.
[[nodiscard]] std::vector<LoadedSection> read_sections(const io::Root& root,
                                                       std::string_view name);

/// A file in /sys/module/NAME/parameters.
struct ShownParameter {
    std::string name;
    unsigned mode = 0;                 ///< permissions
    std::optional<std::string> value;  ///< without newline; nullopt: cannot be read
    std::string fault;                 ///< why it cannot be read: "Permission denied"
};
/// Sorted by name; empty if the module is not loaded or has no such files.
[[nodiscard]] Result<std::vector<ShownParameter>> read_parameters(const io::Root& root,
                                                                  std::string_view name);

}  // namespace kmodpp::kernel
