// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of index/cycles.hpp: which cycles are reported, in which form, and how many.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "index/cycles.hpp"

using namespace kmodpp;
using index::CycleGroup;
using index::Edges;

namespace {

using Cycle = std::vector<std::uint32_t>;

/// "a:bc b:a c:" as edges between 0, 1, 2.
Edges edges_of(std::string_view text) {
    Edges edges;
    for (const std::string_view word : split_words(text)) {
        auto& needs = edges.emplace_back();
        for (const char need : word.substr(2))
            needs.push_back(static_cast<std::uint32_t>(need - 'a'));
    }
    return edges;
}

/// "ab acd | xy": the cycles of each group.
std::string describe(const std::vector<CycleGroup>& groups) {
    std::string text;
    for (const CycleGroup& group : groups) {
        if (!text.empty()) text += " |";
        for (const Cycle& cycle : group.cycles) {
            if (!text.empty()) text += ' ';
            for (const std::uint32_t member : cycle)
                text += static_cast<char>('a' + member);
        }
        CHECK_FALSE(group.cut_short);
    }
    return text;
}

Edges ring_of(std::uint32_t size) {
    Edges edges(size);
    for (std::uint32_t i = 0; i < size; ++i) edges[i].push_back((i + 1) % size);
    return edges;
}

/// Each module depends on all later ones.
Edges dense_order(std::uint32_t size) {
    Edges edges(size);
    for (std::uint32_t i = 0; i < size; ++i)
        for (std::uint32_t owner = i + 1; owner < size; ++owner)
            edges[i].push_back(owner);
    return edges;
}

std::size_t members_named(const CycleGroup& group) {
    std::size_t named = 0;
    for (const Cycle& cycle : group.cycles) named += cycle.size();
    return named;
}

/// Length of a shortest path; 0 if there is none, or from a module to itself.
std::size_t distance(const Edges& edges, std::uint32_t from, std::uint32_t to) {
    std::vector<std::size_t> steps(edges.size());
    std::vector<std::uint32_t> queue = {from};
    for (std::size_t at = 0; at < queue.size(); ++at)
        for (const std::uint32_t owner : edges[queue[at]])
            if (owner != from && steps[owner] == 0) {
                steps[owner] = steps[queue[at]] + 1;
                queue.push_back(owner);
            }
    return steps[to];
}

}  // namespace

TEST_CASE("find_cycles: reports every cycle once, starting with its lowest member") {
    const struct {
        std::string_view name;
        std::string_view edges;
        std::string_view cycles;
    } rows[] = {
        {"nothing", "", ""},
        {"no cycle", "a:bc b:c c:", ""},
        {"two", "a:b b:a", "ab"},
        {"three", "a:c b:a c:b", "acb"},
        {"one that needs itself", "a:b b:bc c:", "b"},
        {"two of which one needs itself", "a:b b:ab", "ab b"},
        {"with a dependent and a dependency", "a:b b:c c:bd d:", "bc"},
        {"two groups", "a:d b:c c:b d:a", "ad | bc"},
        {"one group leads to the other", "a:bc b:a c:d d:c", "ab | cd"},
        {"two with a common member", "a:bc b:a c:a", "ab ac"},
        {"a short cut", "a:b b:cd c:d d:a", "abd abcd"},
        {"all three need each other", "a:bc b:ac c:ab", "ab ac bc"},
        {"two ways of one length", "a:bc b:d c:d d:a", "abd acd"},
        {"six that all need each other",
         "a:bcdef b:acdef c:abdef d:abcef e:abcdf f:abcde",
         "ab ac ad ae af bc bd be bf cd ce cf de df ef"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(describe(index::find_cycles(edges_of(row.edges))) == row.cycles);
    }
}

TEST_CASE("find_cycles: a ring of a thousand modules is one cycle") {
    const auto groups = index::find_cycles(ring_of(1000));
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].members.size() == 1000);
    CHECK_FALSE(groups[0].cut_short);
    REQUIRE(groups[0].cycles.size() == 1);
    CHECK(groups[0].cycles[0] == groups[0].members);
}

TEST_CASE("find_cycles: limits the number of cycles reported for dense graphs") {
    constexpr std::uint32_t kSize = 2000;
    Edges closed = dense_order(kSize);
    closed.back().push_back(0);
    Edges complete = dense_order(kSize);
    for (std::uint32_t i = 0; i < kSize; ++i)
        for (std::uint32_t owner = 0; owner < i; ++owner) complete[i].push_back(owner);
    Edges long_rings = ring_of(kSize);
    for (std::uint32_t i = 0; i + 2 < kSize; i += 2) long_rings[i].push_back(i + 2);

    const struct {
        std::string_view name;
        const Edges& edges;
        Cycle first;
    } rows[] = {{"an order whose last needs the first", closed, {0, 1, kSize - 1}},
                {"all need each other", complete, {0, 1}},
                {"long rings with many short cuts", long_rings, {}}};
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto groups = index::find_cycles(row.edges);
        REQUIRE(groups.size() == 1);
        CHECK(groups[0].members.size() == kSize);
        CHECK(groups[0].cut_short);
        CHECK(members_named(groups[0]) >= index::kMaxNamed);
        CHECK(members_named(groups[0]) <= index::kMaxNamed + kSize);
        if (!row.first.empty()) CHECK(groups[0].cycles[0] == row.first);
    }
    CHECK(index::find_cycles(dense_order(kSize)).empty());
}

TEST_CASE("find_cycles: every dependency in a group is part of a shortest cycle") {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        const auto size = 2 + static_cast<std::uint32_t>(random() % 9);
        Edges edges(size);
        for (std::uint32_t i = 0; i < size; ++i)
            for (std::uint32_t owner = 0; owner < size; ++owner)
                if (random() % (owner == i ? 16 : 4) == 0) edges[i].push_back(owner);
        for (auto& needs : edges) std::ranges::shuffle(needs, random);
        CAPTURE(round);

        std::set<std::pair<std::uint32_t, std::uint32_t>> shortest;
        // Compared as text, because libstdc++ 12 compares such vectors wrongly on
        // big-endian machines.
        std::set<std::string> distinct;
        std::size_t count = 0, members = 0;
        for (const CycleGroup& group : index::find_cycles(edges)) {
            members += group.members.size();
            for (const Cycle& cycle : group.cycles) {
                ++count;
                std::string text;
                for (const std::uint32_t member : cycle) text += cat(member, ' ');
                distinct.insert(std::move(text));
                CHECK(std::ranges::min(cycle) == cycle[0]);
                for (std::size_t i = 0; i < cycle.size(); ++i) {
                    const std::uint32_t user = cycle[i];
                    const std::uint32_t owner = cycle[(i + 1) % cycle.size()];
                    CHECK(std::ranges::count(edges[user], owner) == 1);
                    if (distance(edges, owner, user) + 1 == cycle.size())
                        shortest.insert({user, owner});
                }
            }
        }
        CHECK(distinct.size() == count);
        std::set<std::uint32_t> expected_members;
        for (std::uint32_t user = 0; user < size; ++user)
            for (const std::uint32_t owner : edges[user]) {
                const bool closes = owner == user || distance(edges, owner, user) > 0;
                CHECK(closes == shortest.contains({user, owner}));
                if (closes) expected_members.insert(user);
            }
        CHECK(members == expected_members.size());
    }
}
