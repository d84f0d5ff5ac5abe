// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/cycles.hpp"

#include <algorithm>
#include <set>

namespace kmodpp::index {

namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

/// Finds the strongly connected components that contain a cycle (Tarjan's algorithm with
/// an explicit stack, because a cycle may contain every module of a tree).
class Components {
public:
    explicit Components(const Edges& edges)
        : edges_(edges),
          order_(edges.size(), kNone),
          lowest_(edges.size()),
          is_open_(edges.size()) {
        for (std::uint32_t module = 0; module < edges.size(); ++module)
            if (order_[module] == kNone) visit(module);
        for (auto& group : groups) std::ranges::sort(group);
        // No module is in two components.
        std::ranges::sort(groups, {}, [](const auto& group) { return group.front(); });
    }

    std::vector<std::vector<std::uint32_t>> groups;

private:
    struct Step {
        std::uint32_t module;
        std::size_t next_need;
    };

    void visit(std::uint32_t start) {
        std::vector<Step> path;
        open(start, path);
        while (!path.empty()) {
            Step& step = path.back();
            const std::uint32_t module = step.module;
            if (step.next_need == edges_[module].size()) {
                path.pop_back();
                if (!path.empty()) lower(path.back().module, lowest_[module]);
                if (lowest_[module] == order_[module]) close(module);
                continue;
            }
            const std::uint32_t owner = edges_[module][step.next_need++];
            if (order_[owner] == kNone)
                open(owner, path);
            else if (is_open_[owner])
                lower(module, order_[owner]);
        }
    }

    void open(std::uint32_t module, std::vector<Step>& path) {
        order_[module] = lowest_[module] = count_++;
        is_open_[module] = true;
        open_.push_back(module);
        path.push_back({module, 0});
    }

    void lower(std::uint32_t module, std::uint32_t bound) {
        lowest_[module] = std::min(lowest_[module], bound);
    }

    void close(std::uint32_t module) {
        const auto begin =
            std::ranges::find(open_.rbegin(), open_.rend(), module).base() - 1;
        for (auto at = begin; at != open_.end(); ++at) is_open_[*at] = false;
        const bool needs_itself = std::ranges::count(edges_[module], module) > 0;
        if (open_.end() - begin > 1 || needs_itself)
            groups.emplace_back(begin, open_.end());
        open_.erase(begin, open_.end());
    }

    const Edges& edges_;
    std::vector<std::uint32_t> order_;   ///< visiting order of the modules
    std::vector<std::uint32_t> lowest_;  ///< lowest open module that can be reached
    std::vector<bool> is_open_;
    std::vector<std::uint32_t> open_;
    std::uint32_t count_ = 0;
};

/// Replaces operator<=> of vectors: on big-endian machines libstdc++ before 12.4 compares
/// only a quarter of their bytes.
struct ByMembers {
    bool operator()(const std::vector<std::uint32_t>& a,
                    const std::vector<std::uint32_t>& b) const {
        return std::lexicographical_compare(
            a.begin(), a.end(), b.begin(), b.end(),
            [](std::uint32_t x, std::uint32_t y) { return x < y; });
    }
};

/// Finds the cycles of one group. Modules are numbered within the group, in the same
/// order.
class CycleSearch {
public:
    CycleSearch(const Edges& edges, std::vector<std::uint32_t> members,
                std::vector<std::uint32_t>& number)
        : needs_(members.size()), users_(members.size()) {
        const auto size = static_cast<std::uint32_t>(members.size());
        for (std::uint32_t i = 0; i < size; ++i) number[members[i]] = i;
        for (std::uint32_t i = 0; i < size; ++i) {
            for (const std::uint32_t owner : edges[members[i]])
                if (number[owner] != kNone) needs_[i].push_back(number[owner]);
            std::ranges::sort(needs_[i]);
            for (const std::uint32_t owner : needs_[i]) users_[owner].push_back(i);
        }
        for (const std::uint32_t member : members) number[member] = kNone;
        group_.members = std::move(members);
    }

    CycleGroup run() && {
        std::size_t named = 0;
        for (std::uint32_t start = 0; start < needs_.size(); ++start) {
            find_paths_to(start);
            for (const std::uint32_t owner : needs_[start]) {
                auto cycle = cycle_through(start, owner);
                if (found_.contains(cycle)) continue;
                if (named >= kMaxNamed) {
                    group_.cut_short = true;
                    return std::move(group_);
                }
                named += cycle.size();
                add(cycle);
                found_.insert(std::move(cycle));
            }
        }
        return std::move(group_);
    }

private:
    /// Fills next_: the next module on a shortest path from each module to \p target.
    void find_paths_to(std::uint32_t target) {
        next_.assign(needs_.size(), kNone);
        next_[target] = target;
        std::vector<std::uint32_t> queue = {target};
        for (std::size_t at = 0; at < queue.size(); ++at)
            for (const std::uint32_t user : users_[queue[at]])
                if (next_[user] == kNone) {
                    next_[user] = queue[at];
                    queue.push_back(user);
                }
    }

    /// The cycle starts with its lowest member, so that equal cycles compare equal.
    [[nodiscard]] std::vector<std::uint32_t> cycle_through(std::uint32_t start,
                                                           std::uint32_t owner) const {
        std::vector<std::uint32_t> cycle = {start};
        for (std::uint32_t at = owner; at != start; at = next_[at]) cycle.push_back(at);
        std::ranges::rotate(cycle, std::ranges::min_element(cycle));
        return cycle;
    }

    void add(const std::vector<std::uint32_t>& cycle) {
        auto& shown = group_.cycles.emplace_back();
        shown.reserve(cycle.size());
        for (const std::uint32_t i : cycle) shown.push_back(group_.members[i]);
    }

    CycleGroup group_;
    Edges needs_, users_;
    std::vector<std::uint32_t> next_;
    std::set<std::vector<std::uint32_t>, ByMembers> found_;
};

}  // namespace

std::vector<CycleGroup> find_cycles(const Edges& edges) {
    std::vector<CycleGroup> found;
    std::vector<std::uint32_t> number(edges.size(), kNone);
    for (auto& members : Components(edges).groups)
        found.push_back(CycleSearch(edges, std::move(members), number).run());
    return found;
}

}  // namespace kmodpp::index
