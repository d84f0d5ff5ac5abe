// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/devname.hpp, with valid and hostile lines.
#include "format/devname.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"

using namespace kmodpp;
using namespace std::string_literals;

namespace {

/// Formats the nodes as lines.
std::string nodes_of(const DevnameFile& file) {
    std::string text;
    for (const DeviceNode& node : file.nodes) text += format_devname_line(node);
    return text;
}

}  // namespace

TEST_CASE("parse_devname: reads the lines that depmod writes") {
    const std::string lines =
        "tun net/tun c10:200\n"
        "snd_seq snd/seq c116:1\n"
        "loop-x loop.0 b7:1048575\n"
        "odd a,b+c@d#e=f~g!h:i-j_k.l/0 c4095:0\n";
    const DevnameFile file = parse_devname("# Device nodes\n" + lines);
    CHECK(file.remarks.empty());
    CHECK(nodes_of(file) == lines);
    REQUIRE(file.nodes.size() == 4);
    CHECK(file.nodes[0].module == "tun");
    CHECK(file.nodes[0].path == "net/tun");
    CHECK_FALSE(file.nodes[0].block);
    CHECK(file.nodes[2].block);
    CHECK(file.nodes[2].minor == kMaxMinor);
}

TEST_CASE("parse_devname: skips empty lines and comments") {
    for (const std::string_view text : {"", "\n", "# c\n", "#", " \n\t\n", "\r\n"}) {
        CAPTURE(text);
        CHECK(parse_devname(text).nodes.empty());
        CHECK(parse_devname(text).remarks.empty());
    }
    CHECK(nodes_of(parse_devname("fuse \tfuse  c10:229")) == "fuse fuse c10:229\n");
}

TEST_CASE("parse_devname: refuses an unsafe line and continues") {
    const struct {
        std::string line;
        std::string_view remark;
    } rows[] = {
        {"evil ../etc/passwd c1:1", "the node '../etc/passwd' is not a plain path"},
        {"evil a/../../etc/x c1:1", "is not a plain path under /dev"},
        {"evil /etc/x c1:1", "is not a plain path under /dev"},
        {"evil a//b c1:1", "is not a plain path under /dev"},
        {"evil a/ c1:1", "is not a plain path under /dev"},
        {"evil ./a c1:1", "is not a plain path under /dev"},
        {"evil .. c1:1", "is not a plain path under /dev"},
        {"evil . c1:1", "is not a plain path under /dev"},
        {"evil a/" + std::string(256, 'x') + " c1:1", "not allowed in device names"},
        {"evil " + std::string(5000, 'x') + " c1:1", "is too long"},
        // Characters that systemd-tmpfiles would unquote or expand.
        {"evil \\x2e\\x2e/x c1:1", "characters that are not allowed in device names"},
        {"evil %h/x c1:1", "characters that are not allowed in device names"},
        {"evil \"a\" c1:1", "characters that are not allowed in device names"},
        {"evil a'b c1:1", "characters that are not allowed in device names"},
        {"evil a\rb c1:1", "characters that are not allowed in device names"},
        {"evil a\x1b[31m c1:1", "the node 'a\\x1b[31m'"},
        {"evil caf\xc3\xa9 c1:1", "characters that are not allowed in device names"},
        {"evil a\0b c1:1"s, "characters that are not allowed in device names"},
        {"evil* a c1:1", "the module name 'evil*' is not valid"},
        {"../evil a c1:1", "the module name '../evil' is not valid"},
        {"evil a b c1:1", "has 4 fields where 3 are expected"},
        {"evil a", "has 2 fields where 3 are expected"},
        {"evil", "has 1 fields where 3 are expected"},
        {"evil a p1:1", "begins with neither c nor b"},
        {"evil a c", "is not cMAJOR:MINOR"},
        {"evil a c1", "is not cMAJOR:MINOR"},
        {"evil a c1:", "is not cMAJOR:MINOR"},
        {"evil a c:1", "is not cMAJOR:MINOR"},
        {"evil a c1:2:3", "is not cMAJOR:MINOR"},
        {"evil a c-1:2", "is not cMAJOR:MINOR"},
        {"evil a c1:2x", "is not cMAJOR:MINOR"},
        {"evil a c0x1:2", "is not cMAJOR:MINOR"},
        {"evil a c99999999999:2", "is not cMAJOR:MINOR"},
        {"evil a c4096:2", "exceeds the kernel's limit"},
        {"evil a c1:1048576", "exceeds the kernel's limit"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const DevnameFile file =
            parse_devname("fuse fuse c10:229\n" + row.line + "\ntun net/tun c10:200\n");
        CHECK(nodes_of(file) == "fuse fuse c10:229\ntun net/tun c10:200\n");
        REQUIRE(file.remarks.size() == 1);
        CAPTURE(file.remarks[0]);
        CHECK(file.remarks[0].starts_with("line 2: "));
        CHECK(file.remarks[0].contains(row.remark));
    }
}

TEST_CASE("parse_devname: accepts a file truncated at any length") {
    const std::string text =
        "# c\nfuse fuse c10:229\nevil ../x c1:1\ntun net/tun b4095:7";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const DevnameFile file = parse_devname(std::string_view(text).substr(0, size));
        CHECK(file.nodes.size() + file.remarks.size() <= 3);
        for (const DeviceNode& node : file.nodes) CHECK_FALSE(node.path.contains(".."));
    }
}
