// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/other_releases.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "base/text.hpp"

namespace kmodpp::index {

namespace {

/// Modules listed for one other release; the rest are only counted.
constexpr std::size_t kMaxShown = 5;

/// The CRC of module_layout, which depends on the kernel's configuration. With
/// modversions, the kernel compares it instead of the release in vermagic.
std::optional<std::uint32_t> layout_version(const ModuleFacts& facts) {
    for (const NeededSymbol need : facts.needs())
        if (need.name == "module_layout") return need.crc;
    return std::nullopt;
}

}  // namespace

void warn_of_other_releases(const io::Root& root, const std::string& release,
                            const std::vector<FoundModule>& modules,
                            const std::vector<ModuleRecord>& records,
                            MessageSink& messages) {
    std::vector<std::size_t> own;
    std::map<std::string_view, std::vector<std::size_t>> others;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const ModuleFacts& facts = records[i].facts;
        if (facts.release().empty()) continue;
        (facts.release() == release ? own : others[facts.release()]).push_back(i);
    }
    if (others.empty()) return;
    std::set<std::uint32_t> layouts;
    for (const std::size_t i : own)
        if (const auto layout = layout_version(records[i].facts)) layouts.insert(*layout);
    for (auto& [other, members] : others) {
        std::erase_if(members, [&](std::size_t i) {
            const auto layout = layout_version(records[i].facts);
            return layout && layouts.contains(*layout);
        });
        // The directory is not named after the release of its modules.
        if (own.empty() && others.size() == 1 && members.size() > kMaxShown) {
            messages.message(
                Priority::warning,
                cat("all ", members.size(), " modules were built for release ",
                    printable(other), ", not for ", release));
            return;
        }
        for (const std::size_t i :
             std::span(members).first(std::min(members.size(), kMaxShown)))
            messages.message(Priority::warning,
                             cat(root.display(modules[i].path), " was built for release ",
                                 printable(other), ", not for ", release,
                                 ": the kernel will refuse to load it"));
        if (members.size() > kMaxShown)
            messages.message(
                Priority::warning,
                cat(members.size() - kMaxShown, " more modules were built for release ",
                    printable(other)));
    }
}

}  // namespace kmodpp::index
