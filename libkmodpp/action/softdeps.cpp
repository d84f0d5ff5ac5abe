// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/softdeps.hpp"

#include <algorithm>
#include <numeric>

namespace kmodpp {

namespace {
constexpr std::size_t kMaxScans = 32;
}  // namespace

std::vector<std::size_t> SoftdepIndex::scan(const NamedModule& module) const {
    std::vector<std::size_t> found;
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
        const std::string& name = rules_[rule].module;
        if (name == module.name || (!module.alias.empty() && name == module.alias))
            found.push_back(rule);
    }
    return found;
}

void SoftdepIndex::sort() {
    by_module_.resize(rules_.size());
    std::iota(by_module_.begin(), by_module_.end(), 0);
    std::ranges::stable_sort(by_module_, {}, [this](std::size_t rule) {
        return std::string_view(rules_[rule].module);
    });
}

std::vector<std::size_t> SoftdepIndex::of(const NamedModule& module) {
    if (rules_.empty()) return {};
    if (scans_ < kMaxScans) {
        ++scans_;
        return scan(module);
    }
    if (by_module_.empty()) sort();
    std::vector<std::size_t> found;
    const auto add = [&](std::string_view name) {
        const auto lines = std::ranges::equal_range(
            by_module_, name, {},
            [this](std::size_t rule) { return std::string_view(rules_[rule].module); });
        found.insert(found.end(), lines.begin(), lines.end());
    };
    add(module.name);
    if (module.alias.empty() || module.alias == module.name) return found;
    const auto own = static_cast<std::ptrdiff_t>(found.size());
    add(module.alias);
    std::ranges::inplace_merge(found, found.begin() + own);
    return found;
}

}  // namespace kmodpp
