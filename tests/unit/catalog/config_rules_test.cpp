// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of catalog/config_rules.hpp.
#include "catalog/config_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
    ModprobeConfig config;
    parse_modprobe_config(text, "m.conf", config);
    std::vector<std::string> lines;
    for (const ConfigRule& rule : list_rules(config))
        lines.push_back(cat(to_string(rule.kind), " ", rule.name, " ", rule.text, " @",
                            rule.origin.file, ":", rule.origin.line));
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("list_rules: sorts by kind and file order, with normalised names") {
    CHECK(lines_of("weakdep a-b c d-e\n"
                   "options a-b x=1\n"
                   "alias p-[q-r]* s-t\n"
                   "remove a-b cmd -r\n"
                   "softdep z pre: a\n"
                   "install a-b cmd -i\n"
                   "blacklist a-b\n"
                   "forbid f-g why not\n"
                   "options a_b y=2\n") ==
          Lines{"blacklist a_b  @m.conf:7", "forbid f_g why not @m.conf:8",
                "install a_b cmd -i @m.conf:6", "remove a_b cmd -r @m.conf:4",
                "alias p_[q-r]* s_t @m.conf:3", "options a_b x=1 @m.conf:2",
                "options a_b y=2 @m.conf:9", "softdep z pre: a @m.conf:5",
                "weakdep a_b c d-e @m.conf:1"});
}

TEST_CASE("list_rules: writes well-formed soft dependencies") {
    const struct {
        std::string line;
        std::string shown;
    } rows[] = {
        {"softdep z pre: a b-c post: d", "softdep z pre: a b-c post: d @m.conf:1"},
        {"softdep z post: d pre: a", "softdep z pre: a post: d @m.conf:1"},
        {"softdep z post: d", "softdep z post: d @m.conf:1"},
        {"softdep z a b", "softdep z  @m.conf:1"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        CHECK(lines_of(row.line) == Lines{row.shown});
    }
}
