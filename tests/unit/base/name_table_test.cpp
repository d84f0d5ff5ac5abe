// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/name_table.hpp: a hash table of names.
#include "base/name_table.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

struct NameOf {
    const std::vector<std::string>& names;
    std::string_view operator()(std::uint32_t position) const { return names[position]; }
};

/// Names that are equal in their length and in their first and last eight bytes.
std::vector<std::string> colliding_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back(cat("colliding_", 1000 + i, "_function"));
    return names;
}

}  // namespace

TEST_CASE("NameTable: finds names of all lengths, and no others") {
    std::vector<std::string> names = {"", "a", "1234567", "12345678", "123456789"};
    for (std::size_t i = 0; i < 200; ++i) names.push_back(cat("symbol_number_", i));
    NameTable<NameOf> table({names}, names.size());
    for (std::uint32_t i = 0; i < names.size(); ++i) CHECK(table.add(names[i], i) == i);
    for (std::uint32_t i = 0; i < names.size(); ++i) CHECK(table.find(names[i]) == i);
    for (const char* const other : {"b", "12345679", "symbol_number_200"})
        CHECK(table.find(other) == table.kNone);
}

TEST_CASE("NameTable: keeps the first of equal names") {
    const std::vector<std::string> names = {"printk", "printk"};
    NameTable<NameOf> table({names}, names.size());
    CHECK(table.add(names[0], 0) == 0);
    CHECK(table.add(names[1], 1) == 0);
    CHECK(table.find("printk") == 0);
}

TEST_CASE("NameTable: finds names whose hashes are equal") {
    const auto names = colliding_names(500);
    REQUIRE(hash_of_name(names.front()) == hash_of_name(names.back()));
    NameTable<NameOf> table({names}, names.size());
    for (std::uint32_t i = 0; i < names.size(); ++i) CHECK(table.add(names[i], i) == i);
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        CHECK(table.find(names[i]) == i);
        CHECK(table.add(names[i], 1000) == i);
    }
    CHECK(table.find("colliding_9999_function") == table.kNone);
}

TEST_CASE("NameTable: keeps its names when it grows, and works without room") {
    const auto names = colliding_names(100);
    NameTable<NameOf> table({names});
    for (std::uint32_t i = 0; i < 50; ++i) CHECK(table.add(names[i], i) == i);
    table.reserve(names.size());
    for (std::uint32_t i = 50; i < names.size(); ++i) CHECK(table.add(names[i], i) == i);
    for (std::uint32_t i = 0; i < names.size(); ++i) CHECK(table.find(names[i]) == i);
}
