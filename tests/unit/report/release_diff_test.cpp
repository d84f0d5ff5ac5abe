// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/release_diff.hpp: differences between two releases.
#include "report/release_diff.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

using Lines = std::vector<std::string>;

ModuleContents module(std::string name, std::string path = "") {
    ModuleContents contents{std::move(name)};
    contents.path = std::move(path);
    return contents;
}

ModuleContents with_aliases(std::string name, std::vector<std::string> aliases) {
    ModuleContents contents = module(std::move(name), "kernel/m.ko");
    contents.aliases = std::move(aliases);
    return contents;
}

ReleaseContents release(std::vector<ModuleContents> modules) {
    ReleaseContents contents;
    contents.modules = std::move(modules);
    return contents;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += cat(out.empty() ? "" : ",", text);
    return out;
}

/// "PATTERN: a,b -> c", with " device" for those of devices.
Lines alias_changes(const std::vector<ModuleContents>& before,
                    const std::vector<ModuleContents>& after) {
    Lines lines;
    const auto changes = compare_aliases(before, after);
    REQUIRE(changes.has_value());
    for (const AliasChange& change : *changes)
        lines.push_back(cat(change.pattern, change.of_device ? " device" : "", ": ",
                            joined(change.before), " -> ", joined(change.after)));
    return lines;
}

}  // namespace

TEST_CASE("compare_releases: finds modules that came, went, moved or are built in") {
    const auto diff = compare_releases(
        release({module("fixed"), module("gone", "kernel/gone.ko"),
                 module("in", "kernel/in.ko"), module("mover", "kernel/mover.ko"),
                 module("out"), module("same", "kernel/same.ko")}),
        release({module("fixed"), module("fresh", "updates/fresh.ko"), module("in"),
                 module("mover", "updates/mover.ko"), module("out", "kernel/out.ko"),
                 module("same", "kernel/same.ko"), module("within")}));
    REQUIRE(diff.has_value());
    Lines lines;
    for (const ModuleChange& change : diff->modules) {
        constexpr std::string_view kKinds[] = {"added", "removed", "moved",
                                               "became_builtin", "became_module"};
        lines.push_back(cat(kKinds[static_cast<int>(change.kind)], " ", change.name, " ",
                            change.builtin_before ? "builtin" : change.before, " ",
                            change.builtin_after ? "builtin" : change.after));
    }
    CHECK(lines == Lines{"added fresh  updates/fresh.ko", "removed gone kernel/gone.ko ",
                         "became_builtin in kernel/in.ko builtin",
                         "moved mover kernel/mover.ko updates/mover.ko",
                         "became_module out builtin kernel/out.ko",
                         "added within  builtin"});
}

TEST_CASE("compare_releases: compares parameters of modules that both releases have") {
    ModuleContents old_module = module("m", "m.ko"), new_module = module("m");
    old_module.parameters = {{"old", "int"}, {"typed", "int"}, {"same", "bool"}};
    new_module.parameters = {{"new", ""}, {"typed", "uint"}, {"same", "bool"}};
    ModuleContents alone = module("alone", "alone.ko");
    alone.parameters = {{"p", "int"}};
    const auto diff =
        compare_releases(release({alone, old_module}), release({new_module}));
    REQUIRE(diff.has_value());
    Lines lines;
    for (const ParameterChange& change : diff->parameters)
        lines.push_back(cat(change.module, ".", change.name, " ",
                            change.before.value_or("absent"), " ",
                            change.after.value_or("absent")));
    CHECK(lines == Lines{"m.new absent ", "m.old int absent", "m.typed int uint"});
}

TEST_CASE(
    "compare_releases: compares exports, and those of the kernel if both are known") {
    ModuleContents old_module = module("m", "m.ko"), new_module = module("m", "m.ko");
    old_module.exports = {{"changed", {"m", 1}}, {"gone", {"m", 2}}, {"same", {"m", 3}}};
    new_module.exports = {{"changed", {"m", 9}}, {"fresh", {"m", 4}}, {"same", {"m", 3}}};
    ReleaseContents before = release({old_module}), after = release({new_module});
    before.kernel_exports = {{"kernel_fn", {"", 5, false, ""}}};
    after.kernel_exports = {{"kernel_fn", {"", 5, true, "NS"}}};
    before.summary.symvers = "Module.symvers";
    const auto names = [&] {
        std::string text;
        const auto diff = compare_releases(before, after);
        REQUIRE(diff.has_value());
        for (const SymbolChange& change : diff->symbols)
            text += cat(text.empty() ? "" : " ", change.before ? "" : "+",
                        change.after ? "" : "-", change.name);
        return text;
    };
    CHECK(names() == "changed +fresh -gone");
    after.summary.symvers = "Module.symvers";
    CHECK(names() == "changed +fresh -gone kernel_fn");
}

TEST_CASE("compare_releases: compares the firmware files that any module names") {
    ModuleContents a = module("a", "a.ko"), b = module("b", "b.ko"), c = module("c");
    a.firmware = {"shared.bin", "old.bin", "old.bin"};
    b.firmware = {"old.bin"};
    c.firmware = {"shared.bin", "new.bin"};
    const auto diff = compare_releases(release({a, b}), release({c}));
    REQUIRE(diff.has_value());
    REQUIRE(diff->firmware.size() == 2);
    CHECK(diff->firmware[0].file == "new.bin");
    CHECK(joined(diff->firmware[0].after) == "c");
    CHECK(diff->firmware[1].file == "old.bin");
    CHECK(joined(diff->firmware[1].before) == "a,b");
}

TEST_CASE("compare_aliases: finds aliases that lead to other modules") {
    CHECK(alias_changes({with_aliases("a", {"fs-a", "usb:v1*", "usb:v2*"})},
                        {with_aliases("a", {"fs-a", "usb:v3*"}),
                         with_aliases("b", {"usb:v2*", "devname:b"})}) ==
          Lines{"devname:b:  -> b", "usb:v1* device: a -> ", "usb:v2* device: a -> b",
                "usb:v3* device:  -> a"});
    CHECK(alias_changes({}, {}).empty());
}

TEST_CASE("compare_aliases: a pattern that covers another one replaces it") {
    // The same module, with a more general pattern: only what is new is reported.
    CHECK(alias_changes({with_aliases("a", {"usb:v1p2d*", "usb:v1p3*"})},
                        {with_aliases("a", {"usb:v1*"})}) ==
          Lines{"usb:v1* device:  -> a"});
    // A more special pattern does not cover the general one.
    CHECK(alias_changes({with_aliases("a", {"usb:v1*"})},
                        {with_aliases("a", {"usb:v1p2*"})}) ==
          Lines{"usb:v1* device: a -> "});
    // A set in brackets stays the same.
    CHECK(alias_changes({with_aliases("a", {"usb:v[0-9]*"})},
                        {with_aliases("a", {"usb:v[0-9]*"})})
              .empty());
    // A pattern of another module only adds to it.
    CHECK(alias_changes({with_aliases("a", {"usb:v1*"})},
                        {with_aliases("a", {"usb:v1*"}), with_aliases("b", {"usb:*"})}) ==
          Lines{"usb:* device:  -> b"});
}

TEST_CASE("compare_aliases: '-' equals '_', and what depmod cannot index is ignored") {
    CHECK(alias_changes({with_aliases("a", {"fs-a", "caf\xc3\xa9", "x]"})},
                        {with_aliases("a", {"fs_a"})})
              .empty());
    CHECK(alias_changes({}, {with_aliases("a", {"fs-new"})}) == Lines{"fs-new:  -> a"});
}
