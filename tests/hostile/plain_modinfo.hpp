// SPDX-License-Identifier: LGPL-2.1-or-later
// A second reader of .modinfo, as simple as can be, to hold the first one against.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// The texts of .modinfo without those of parameters, "key=value" each; nullopt where
/// some part of the way there lies outside the file.
[[nodiscard]] std::optional<std::vector<std::string>> plain_modinfo(
    std::string_view file);

}  // namespace kmodpp::test
