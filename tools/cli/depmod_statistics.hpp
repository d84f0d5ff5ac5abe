// SPDX-License-Identifier: LGPL-2.1-or-later
// depmod --statistics: prints the figures of a run, as text or JSON.
#pragma once

#include <cstddef>
#include <string>

#include <kmodpp/depmod.hpp>

namespace kmodpp::cli {

/// A count of a run, under its name in the output.
struct DepmodCount {
    const char* name;
    std::size_t DepmodReport::*member;
};
inline constexpr DepmodCount kDepmodCounts[] = {
    {"modules", &DepmodReport::modules},
    {"unreadable_modules", &DepmodReport::unreadable_modules},
    {"cached_modules", &DepmodReport::cached_modules},
    {"symbols", &DepmodReport::symbols},
    {"aliases", &DepmodReport::aliases},
};

/// Aligned lines, "modules  4023"; times in milliseconds.
[[nodiscard]] std::string statistics_as_text(const DepmodReport& report);

/// One object: modules, unreadable_modules, cached_modules, symbols, aliases, up_to_date,
/// stages (an array of {name, microseconds} in their order).
[[nodiscard]] std::string statistics_as_json(const DepmodReport& report);

}  // namespace kmodpp::cli
