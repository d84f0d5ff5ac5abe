// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/softdeps.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/sort.hpp"
#include "plan/rules.hpp"

namespace kmodpp {

namespace {
constexpr std::size_t kMaxScans = 32;
}  // namespace

std::vector<std::size_t> SoftdepIndex::scan(const NamedModule& module) const {
    std::vector<std::size_t> found;
    for (std::size_t rule = 0; rule < rules_.size(); ++rule)
        if (is_dependency_rule_for(rules_[rule].module, module.name, module.alias))
            found.push_back(rule);
    return found;
}

void SoftdepIndex::sort() {
    by_module_.resize(rules_.size());
    std::iota(by_module_.begin(), by_module_.end(), 0);
    std::ranges::copy_if(by_module_, std::back_inserter(patterns_), [this](auto rule) {
        const std::string& name = rules_[rule].module;
        return kPatternCharacters.find(name) < name.size();
    });
    sort_by(by_module_,
            [this](std::size_t rule) { return std::string_view(rules_[rule].module); });
}

std::vector<std::size_t> SoftdepIndex::of(const NamedModule& module) {
    if (rules_.empty()) return {};
    if (scans_ < kMaxScans) {
        ++scans_;
        return scan(module);
    }
    if (by_module_.empty()) sort();
    std::vector<std::size_t> found;
    for (const std::string_view name :
         {std::string_view(module.name), std::string_view(module.alias)}) {
        const auto lines = std::ranges::equal_range(
            by_module_, name, {},
            [this](std::size_t rule) { return std::string_view(rules_[rule].module); });
        found.insert(found.end(), lines.begin(), lines.end());
    }
    std::ranges::copy_if(patterns_, std::back_inserter(found), [&](std::size_t rule) {
        return wildcard_match(rules_[rule].module, module.name);
    });
    std::ranges::sort(found);
    const auto duplicates = std::ranges::unique(found);
    found.erase(duplicates.begin(), duplicates.end());
    return found;
}

}  // namespace kmodpp
