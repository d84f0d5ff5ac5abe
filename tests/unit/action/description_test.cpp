// SPDX-License-Identifier: LGPL-2.1-or-later
// From names to what modules say of themselves.
#include "action/description.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

/// snd_pcm and snd answer to sound-*; net_core is built in and answers to net-thing.
class Tree : public ModuleDirectory {
public:
    Tree() {
        dep({"kernel/snd-pcm.ko: kernel/snd.ko", "kernel/snd.ko:"});
        index("modules.alias.bin", {{"sound_*", "snd_pcm"}, {"sound_*", "snd"}});
        index("modules.builtin.bin", {{"net_core", ""}});
        index("modules.builtin.alias.bin", {{"net_thing", "net_core"}});
        file("modules.builtin.modinfo", "net_core.license=GPL\0"s);
        for (const std::string_view name : {"snd-pcm", "snd"})
            file(cat("kernel/", name, ".ko"),
                 ElfBuilder().info("license", "GPL").build());
    }
};

/// Names with a blank behind each, or the message.
std::string names_of(const Result<std::vector<ModuleInfo>>& infos) {
    if (!infos) return infos.error().message;
    std::string names;
    for (const ModuleInfo& info : *infos) names += info.name + " ";
    return names;
}

}  // namespace

TEST_CASE("describe_name: by name, alias and name of what is built in") {
    Tree tree;
    Catalog catalog = tree.catalog();
    const struct {
        std::string_view name, expected;
    } rows[] = {
        {"snd-pcm", "snd_pcm "},
        {"snd_pcm", "snd_pcm "},
        {"sound-card", "snd_pcm snd "},
        {"net-core", "net_core "},
        {"net-thing", "net_core "},
        {"nothing", "Module nothing not found."},
        {"", "Module  not found."},
        {"snd.ko", "Module snd.ko not found."},
        {"a[", "Module alias a[ not found."},
        {"a\x1b", "Module a\\x1b not found."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(names_of(describe_name(catalog, row.name)) == row.expected);
    }
}

TEST_CASE("describe_module: by name alone, and by aliases of what is built in") {
    Tree tree;
    Catalog catalog = tree.catalog();
    const struct {
        std::string_view name, expected;
    } rows[] = {
        {"snd-pcm", "snd_pcm "},
        {"snd.ko.xz", "snd "},
        {"net-core", "net_core "},
        {"net-thing", "net_core "},
        {"sound-card", "Module name sound-card not found."},
        {"", "Module name  not found."},
        {".snd", "Module name .snd not found."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(names_of(describe_module(catalog, row.name)) == row.expected);
    }
}

TEST_CASE("describe_file: a regular file that is called as modules are") {
    Tree tree;
    const io::Root host = *io::Root::open("/");
    const auto outside = [&](std::string_view path) {
        return tree.outside(cat("/lib/modules/6.1.0/", path));
    };
    tree.file("text", "text");
    tree.file("folder.ko/x", "");
    tree.file("broken.ko", "text");
    const auto module = describe_file(host, outside("kernel/snd.ko"));
    REQUIRE(module.has_value());
    REQUIRE(module->has_value());
    CHECK((*module)->name == "snd");
    for (const std::string_view path :
         {"text", "folder.ko", "none.ko", "modules.dep.bin"}) {
        CAPTURE(path);
        const auto none = describe_file(host, outside(path));
        REQUIRE(none.has_value());
        CHECK_FALSE(none->has_value());
    }
    const auto broken = describe_file(host, outside("broken.ko"));
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().message.contains("broken.ko"));
}
