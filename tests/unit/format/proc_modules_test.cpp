// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/proc_modules.hpp.
#include "format/proc_modules.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace kmodpp;

constexpr std::string_view kText =
    "ext4 983040 1 - Live 0xffffffffc0a10000\n"
    "mbcache 16384 1 ext4, Live 0x0000000000000000 (E)\n"
    "jbd2 204800 3 ext4,ocfs2,[permanent], Live 0x0000000000000000\n"
    "perm 16384 0 [permanent], Live 0x0000000000000000\n"
    "early 8192 1 - Loading 0x00000000deadbeef (OE+)\n"
    "late 8192 -1 - Unloading 0x0000000000000000\n"
    "fixed 16384 - - Live 0x0000000000000000\n";

}  // namespace

TEST_CASE("parse_proc_modules: reads every field") {
    const auto modules = parse_proc_modules(kText);
    REQUIRE(modules.has_value());
    REQUIRE(modules->size() == 7);

    const LoadedModule& ext4 = (*modules)[0];
    CHECK(ext4.name == "ext4");
    CHECK(ext4.size == 983040);
    CHECK(ext4.refcount == 1);
    CHECK(ext4.holders.empty());
    CHECK(ext4.state == InitState::live);
    CHECK(ext4.address == 0xffffffffc0a10000);
    CHECK(ext4.taint.empty());

    CHECK((*modules)[1].holders == std::vector<std::string>{"ext4"});
    CHECK((*modules)[1].taint == "E");
    CHECK((*modules)[2].holders == std::vector<std::string>{"ext4", "ocfs2"});
    CHECK((*modules)[2].permanent);
    CHECK((*modules)[3].holders.empty());
    CHECK((*modules)[3].permanent);
    CHECK((*modules)[4].state == InitState::coming);
    CHECK((*modules)[4].taint == "OE");
    CHECK((*modules)[5].state == InitState::going);
    CHECK((*modules)[5].refcount == -1);
    CHECK((*modules)[5].taint.empty());
    CHECK_FALSE((*modules)[6].refcount.has_value());
}

TEST_CASE("format_proc_modules_line: is the inverse of parse_proc_modules") {
    const auto modules = parse_proc_modules(kText);
    REQUIRE(modules.has_value());
    std::string text;
    for (const LoadedModule& module : *modules) text += format_proc_modules_line(module);
    CHECK(text == kText);
}

TEST_CASE("parse_proc_modules: removes the state from the taint letters") {
    for (const std::string_view taint : {"(E)", "(E-)", "(E-+-)"}) {
        CAPTURE(taint);
        const auto modules =
            parse_proc_modules("a 1 0 - Live 0x0 " + std::string(taint) + "\n");
        REQUIRE(modules.has_value());
        CHECK(modules->front().taint == "E");
    }
}

TEST_CASE("parse_proc_modules: accepts only whole lines at any truncation") {
    std::size_t lines = 0;
    for (std::size_t size = 0; size <= kText.size(); ++size) {
        CAPTURE(size);
        const bool whole = size == 0 || kText[size - 1] == '\n';
        if (size > 0 && whole) ++lines;
        const auto modules = parse_proc_modules(std::string(kText.substr(0, size)));
        REQUIRE(modules.has_value() == whole);
        if (whole) {
            CHECK(modules->size() == lines);
        } else {
            CHECK(modules.error().kind == ErrorKind::malformed);
            CHECK(modules.error().message ==
                  "line " + std::to_string(lines + 1) + ": does not end with a newline");
        }
    }
}

TEST_CASE("parse_proc_modules: names the bad line and field") {
    const struct {
        const char* line;
        const char* message;
    } cases[] = {
        {"\n", "line 2: has 0 fields"},
        {"a 1 0 - Live\n", "line 2: has 5 fields"},
        {"a 1 0 - Live 0x0 (E) x\n", "line 2: has 8 fields"},
        {"a -1 0 - Live 0x0\n", "line 2: bad size '-1'"},
        {"a 99999999999999999999 0 - Live 0x0\n", "bad size"},
        {"a 1 x - Live 0x0\n", "line 2: bad reference count 'x'"},
        {"a 1 99999999999999999999 - Live 0x0\n", "bad reference count"},
        {"a 1 0 b Live 0x0\n", "bad list of holders 'b'"},
        {"a 1 0 , Live 0x0\n", "bad list of holders ','"},
        {"a 1 0 b,,c, Live 0x0\n", "bad list of holders"},
        {"a 1 0 - Alive 0x0\n", "bad state 'Alive'"},
        {"a 1 0 - Live 0\n", "bad address '0'"},
        {"a 1 0 - Live 0x\n", "bad address '0x'"},
        {"a 1 0 - Live 0x11112222333344445\n", "bad address"},
        {"a 1 0 - Live 0x0 E\n", "bad taint 'E'"},
        {"a 1 0 - Live 0x0 ()\n", "bad taint '()'"},
        {"a 1 0 - Li\x1bve 0x0\n", "bad state 'Li\\x1bve'"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        const auto modules =
            parse_proc_modules(std::string("good 1 0 - Live 0x0\n") + c.line);
        REQUIRE_FALSE(modules.has_value());
        CHECK(modules.error().kind == ErrorKind::malformed);
        CHECK(modules.error().message.find(c.message) != std::string::npos);
    }
}
