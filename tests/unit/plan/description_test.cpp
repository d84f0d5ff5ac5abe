// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of plan/description.hpp and plan/locate.hpp.
#include "plan/description.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

/// snd_pcm and snd have the alias sound-*; net_core is built in and has the alias
/// net-thing.
class DescribedTree : public ModuleDirectory {
public:
    DescribedTree() {
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

/// Names, each followed by a blank, or the error message.
std::string names_of(Catalog& catalog, const Result<std::vector<ModuleLocation>>& found) {
    if (!found) return found.error().message;
    const auto infos = describe(catalog, *found);
    if (!infos) return infos.error().message;
    std::string names;
    for (const ModuleInfo& info : *infos) names += info.name + " ";
    return names;
}

}  // namespace

TEST_CASE("locate_name: finds names, aliases and names of built-in modules") {
    DescribedTree tree;
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
        CHECK(names_of(catalog, locate_name(catalog, row.name)) == row.expected);
    }
}

TEST_CASE("locate_module: finds names only, and aliases of built-in modules") {
    DescribedTree tree;
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
        CHECK(names_of(catalog, locate_module(catalog, row.name)) == row.expected);
    }
}

TEST_CASE("locate_file: accepts a regular file with a module suffix") {
    DescribedTree tree;
    const io::Root host = *io::Root::open("/");
    const auto outside = [&](std::string_view path) {
        return tree.outside(cat("/lib/modules/6.1.0/", path));
    };
    tree.file("text", "text");
    tree.file("folder.ko/x", "");
    tree.file("broken.ko", "text");
    const auto module = locate_file(host, outside("kernel/snd.ko"));
    REQUIRE(module.value().has_value());
    CHECK(module.value()->name == "snd");
    CHECK(module.value()->root == &host);
    for (const std::string_view path :
         {"text", "folder.ko", "none.ko", "modules.dep.bin"}) {
        CAPTURE(path);
        CHECK(locate_file(host, outside(path)).value() == std::nullopt);
    }
    Catalog catalog = tree.catalog();
    const auto broken = locate_file(host, outside("broken.ko"));
    REQUIRE(broken.value().has_value());
    const auto infos = describe(catalog, {**broken});
    REQUIRE_FALSE(infos.has_value());
    CHECK(infos.error().message.contains("broken.ko"));
}

TEST_CASE("locate_file: fails for a path that cannot be examined") {
    const struct {
        std::string_view name;
        int code;
        bool expected;
    } cases[] = {
        {"a.ko", EIO, true},           {"a.ko", EMFILE, true},
        {"a.ko", ENOMEM, true},        {"a.ko", EACCES, false},
        {"./a.ko", EACCES, true},      {"/m/a.ko", ENOENT, false},
        {"a.ko", ENAMETOOLONG, false},
    };
    for (const auto& [name, code, expected] : cases) {
        CAPTURE(name);
        CAPTURE(code);
        CHECK(leaves_open(name, fail_errno(code, "cannot stat it").error()) == expected);
    }
}
