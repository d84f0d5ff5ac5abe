// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/hardware_ids.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/sort.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

/// A number and the name that follows it.
struct Line {
    std::uint32_t number = 0;
    std::string_view name;
};

/// Reads "8086  Intel Corporation"; nullopt: another form.
std::optional<Line> parse_line(std::string_view text, std::size_t digits) {
    if (text.size() <= digits || text[digits] != ' ') return std::nullopt;
    const auto number = parse_unsigned<std::uint32_t>(text.substr(0, digits), 16);
    if (!number) return std::nullopt;
    return Line{*number, trim(text.substr(digits))};
}

enum class List { vendors, classes, other };

}  // namespace

HardwareIds HardwareIds::parse(std::string_view text) {
    constexpr std::size_t kProductDigits = 4, kClassDigits = 2;
    HardwareIds ids;
    List list = List::other;
    std::uint32_t parent = 0;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        if (line.empty() || line.starts_with('#') || line.starts_with("\t\t")) continue;
        if (line.starts_with('\t')) {
            line.remove_prefix(1);
            if (list == List::vendors) {
                if (const auto entry = parse_line(line, kProductDigits))
                    ids.products_.emplace_back(parent << 16 | entry->number, entry->name);
            } else if (list == List::classes) {
                if (const auto entry = parse_line(line, kClassDigits))
                    ids.subclasses_.emplace_back(parent << 8 | entry->number,
                                                 entry->name);
            }
            continue;
        }
        list = List::other;
        if (line.starts_with("C ")) {
            const auto entry = parse_line(line.substr(2), kClassDigits);
            if (!entry) continue;
            list = List::classes;
            parent = entry->number;
            ids.classes_.emplace_back(parent, entry->name);
        } else if (const auto entry = parse_line(line, kProductDigits)) {
            list = List::vendors;
            parent = entry->number;
            ids.vendors_.emplace_back(parent, entry->name);
        }
    }
    for (Names* const names :
         {&ids.vendors_, &ids.products_, &ids.classes_, &ids.subclasses_})
        sort_by(*names, &Names::value_type::first);
    return ids;
}

std::string_view HardwareIds::find(const Names& names, std::uint32_t key) {
    const auto found =
        std::ranges::lower_bound(names, key, {}, &Names::value_type::first);
    return found == names.end() || found->first != key ? std::string_view()
                                                       : found->second;
}

std::string_view HardwareIds::vendor(std::uint16_t vendor) const {
    return find(vendors_, vendor);
}

std::string_view HardwareIds::product(std::uint16_t vendor, std::uint16_t product) const {
    return find(products_, std::uint32_t{vendor} << 16 | product);
}

std::string_view HardwareIds::device_class(std::uint8_t device_class,
                                           std::uint8_t subclass) const {
    const std::string_view name =
        find(subclasses_, std::uint32_t{device_class} << 8 | subclass);
    return name.empty() ? find(classes_, device_class) : name;
}

}  // namespace kmodpp
