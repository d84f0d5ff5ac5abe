// SPDX-License-Identifier: LGPL-2.1-or-later
// A second, simple reader of .modinfo, to check the library's reader against.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// The entries of .modinfo except parameter descriptions, each "key=value"; nullopt if any structure
/// on the way lies outside the file.
[[nodiscard]] std::optional<std::vector<std::string>> plain_modinfo(
    std::string_view file);

}  // namespace kmodpp::test
