// SPDX-License-Identifier: LGPL-2.1-or-later
// The output of lsmod.
#include "cli/module_list.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kmodpp;
using cli::Columns;
using cli::ModuleList;

namespace {

LoadedModule module(std::string name, std::uint64_t size, long refcount,
                    std::vector<std::string> holders = {}) {
    return {.name = std::move(name),
            .size = size,
            .refcount = refcount,
            .holders = std::move(holders)};
}

/// ext4 and btrfs use crc32c; btrfs also uses raid6, which uses crc32c.
ModuleList some_modules() {
    return {module("btrfs", 1609728, 0), module("raid6", 4096, 1, {"btrfs"}),
            module("ext4", 860160, 2),
            module("crc32c", 8192, 3, {"ext4", "btrfs", "raid6"})};
}

std::string names_sorted(std::string_view order) {
    ModuleList modules = some_modules();
    if (!cli::sort_modules(modules, order)) return "no such order";
    std::string names;
    for (const LoadedModule& module : modules) names += module.name + " ";
    return names;
}

}  // namespace

TEST_CASE("modules_as_table: prints the columns that scripts read") {
    auto modules = some_modules();
    modules.push_back(module("a_name_that_is_longer_than_its_column", 1, -1));
    modules.push_back({.name = "fixed", .size = 12345678901});
    CHECK(cli::modules_as_table(modules, Columns::fixed).plain() ==
          "Module                  Size  Used by\n"
          "btrfs                1609728  0\n"
          "raid6                   4096  1 btrfs\n"
          "ext4                  860160  2\n"
          "crc32c                  8192  3 ext4,btrfs,raid6\n"
          "a_name_that_is_longer_than_its_column        1  -1\n"
          "fixed               12345678901  -2\n");
    CHECK(cli::modules_as_table({}, Columns::fixed).plain() ==
          "Module                  Size  Used by\n");
}

TEST_CASE("modules_as_table: fitted columns are as wide as names and sizes") {
    auto modules = some_modules();
    CHECK(cli::modules_as_table(modules, Columns::fitted).plain() ==
          cli::modules_as_table(modules, Columns::fixed).plain());
    modules = {module("a_name_longer_than_its_column", 1, 2, {"b", "c"}),
               module("b\x1b[m", 12345678901, 0),
               {.name = "c"}};
    CHECK(cli::modules_as_table(modules, Columns::fitted).plain() ==
          "Module                               Size  Used by\n"
          "a_name_longer_than_its_column           1  2 b,c\n"
          "b\\x1b[m                       12345678901  0\n"
          "c                                       0  -2\n");
}

TEST_CASE("modules_as_table: a name that no kernel accepts does not widen other lines") {
    const ModuleList modules = {module(std::string(100'000, 'x'), 1, 0),
                                module("a", 1, 0)};
    CHECK(cli::modules_as_table(modules, Columns::fitted).plain().size() < 100'300);
}

TEST_CASE("sort_modules: sorts by name, size or use count, and equal ones by name") {
    CHECK(names_sorted("name") == "btrfs crc32c ext4 raid6 ");
    CHECK(names_sorted("size") == "btrfs ext4 crc32c raid6 ");
    CHECK(names_sorted("used") == "crc32c ext4 raid6 btrfs ");
    CHECK(names_sorted("") == "no such order");
    CHECK(names_sorted("Name") == "no such order");
    ModuleList equal = {module("b", 1, 1), module("c", 1, 1), module("a", 1, 1)};
    REQUIRE(cli::sort_modules(equal, "size"));
    CHECK(equal[0].name == "a");
    CHECK(equal[2].name == "c");
}

TEST_CASE(
    "modules_as_tree: prints each module once in full, below the module that uses it") {
    CHECK(cli::modules_as_tree(some_modules()).plain() ==
          "Module                  Size  Used\n"
          "btrfs                1609728  0\n"
          "  raid6                 4096  1\n"
          "    crc32c              8192  3\n"
          "  crc32c (shown in full elsewhere)\n"
          "ext4                  860160  2\n"
          "  crc32c (shown in full elsewhere)\n");
}

TEST_CASE(
    "modules_as_tree: omits no module in cycles, long chains or with unknown holders") {
    const ModuleList circle = {module("a", 1, 1, {"b"}), module("b", 1, 1, {"a"}),
                               module("self", 1, 1, {"self"}),
                               module("used", 1, 1, {"gone"})};
    const std::string text = cli::modules_as_tree(circle).plain();
    CHECK(text.find("used     ") != std::string::npos);
    CHECK(text.find("a        ") != std::string::npos);
    CHECK(text.find("  b      ") != std::string::npos);
    CHECK(text.find("self     ") != std::string::npos);

    ModuleList chain;
    constexpr int kLength = 20000;
    for (int i = 0; i < kLength; ++i) {
        std::vector<std::string> holders;
        if (i > 0) holders.push_back("m" + std::to_string(i - 1));
        chain.push_back(module("m" + std::to_string(i), 1, 1, holders));
    }
    const std::string deep = cli::modules_as_tree(chain).plain();
    for (int i = 0; i < kLength; i += 999)
        CHECK(deep.find("m" + std::to_string(i) + " ") != std::string::npos);
    CHECK(deep.size() < kLength * 200u);
}

TEST_CASE("modules_as_json: omits unknown values") {
    ModuleList modules = {module("a", 4096, 0), module("b", 8192, 1, {"a"})};
    modules[0].state = InitState::coming;
    modules[0].permanent = true;
    modules[1].taint = "OE";
    modules[1].address = 0xffffffffc0000000;
    modules.push_back({.name = "going", .state = InitState::going});
    CHECK(cli::modules_as_json(modules) == R"([
  {
    "name": "a",
    "size": 4096,
    "refcount": 0,
    "used_by": [],
    "uses": [
      "b"
    ],
    "state": "coming",
    "permanent": true
  },
  {
    "name": "b",
    "size": 8192,
    "refcount": 1,
    "used_by": [
      "a"
    ],
    "uses": [],
    "state": "live",
    "permanent": false,
    "taint": "OE",
    "address": "0xffffffffc0000000"
  },
  {
    "name": "going",
    "size": 0,
    "used_by": [],
    "uses": [],
    "state": "going",
    "permanent": false
  }
]
)");
    CHECK(cli::modules_as_json({}) == "[]\n");
}
