// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/symvers.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

std::string shown(const std::vector<KernelExport>& exports) {
    std::string text;
    for (const KernelExport& symbol : exports)
        text +=
            cat(symbol.name, symbol.crc ? cat(" ", hex(*symbol.crc)) : "",
                symbol.gpl_only ? " gpl" : "", symbol.symbol_namespace.empty() ? "" : " ",
                symbol.symbol_namespace, "\n");
    return text;
}

}  // namespace

TEST_CASE("parse_symvers: reads the rows of every kernel release") {
    const struct {
        const char* text;
        const char* expected;
    } rows[] = {
        {"", ""},
        {"\n\n", ""},
        {"0x0000000a\tfn\tvmlinux\tEXPORT_SYMBOL\t\n", "fn 0xa\n"},
        {"0x0000000a\tfn\tvmlinux\tEXPORT_SYMBOL\n", "fn 0xa\n"},
        {"a fn vmlinux", "fn 0xa\n"},
        {"0x0\tfn\tvmlinux\tEXPORT_SYMBOL_GPL\tSPACE", "fn 0x0 gpl SPACE\n"},
        {"0x0\tfn\tSPACE\tvmlinux\tEXPORT_SYMBOL", "fn 0x0 SPACE\n"},
        {"0x0\tfn\t\tvmlinux\tEXPORT_SYMBOL_GPL", "fn 0x0 gpl\n"},
        {"0x1\tfn\tdrivers/a\tEXPORT_SYMBOL\t\n", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.text));
        const auto exports = parse_symvers(row.text);
        REQUIRE(exports);
        CHECK(shown(*exports) == row.expected);
    }
}

TEST_CASE("parse_symvers: names the line that is not a row") {
    for (const char* const line : {"0x1", "0x1\tfn", "0xzz\tfn\tvmlinux",
                                   "0x123456789\tfn\tvmlinux", "-1\tfn\tvmlinux"}) {
        CAPTURE(std::string(line));
        const auto exports = parse_symvers(cat("0x1\ta\tvmlinux\n", line, "\n"));
        REQUIRE_FALSE(exports);
        CHECK(exports.error().kind == ErrorKind::malformed);
        CHECK(exports.error().message.starts_with("line 2: not a row of this format: "));
    }
}

TEST_CASE("parse_system_map: reads only the exports") {
    constexpr std::string_view kMap =
        "ffff T printk\nffff r __ksymtab_printk\nU\nffff r x__ksymtab_no\n"
        "ffff r ___ksymtab_prefixed\n__ksymtab_short\n";
    CHECK(shown(parse_system_map(kMap)) == "printk\n");
    CHECK(shown(parse_system_map(kMap, '_')) == "prefixed\n");
    CHECK(parse_system_map("ffffffffffffffff B The real System.map is in the "
                           "linux-image-<version>-dbg package\n")
              .empty());
}
