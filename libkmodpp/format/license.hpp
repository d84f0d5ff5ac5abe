// SPDX-License-Identifier: LGPL-2.1-or-later
// Classifies the licence of a module (source: include/linux/license.h).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace kmodpp {

/// True if the kernel considers the licence compatible with the GPL.
[[nodiscard]] inline bool is_gpl_compatible(std::string_view license) {
    constexpr std::array<std::string_view, 6> kCompatible = {
        "GPL",          "GPL v2",       "GPL and additional rights",
        "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
    return std::ranges::find(kCompatible, license) != kCompatible.end();
}

}  // namespace kmodpp
