// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and writes the lines of /proc/modules (source: kernel/module/procfs.c):
//
//   NAME SIZE REFCOUNT HOLDERS STATE 0xADDRESS [(TAINT)]
//   ext4 983040 1 - Live 0xffffffffc0a10000
//   mbcache 16384 1 ext4, Live 0x0000000000000000 (E)
//   foo 16384 0 [permanent], Live 0x0000000000000000
//   foo 16384 - - Live 0x0000000000000000        without module unloading
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "kmodpp/loaded_module.hpp"

namespace kmodpp {

/// Stands among the holders of a module that cannot be removed.
inline constexpr std::string_view kPermanent = "[permanent]";

/// Parses all lines in order. A malformed error names the line number and the field.
[[nodiscard]] Result<std::vector<LoadedModule>> parse_proc_modules(std::string_view text);

/// Formats one line, with its newline.
[[nodiscard]] std::string format_proc_modules_line(const LoadedModule& module);

}  // namespace kmodpp
