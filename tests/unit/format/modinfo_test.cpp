// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/modinfo.hpp.
#include "format/modinfo.hpp"

#include <doctest/doctest.h>

#include "support/elf_builder.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace std::string_view_literals;

namespace {
/// The entries as "key|value " texts, concatenated.
std::string shown(const std::vector<InfoEntry>& entries) {
    std::string out;
    for (const auto& [key, value] : entries)
        out.append(key).append("|").append(value).append(" ");
    return out;
}
}  // namespace

TEST_CASE("parse_modinfo: splits texts at NUL and at the first equals sign") {
    const struct {
        std::string_view section, expected;
    } cases[] = {
        {""sv, ""},
        {"\0"sv, ""},
        {"license=GPL\0"sv, "license|GPL "},
        {"a=1\0b=2\0"sv, "a|1 b|2 "},
        {"\0\0a=1\0\0\0b=2\0\0"sv, "a|1 b|2 "},
        {"parm=x:a=b\0"sv, "parm|x:a=b "},
        {"depends=\0"sv, "depends| "},
        {"alone\0"sv, "alone| "},
        {"=value\0"sv, "|value "},
    };
    for (const auto& c : cases) {
        CAPTURE(c.expected);
        CHECK(shown(parse_modinfo(as_bytes(c.section)).value()) == c.expected);
    }
}

TEST_CASE("parse_modinfo: refuses every truncation within a text") {
    constexpr auto kSection = "license=GPL\0\0alias=a\0"sv;
    for (std::size_t size = 0; size < kSection.size(); ++size) {
        CAPTURE(size);
        const test::ExactCopy prefix(kSection.substr(0, size));
        const auto entries = parse_modinfo(prefix.bytes());
        const bool between_texts = size == 0 || kSection[size - 1] == '\0';
        CHECK(entries.has_value() == between_texts);
        if (entries) continue;
        CHECK(entries.error().kind == ErrorKind::malformed);
        CHECK(entries.error().message.find(
                  size < 13 ? ".modinfo: the entry at 0x0 is not"
                            : ".modinfo: the entry at 0xd is not") == 0);
    }
}

TEST_CASE(
    "read_modinfo: reads .modinfo, and returns no entries if the section is missing") {
    const std::string with =
        test::ElfBuilder().info("name", "x").info("license", "GPL v2").build();
    MemorySource source(as_bytes(with));
    const elf::Image image = elf::Image::parse(source).value();
    CHECK(shown(read_modinfo(image).value()) == "name|x license|GPL v2 ");

    const std::string without = test::ElfBuilder().text(1).build();
    MemorySource empty(as_bytes(without));
    CHECK(read_modinfo(elf::Image::parse(empty).value()).value().empty());
}

TEST_CASE("find_info: returns the first value of a key") {
    const auto entries =
        parse_modinfo(as_bytes("alias=a\0alias=b\0depends=\0"sv)).value();
    CHECK(find_info(entries, "alias") == "a");
    CHECK(find_info(entries, "depends") == "");
    CHECK(find_info(entries, "missing") == std::nullopt);
}

TEST_CASE("parse_builtin_modinfo: separates module, key and value") {
    const auto file = parse_builtin_modinfo(
        "ext4.license=GPL\0ext4.alias=fs.ext4\0usbcore.parm=a:b\0x.flag\0"sv);
    CHECK(file.remarks.empty());
    std::string shown;
    for (const auto& [module, info] : file.entries)
        shown.append(module).append("|").append(info.key).append("|").append(
            info.value) += ' ';
    CHECK(shown == "ext4|license|GPL ext4|alias|fs.ext4 usbcore|parm|a:b x|flag| ");
    CHECK(parse_builtin_modinfo("").entries.empty());
}

TEST_CASE("parse_builtin_modinfo: drops only the damaged entry") {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"license=a.b\0a.b=c\0"sv,
         "the entry at 0x0 does not name a module: license=a.b"},
        {"a.b=c\0.license=a\0"sv, "the entry at 0x6 does not name a module: .license=a"},
        {"alone\0a.b=c\0"sv, "the entry at 0x0 does not name a module: alone"},
        {"a.b=c\0a.b=\x01"sv, "the entry at 0x6 is not terminated: a.b=\\x01"},
    };
    for (const auto& c : cases) {
        const auto file = parse_builtin_modinfo(c.text);
        CHECK(file.remarks == std::vector<std::string>{std::string(c.expected)});
        REQUIRE(file.entries.size() == 1);
        CHECK(file.entries[0].info.value == "c");
    }
}

TEST_CASE("parse_builtin_modinfo: accepts every truncation") {
    constexpr auto kText = "a.b=c\0d.e=f\0"sv;
    for (std::size_t size = 0; size < kText.size(); ++size) {
        CAPTURE(size);
        const test::ExactCopy prefix(kText.substr(0, size));
        CHECK(parse_builtin_modinfo(prefix.text()).remarks.empty() == (size % 6 == 0));
    }
}

TEST_CASE("collect_parameters: merges descriptions and types in first-seen order") {
    const auto entries =
        parse_modinfo(as_bytes("parmtype=b:int\0parm=a:first (of: two)\0license=GPL\0"
                               "parm=b:second\0parmtype=a:array of int\0parmtype=c:bool\0"
                               "parm=d:only text\0parm=odd\0parm=a:last wins\0"sv))
            .value();
    const auto parameters = collect_parameters(entries);
    const struct {
        std::string_view name;
        std::optional<std::string_view> description, type;
    } expected[] = {
        {"b", "second", "int"},
        {"a", "last wins", "array of int"},
        {"c", std::nullopt, "bool"},
        {"d", "only text", std::nullopt},
        {"odd", std::nullopt, std::nullopt},
    };
    REQUIRE(parameters.size() == std::size(expected));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        CAPTURE(expected[i].name);
        CHECK(parameters[i].name == expected[i].name);
        CHECK(parameters[i].description == expected[i].description);
        CHECK(parameters[i].type == expected[i].type);
    }
}
