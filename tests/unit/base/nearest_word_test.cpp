// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/nearest_word.hpp.
#include "base/nearest_word.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;

TEST_CASE("edit_distance: counts insertions, deletions, replacements and swaps") {
    const struct {
        std::string_view a, b;
        std::size_t expected;
    } rows[] = {
        {"", "", 0},         {"ext4", "ext4", 0},      {"", "abc", 3},
        {"ext4", "ext", 1},  {"ext4", "exxt4", 1},     {"ext4", "ext2", 1},
        {"ext4", "etx4", 1}, {"ab", "ba", 1},          {"abcd", "badc", 2},
        {"ca", "abc", 3},    {"kitten", "sitting", 3}, {"abc", "xyz", 3},
        {"aaaa", "aaab", 1},
    };
    for (const auto& row : rows) {
        CAPTURE(row.a);
        CAPTURE(row.b);
        CHECK(edit_distance(row.a, row.b, 5) == row.expected);
        CHECK(edit_distance(row.b, row.a, 5) == row.expected);
        CHECK(edit_distance(row.a, row.b, row.expected) == row.expected);
    }
}

TEST_CASE("edit_distance: returns limit + 1 above the limit") {
    CHECK(edit_distance("abc", "xyz", 2) == 3);
    CHECK(edit_distance("abc", "xyz", 0) == 1);
    CHECK(edit_distance("ab", "ba", 0) == 1);
    CHECK(edit_distance(std::string(100'000, 'a'), "a", 3) == 4);
    CHECK(edit_distance(std::string(100'000, 'a'), std::string(100'000, 'b'), 3) == 4);
}

TEST_CASE("NearestWord: finds the most similar word, the first of equals") {
    const struct {
        std::string_view word, nearest;
    } rows[] = {
        {"ext", "ext4"},   {"xet4", "ext4"}, {"ex", ""},
        {"ext5", "ext4"},  {"btfrs", "btrfs"}, {"entirely_other", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.word);
        NearestWord nearest(row.word);
        for (const std::string_view name : {"ext4", "ext2", "btrfs", "e"})
            nearest.offer(name);
        CHECK(nearest.result() == row.nearest);
    }
    NearestWord nearest("onoff");
    nearest.offer("on_off", "on-off");
    CHECK(nearest.result() == "on-off");
    const std::string huge(100'000, 'a');
    NearestWord none(huge);
    none.offer(huge);
    CHECK(none.result().empty());
}
