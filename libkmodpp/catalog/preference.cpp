// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/preference.hpp"

#include <algorithm>
#include <ranges>

#include "base/text.hpp"
#include "catalog/scan.hpp"

namespace kmodpp {

namespace {

bool is_below(std::string_view path, std::string_view directory) {
    while (directory.ends_with('/')) directory.remove_suffix(1);
    return path.size() > directory.size() && path.starts_with(directory) &&
           path[directory.size()] == '/';
}

}  // namespace

Preference::Preference(const DepmodConfig& config, const std::string& release)
    : search_(config.search) {
    // The last line for a module takes precedence.
    for (const OverrideRule& rule : config.overrides | std::views::reverse)
        if (kernel_matches(rule.kernel, release)) overrides_.push_back(&rule);
    if (search_.empty()) search_ = {{SearchPlace::Kind::directory, "updates", {}}};
}

std::size_t Preference::override_rank(const FoundModule& module) const {
    std::size_t rank = 0;
    for (; rank < overrides_.size(); ++rank) {
        const OverrideRule& rule = *overrides_[rank];
        const std::string_view directory =
            std::string_view(module.database).substr(0, module.database.rfind('/'));
        if (rule.module == module.name && rule.directory == directory) break;
    }
    return rank;
}

std::size_t Preference::search_rank(const FoundModule& module) const {
    std::size_t built_in = search_.size();
    for (std::size_t rank = 0; rank < search_.size(); ++rank) {
        const SearchPlace& place = search_[rank];
        switch (place.kind) {
            case SearchPlace::Kind::built_in: built_in = std::min(built_in, rank); break;
            case SearchPlace::Kind::external:
                if (module.external) return rank;
                break;
            case SearchPlace::Kind::directory:
                if (!module.external && is_below(module.database, place.directory))
                    return rank;
                break;
        }
    }
    // A file outside all listed directories ranks as "built-in"; an external file ranks
    // last unless "external" is listed.
    return module.external ? search_.size() : built_in;
}

bool Preference::prefers(const FoundModule& a, const FoundModule& b) const {
    const std::size_t a_override = override_rank(a), b_override = override_rank(b);
    if (a_override != b_override) return a_override < b_override;
    return search_rank(a) < search_rank(b);
}

PreferenceReason Preference::reason(const FoundModule& taken,
                                    const FoundModule& hidden) const {
    if (const std::size_t rank = override_rank(taken); rank < override_rank(hidden))
        return {cat("an override line selects '", overrides_[rank]->directory, "'"),
                overrides_[rank]->origin};
    const std::size_t rank = search_rank(taken), other = search_rank(hidden);
    if (rank >= other)
        return {"both have the same priority, and its path comes first", {}};
    const auto& [kind, directory, origin] = search_[rank];
    const std::string then = other < search_.size()
                                 ? cat("'", search_[other].directory, "'")
                                 : std::string("all other directories");
    return {cat("'", directory, "' precedes ", then, " in the ",
                origin.empty() ? "default " : "", "search order"),
            origin};
}

}  // namespace kmodpp
