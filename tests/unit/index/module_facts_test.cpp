// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of index/module_facts.hpp: the facts about a module, packed into one buffer.
#include "index/module_facts.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::index;

namespace {

FactLists some_lists() {
    FactLists lists;
    lists.exports = {{"a_fn", 0x11223344}, {"b_fn", std::nullopt}};
    lists.needs = {
        {"printk", 0xdeadbeef, false}, {"maybe", std::nullopt, true}, {"c", 0, true}};
    lists.aliases = {"pci:v*", "", "x"};
    lists.softdeps = {"pre: a post: b"};
    return lists;
}

std::string describe(const ModuleFacts& facts) {
    std::string text;
    const auto add_crc = [&text](const auto& symbol) {
        text += symbol.crc ? hex32(*symbol.crc) : "-";
    };
    for (const ExportedSymbol symbol : facts.exports()) {
        text += cat("export ", symbol.name, " ");
        add_crc(symbol);
        text += "\n";
    }
    for (const NeededSymbol symbol : facts.needs()) {
        text += cat(symbol.weak ? "weak " : "need ", symbol.name, " ");
        add_crc(symbol);
        text += "\n";
    }
    for (const std::string_view alias : facts.aliases())
        text += cat("alias ", alias, "\n");
    for (const std::string_view hint : facts.softdeps()) text += cat("soft ", hint, "\n");
    for (const std::string_view hint : facts.weakdeps())
        text += cat("weakdep ", hint, "\n");
    return text;
}

constexpr std::string_view kDescription =
    "export a_fn 0x11223344\n"
    "export b_fn -\n"
    "need printk 0xdeadbeef\n"
    "weak maybe -\n"
    "weak c 0x00000000\n"
    "alias pci:v*\n"
    "alias \n"
    "alias x\n"
    "soft pre: a post: b\n";

}  // namespace

TEST_CASE("ModuleFacts: returns the packed lists unchanged") {
    const auto facts = ModuleFacts::pack(some_lists(), 1000);
    REQUIRE(facts.has_value());
    CHECK(describe(*facts) == kDescription);
    CHECK(facts->exports().size() == 2);
    CHECK(facts->needs().size() == 3);
    CHECK(describe(facts->view()) == kDescription);

    const auto nothing = ModuleFacts::pack({}, 1000);
    REQUIRE(nothing.has_value());
    CHECK(describe(*nothing).empty());
    CHECK(describe(ModuleFacts()).empty());
    CHECK(ModuleFacts().bytes().empty());
}

TEST_CASE("ModuleFacts: refuses a name whose length does not fit into its row") {
    const std::string longest(0xffff, 'n'), longer = longest + "n";
    FactLists lists;
    lists.needs = {{longest, std::nullopt, false}, {"last", 1, false}};
    const auto facts = ModuleFacts::pack(lists, 100'000);
    REQUIRE(facts.has_value());
    CHECK(describe(*facts) == cat("need ", longest, " -\nneed last 0x00000001\n"));
    lists.needs.front().name = longer;
    const auto refused = ModuleFacts::pack(lists, 100'000);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "the name of a symbol is too long");
}

TEST_CASE("ModuleFacts: consumes its own bytes and leaves the rest") {
    const auto facts = ModuleFacts::pack(some_lists(), 1000);
    REQUIRE(facts.has_value());
    const std::string twice =
        cat(as_text(facts->bytes()), as_text(facts->bytes()), "rest");
    Bytes rest = as_bytes(twice);
    for (int i = 0; i < 2; ++i) {
        const auto taken = ModuleFacts::take(rest);
        REQUIRE(taken.has_value());
        CHECK(describe(*taken) == kDescription);
    }
    CHECK(as_text(rest) == "rest");
}

TEST_CASE("ModuleFacts: refuses every truncation") {
    const auto facts = ModuleFacts::pack(some_lists(), 1000);
    REQUIRE(facts.has_value());
    for (std::size_t size = 0; size < facts->bytes().size(); ++size) {
        CAPTURE(size);
        const test::ExactCopy cut(as_text(facts->bytes().first(size)));
        Bytes rest = cut.bytes();
        const auto taken = ModuleFacts::take(rest);
        REQUIRE_FALSE(taken.has_value());
        CHECK(taken.error().kind == ErrorKind::malformed);
        CHECK(rest.size() == size);
    }
}

TEST_CASE("ModuleFacts: any damaged byte is refused, or the contents are readable") {
    const auto facts = ModuleFacts::pack(some_lists(), 1000);
    REQUIRE(facts.has_value());
    const std::string good(as_text(facts->bytes()));
    std::size_t refused = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const unsigned value : {0u, 1u, 0x7fu, 0x80u, 0xffu}) {
            std::string bad = good;
            bad[at] = static_cast<char>(value);
            const test::ExactCopy copy(bad);
            Bytes rest = copy.bytes();
            const auto taken = ModuleFacts::take(rest);
            if (taken)
                CHECK(describe(*taken).size() < 4 * good.size());
            else
                ++refused;
        }
    }
    CHECK(refused > good.size() / 2);
}

TEST_CASE("ModuleFacts: refuses facts that are larger than their module") {
    const auto whole = ModuleFacts::pack(some_lists(), 1000);
    REQUIRE(whole.has_value());
    const std::size_t size = whole->bytes().size();
    CHECK(ModuleFacts::pack(some_lists(), size).has_value());
    const auto beyond = ModuleFacts::pack(some_lists(), size - 1);
    REQUIRE_FALSE(beyond.has_value());
    CHECK(beyond.error().kind == ErrorKind::malformed);
    CHECK(beyond.error().message == cat("its symbols and texts take ", size,
                                        " bytes, more than the ", size - 1,
                                        " bytes of the module: its strings overlap"));
}
