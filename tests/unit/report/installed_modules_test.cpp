// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/installed_modules.hpp: the modules of a release, and where they are.
#include "report/installed_modules.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {

using Lines = std::vector<std::string>;

/// "NAME PLACE SIZE PATH", without the part of the path up to the release.
Lines listed(ModuleDirectory& tree) {
    Catalog catalog = tree.catalog();
    const auto modules = list_installed_modules(catalog);
    if (!modules) return {modules.error().message};
    const std::string directory = tree.outside(ModuleDirectory::kDirectory);
    Lines lines;
    for (const InstalledModule& module : *modules) {
        std::string_view path = module.path;
        if (path.starts_with(directory)) path.remove_prefix(directory.size());
        lines.push_back(cat(module.name, " ", to_string(module.place), " ",
                            module.size ? cat(*module.size) : "-", " ", path));
    }
    return lines;
}

}  // namespace

TEST_CASE("list_installed_modules: states the place and the size of every module") {
    ModuleDirectory tree;
    tree.dep({"kernel/fs/b-c.ko.xz: updates/dkms/a.ko",
              "updates/dkms/a.ko:", "extra/z.ko:", "weak-updates/w/w.ko:", "misc/m.ko:",
              "top.ko:", "kernels/k.ko:", "/opt/drivers/o.ko:", "kernel/fs/gone.ko:"});
    tree.index("modules.builtin.bin", {{"unix", ""}, {"ext4", ""}, {"z", ""}});
    tree.file("kernel/fs/b-c.ko.xz", "12345");
    tree.file("updates/dkms/a.ko", "123");
    tree.file("extra/z.ko", "");
    tree.files().write("lib/modules/6.0.0/extra/w.ko", "1234567");
    tree.file("weak-updates/w/other", "");
    std::filesystem::create_symlink(
        "../../../6.0.0/extra/w.ko",
        tree.outside("/lib/modules/6.1.0/weak-updates/w/w.ko"));
    tree.file("misc/m.ko", "1");
    tree.file("top.ko", "22");
    tree.file("kernels/k.ko", "333");
    tree.files().write("opt/drivers/o.ko", "4444");
    CHECK(listed(tree) ==
          Lines{"a updates 3 /updates/dkms/a.ko", "b_c kernel 5 /kernel/fs/b-c.ko.xz",
                "ext4 builtin - ", "gone kernel - /kernel/fs/gone.ko",
                "k other 3 /kernels/k.ko", "m other 1 /misc/m.ko",
                cat("o other 4 ", tree.outside("/opt/drivers/o.ko")),
                "top other 2 /top.ko", "unix builtin - ",
                "w weak_updates 7 /weak-updates/w/w.ko", "z extra 0 /extra/z.ko"});
}

TEST_CASE("list_installed_modules: a release without databases is an error") {
    ModuleDirectory tree;
    CHECK(listed(tree) == Lines{cat(tree.outside(ModuleDirectory::kDirectory),
                                    " has no modules.dep.bin: run 'depmod -b ",
                                    tree.files().string(), " 6.1.0'")});
}

TEST_CASE("list_installed_modules: a damaged database is an error that names it") {
    ModuleDirectory tree;
    tree.index("modules.dep.bin", {{"a", "kernel/b.ko:"}});
    Catalog catalog = tree.catalog();
    const auto modules = list_installed_modules(catalog);
    REQUIRE_FALSE(modules.has_value());
    CHECK(modules.error().kind == ErrorKind::malformed);
    CHECK(modules.error().message.contains("/modules.dep.bin: the line of a is damaged"));
}
