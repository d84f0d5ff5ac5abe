// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/sort.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace kmodpp;

TEST_CASE("sort_by: sorts by a member or a function, and keeps the order of equals") {
    using Item = std::pair<int, std::string>;
    std::vector<Item> items = {{2, "a"}, {1, "b"}, {2, "c"}, {1, "d"}, {0, "e"}};
    sort_by(items, &Item::first);
    CHECK(items == std::vector<Item>{{0, "e"}, {1, "b"}, {1, "d"}, {2, "a"}, {2, "c"}});
    sort_by(items, [](const Item& item) { return -item.first; });
    CHECK(items == std::vector<Item>{{2, "a"}, {2, "c"}, {1, "b"}, {1, "d"}, {0, "e"}});
}

TEST_CASE("sort_by: accepts sorted, equal and no elements") {
    for (const std::vector<int>& given :
         {std::vector<int>{}, {7}, {1, 2, 2, 3}, {5, 5}}) {
        std::vector<int> items = given;
        sort_by(items, [](int item) { return item; });
        CHECK(items == given);
    }
}
