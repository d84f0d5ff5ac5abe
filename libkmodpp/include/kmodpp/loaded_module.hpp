// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Modules loaded in a kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// State of a module in the kernel, from /sys/module/NAME/initstate; `builtin` if the
/// directory exists without that file.
enum class InitState { absent, builtin, live, coming, going };
/// A stable name for programs: "live".
[[nodiscard]] KMODPP_API std::string_view to_string(InitState state);

/// One line of /proc/modules (source: kernel/module/procfs.c).
struct LoadedModule {
    std::string name = {};   ///< with underscores, as in the kernel
    std::uint64_t size = 0;  ///< bytes
    /// References held; -1 while unloading. Empty on kernels without module unloading
    /// ('-').
    std::optional<long> refcount = {};
    /// The modules that use this one, in the order of the line.
    std::vector<std::string> holders = {};
    bool permanent = false;  ///< no exit function: "[permanent]"
    InitState state = InitState::live;  ///< live, coming or going
    std::uint64_t address = 0;          ///< 0 without privileges
    std::string taint = {};             ///< letters between the parentheses, or empty
};

}  // namespace kmodpp
