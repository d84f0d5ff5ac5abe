// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the differences between two releases, for kmod diff.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/release_diff.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// The parts of the output. An alias of a device that has a driver in only one of the
/// releases belongs to `devices`, every other alias to `aliases`.
enum class DiffSection { modules, devices, aliases, parameters, symbols, firmware };
inline constexpr std::array<std::string_view, 6> kDiffSections = {
    "modules", "devices", "aliases", "parameters", "symbols", "firmware"};
/// nullopt: there is no such section.
[[nodiscard]] std::optional<DiffSection> diff_section(std::string_view name);

/// True if an alias belongs to the section `devices`.
[[nodiscard]] bool is_device_change(const AliasChange& change);

/// A set of sections.
class DiffSections {
public:
    void add(DiffSection section) { bits_ |= 1u << static_cast<unsigned>(section); }
    [[nodiscard]] bool has(DiffSection section) const {
        return (bits_ & 1u << static_cast<unsigned>(section)) != 0;
    }
    [[nodiscard]] bool empty() const { return bits_ == 0; }
    [[nodiscard]] static DiffSections all() {
        DiffSections sections;
        sections.bits_ = ~0u;
        return sections;
    }

private:
    unsigned bits_ = 0;
};

/// Removes the differences that belong to other sections.
void keep_sections(ReleaseDiff& diff, DiffSections sections);

/// True if there is any difference.
[[nodiscard]] bool has_differences(const ReleaseDiff& diff);

/// The releases and, for each section with differences, a heading with their numbers
/// and a line for each: "+" for added, "-" for removed, "~" for changed. Empty if there
/// are no differences.
/// \param summary print the headings only
[[nodiscard]] StyledText diff_as_text(const ReleaseDiff& diff, bool summary);

/// A JSON object; see docs/json.md. Has an array for each of the given sections.
[[nodiscard]] std::string diff_as_json(const ReleaseDiff& diff, DiffSections sections);

}  // namespace kmodpp::cli
