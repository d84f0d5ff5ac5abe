// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/weak_updates.hpp: links to modules of other releases.
#include "report/weak_updates.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

namespace fs = boost::filesystem;

std::string module_file(std::string_view release, std::string_view name,
                        std::uint32_t crc) {
    ElfBuilder builder;
    builder.text(64)
        .info("license", "GPL")
        .info("vermagic", cat(release, " SMP modversions "))
        .this_module(name)
        .undefined("kernel_fn")
        .version("kernel_fn", crc);
    return builder.build();
}

/// Release 6.1.0, whose kernel exports kernel_fn 1, and others with modules in extra.
class UpdatedMachine : public ModuleDirectory {
public:
    UpdatedMachine() {
        dep({"kernel/base.ko:"});
        file("kernel/base.ko", module_file("6.1.0", "base", 1));
        file("symvers", "0x00000001\tkernel_fn\tvmlinux\tEXPORT_SYMBOL\t\n");
    }

    void extra(const std::string& release, const std::string& path,
               std::uint32_t crc = 1) const {
        files().write(cat("lib/modules/", release, "/extra/", path),
                      module_file(release, module_name_of_path(path), crc));
    }
    void link(const std::string& name, const std::string& target) const {
        const fs::path path = files().path() / "lib/modules/6.1.0/weak-updates" / name;
        fs::create_directories(path.parent_path());
        fs::create_symlink(target, path);
    }
    [[nodiscard]] bool exists(const std::string& name) const {
        return fs::symlink_status(files().path() / "lib/modules/6.1.0" / name).type() !=
               fs::file_not_found;
    }

    std::vector<WeakUpdate> plan(const WeakUpdatesRequest& request = {}) {
        Catalog all = catalog();
        auto planned = plan_weak_updates(request, all, {}, messages());
        REQUIRE(planned.has_value());
        return *std::move(planned);
    }
    /// "+nic 6.0.0/extra/nic.ko", "-…" for a removal, "!…" for a refusal.
    std::string planned(const WeakUpdatesRequest& request = {}) {
        std::string text;
        for (const WeakUpdate& update : plan(request)) {
            constexpr std::string_view kSigns[] = {"+", "-", "!"};
            text += cat(text.empty() ? "" : " ", kSigns[static_cast<int>(update.action)],
                        update.module, "=",
                        update.target.substr(std::string_view("/lib/modules/").size()));
        }
        return text;
    }
};

}  // namespace

TEST_CASE("plan_weak_updates: links compatible modules, those of the newest release") {
    UpdatedMachine machine;
    machine.extra("6.0.9", "nic/nic.ko");
    machine.extra("6.0.10", "nic/nic.ko");
    machine.extra("6.0.10", "bad.ko", 9);
    machine.extra("6.0.9", "bad.ko");
    machine.extra("6.0.9", "base.ko");
    CHECK(machine.planned() ==
          "+bad=6.0.9/extra/bad.ko +nic=6.0.10/extra/nic/nic.ko "
          "!bad=6.0.10/extra/bad.ko");
    CHECK(machine.plan()[1].link == "/lib/modules/6.1.0/weak-updates/nic/nic.ko");
    CHECK(machine.planned({.modules = {"nic"}}) == "+nic=6.0.10/extra/nic/nic.ko");
    CHECK(machine.planned({.modules = {"nic"},
                           .without_files = {"/lib/modules/6.0.10/extra/nic/nic.ko"}}) ==
          "+nic=6.0.9/extra/nic/nic.ko");
    CHECK(machine.planned({.remove_all = true}).empty());
}

TEST_CASE("plan_weak_updates: keeps good links, replaces or removes others") {
    UpdatedMachine machine;
    machine.extra("6.0.0", "same.ko");
    machine.extra("6.0.0", "moved.ko");
    machine.extra("6.0.0", "bad.ko", 9);
    machine.link("same.ko", "/lib/modules/6.0.0/extra/same.ko");
    machine.link("moved.ko", "/lib/modules/5.0.0/extra/moved.ko");
    machine.link("bad.ko", "/lib/modules/6.0.0/extra/bad.ko");
    machine.link("strange.ko", "../kernel/base.ko");
    machine.file("weak-updates/file.ko", "");
    CHECK(machine.planned() ==
          "-bad=6.0.0/extra/bad.ko -moved=5.0.0/extra/moved.ko "
          "+moved=6.0.0/extra/moved.ko !bad=6.0.0/extra/bad.ko");
    CHECK(machine.planned({.modules = {"same"}}).empty());
    CHECK(machine.planned({.remove_all = true}) ==
          "-bad=6.0.0/extra/bad.ko -moved=5.0.0/extra/moved.ko "
          "-same=6.0.0/extra/same.ko");
}

TEST_CASE("plan_weak_updates: replaces only the links to a release to be removed") {
    UpdatedMachine machine;
    machine.extra("6.0.9", "nic.ko");
    machine.extra("6.0.9", "other.ko");
    machine.extra("6.0.10", "nic.ko");
    machine.extra("6.0.10", "alone.ko");
    machine.link("nic.ko", "/lib/modules/6.0.10/extra/nic.ko");
    machine.link("alone.ko", "/lib/modules/6.0.10/extra/alone.ko");
    CHECK(machine.planned({.without_release = "6.0.10"}) ==
          "-alone=6.0.10/extra/alone.ko -nic=6.0.10/extra/nic.ko "
          "+nic=6.0.9/extra/nic.ko");
    CHECK(machine.planned({.without_release = "6.0.9"}).empty());
}

TEST_CASE("plan_weak_updates: gives no link to a module that cannot be checked") {
    UpdatedMachine machine;
    fs::remove(machine.files().path() / "lib/modules/6.1.0/symvers");
    machine.extra("6.0.0", "known.ko");
    ElfBuilder rare;
    rare.text(64)
        .info("license", "GPL")
        .info("vermagic", "6.0.0 SMP modversions ")
        .this_module("rare")
        .undefined("rare_fn")
        .version("rare_fn", 1);
    machine.files().write("lib/modules/6.0.0/extra/rare.ko", rare.build());
    CHECK(machine.planned() == "+known=6.0.0/extra/known.ko !rare=6.0.0/extra/rare.ko");
    CHECK(machine.plan().back().reason ==
          "rare: the version of rare_fn could not be checked without a Module.symvers");
}

TEST_CASE("apply_weak_updates: makes and removes links and their directories") {
    UpdatedMachine machine;
    machine.extra("6.0.0", "nic/deep/nic.ko");
    machine.link("old/gone.ko", "/lib/modules/5.0.0/extra/old/gone.ko");
    CHECK(apply_weak_updates(machine.root(), machine.plan()).has_value());
    CHECK(machine.exists("weak-updates/nic/deep/nic.ko"));
    CHECK_FALSE(machine.exists("weak-updates/old"));
    CHECK(machine.planned().empty());
    CHECK(apply_weak_updates(machine.root(), machine.plan({.remove_all = true}))
              .has_value());
    CHECK_FALSE(machine.exists("weak-updates/nic"));
    CHECK(machine.exists("weak-updates"));
}

TEST_CASE("apply_weak_updates: never replaces a file, and stays in the root") {
    UpdatedMachine machine;
    machine.extra("6.0.0", "nic.ko");
    machine.file("weak-updates/nic.ko", "a file");
    const std::vector<WeakUpdate> updates = {{WeakUpdate::Action::add, "nic",
                                              "/lib/modules/6.1.0/weak-updates/nic.ko",
                                              "/lib/modules/6.0.0/extra/nic.ko"}};
    const auto failed = apply_weak_updates(machine.root(), updates);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message ==
          cat("could not change ",
              machine.outside("/lib/modules/6.1.0/weak-updates/nic.ko"),
              ": File exists"));
    // A link out of the root is resolved within it.
    test::TemporaryDirectory outside;
    fs::remove_all(machine.files().path() / "lib/modules/6.1.0/weak-updates");
    fs::create_symlink(outside.path(),
                       machine.files().path() / "lib/modules/6.1.0/weak-updates");
    CHECK_FALSE(apply_weak_updates(machine.root(), updates).has_value());
    CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("installed_releases: lists directories, newest first") {
    UpdatedMachine machine;
    machine.files().write("lib/modules/6.1.10/kernel/.keep", "");
    machine.files().write("lib/modules/file", "");
    CHECK(installed_releases(machine.root()) ==
          std::vector<std::string>{"6.1.10", "6.1.0"});
}
