// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads modules.builtin, the kernel build's list of built-in modules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp {

/// One path per line, as if the modules were files: "kernel/fs/ext4/ext4.ko" (source:
/// scripts/Makefile.modinst).
struct BuiltinList {
    std::vector<std::string> names;         ///< normalised, in the order of the file
    std::vector<std::string_view> invalid;  ///< lines that are not paths; borrow
};

[[nodiscard]] BuiltinList parse_builtin_list(std::string_view text);

}  // namespace kmodpp
