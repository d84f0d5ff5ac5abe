// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of plan/softdeps.hpp.
#include "plan/softdeps.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kmodpp;

TEST_CASE("SoftdepIndex: gives the same result for the hundredth query") {
    ModprobeConfig config;
    for (const char* name :
         {"z", "a", "alias", "a", "m", "alias", "a", "z", "s*_p?", "al*", "s[nm]d_pcm"})
        config.softdeps.push_back({name, {}, {}});
    using LineNumbers = std::vector<std::size_t>;
    const struct {
        NamedModule module;
        LineNumbers expected;
    } rows[] = {
        {{.name = "a"}, {1, 3, 6}},
        {{.name = "a", .alias = "alias"}, {1, 2, 3, 5, 6}},
        {{.name = "z", .alias = "a"}, {0, 1, 3, 6, 7}},
        {{.name = "m", .alias = "m"}, {4}},
        {{.name = "none", .alias = "alias"}, {2, 5}},
        {{.name = "none"}, {}},
        {{.name = "snd_pcm"}, {10}},
        {{.name = "snd_pc"}, {8}},
        {{.name = "none", .alias = "snd_pcm"}, {}},
        {{.name = "alias"}, {2, 5, 9}},
        {{.name = "alias", .alias = "al*"}, {2, 5, 9}},
        {{.name = ""}, {}},
    };
    SoftdepIndex index(config);
    for (int round = 0; round < 100; ++round)
        for (const auto& row : rows) {
            CAPTURE(round);
            CAPTURE(row.module.name);
            CHECK(index.of(row.module) == row.expected);
        }
}

TEST_CASE("SoftdepIndex: finds nothing without softdep lines") {
    const ModprobeConfig config;
    SoftdepIndex index(config);
    for (int round = 0; round < 100; ++round)
        CHECK(index.of({.name = "a", .alias = "b"}).empty());
}
