// SPDX-License-Identifier: LGPL-2.1-or-later
// Which symbols a module may use, and which taints it inherits from their owners.
#include <doctest/doctest.h>

#include <cerrno>
#include <functional>

#include "simulated_root.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;
using test::SimulatedRoot;
using test::sound_module;

constexpr std::string_view kSymvers =
    "0x00000001\tplain\tvmlinux\tEXPORT_SYMBOL\t\n"
    "0x00000002\tfor_gpl\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"
    "0x00000003\tspaced\tvmlinux\tEXPORT_SYMBOL_GPL\tSAMPLE_NS\n"
    "0x00000004\tfor_few\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:one-few,sound*\n"
    "0x00000005\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n";

ElfBuilder module_of(std::string_view name, std::string_view license) {
    ElfBuilder builder;
    builder.text(8)
        .info("name", name)
        .info("license", license)
        .info("intree", "Y")
        .info("vermagic", test::kVermagic)
        .version("module_layout", 5)
        .this_module(name);
    return builder;
}
ElfBuilder gpl(std::string_view name) { return module_of(name, "GPL"); }
ElfBuilder closed(std::string_view name) { return module_of(name, "XYZ"); }

/// A kernel with known exports.
class VersionedRoot : public SimulatedRoot {
public:
    explicit VersionedRoot(std::string_view more = "")
        : SimulatedRoot("release 6.1.0\nsymvers Module.symvers\n" + std::string(more)) {
        directory().write("Module.symvers", kSymvers);
    }
};

}  // namespace

TEST_CASE("SimulatedKernel: permits symbols by licence and namespace") {
    const struct {
        const char* name;
        std::function<ElfBuilder()> module;
        int code;
        const char* line;  ///< in the log
    } cases[] = {
        {"a proprietary module and a plain symbol",
         [] { return std::move(closed("m").undefined("plain").version("plain", 1)); }, 0,
         "m: module license 'XYZ' taints kernel."},
        {"a proprietary module and a symbol for GPL modules",
         [] { return std::move(closed("m").undefined("for_gpl").version("for_gpl", 2)); },
         ENOENT, "m: Unknown symbol for_gpl (err -2)"},
        {"the same, but weak",
         [] { return std::move(closed("m").undefined_weak("for_gpl")); }, 0,
         "m: module license 'XYZ' taints kernel."},
        {"a namespace that is imported",
         [] {
             return std::move(gpl("m")
                                  .info("import_ns", "OTHER")
                                  .info("import_ns", "SAMPLE_NS")
                                  .undefined("spaced")
                                  .version("spaced", 3));
         },
         0, ""},
        {"a namespace that is not imported",
         [] { return std::move(gpl("m").undefined("spaced").version("spaced", 3)); },
         EINVAL,
         "m: module uses symbol (spaced) from namespace SAMPLE_NS, but does not import "
         "it.\nm: Unknown symbol spaced (err -22)"},
        {"a different version is reported before the namespace",
         [] { return std::move(gpl("m").undefined("spaced").version("spaced", 7)); },
         EINVAL,
         "m: disagrees about version of symbol spaced\nm: Unknown symbol spaced (err "
         "-22)"},
        {"a namespace for other modules only",
         [] { return std::move(gpl("m").undefined("for_few").version("for_few", 4)); },
         EINVAL,
         "m: module uses symbol (for_few) from namespace module:one-few,sound*, but does "
         "not import it."},
        {"a namespace for this module",
         [] {
             return std::move(gpl("one_few").undefined("for_few").version("for_few", 4));
         },
         0, ""},
        {"a namespace for modules that match a pattern",
         [] {
             return std::move(
                 gpl("sound_core").undefined("for_few").version("for_few", 4));
         },
         0, ""},
        {"another version of struct module",
         [] {
             ElfBuilder builder = sound_module("m");
             return std::move(builder.version("module_layout", 6));
         },
         ENOEXEC, "m: disagrees about version of symbol module_layout"},
        {"a symbol without version among those with one",
         [] { return std::move(gpl("m").undefined("plain")); }, 0,
         "m: no symbol version for plain"},
        {"the last of two bad symbols is reported",
         [] {
             return std::move(
                 gpl("m").undefined("absent").undefined("plain").version("plain", 9));
         },
         EINVAL, "m: Unknown symbol absent (err -2)"},
        {"an export of the kernel itself",
         [] { return std::move(gpl("m").exports("plain", 1)); }, ENOEXEC,
         "m: exports duplicate symbol plain (owned by kernel)"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        VersionedRoot root;
        CHECK(root.load("m", c.module()) == c.code);
        CAPTURE(root.log());
        if (*c.line != '\0') CHECK(root.logged(c.line));
        CHECK(root.proc_modules().empty() == (c.code != 0));
    }
}

TEST_CASE("SimulatedKernel: prefers extended versions to __versions") {
    VersionedRoot root;
    ElfBuilder module = sound_module("m");
    module.undefined("plain")
        .version("plain", 99)
        .version("module_layout", 99)
        .extended_version("plain", 1)
        .extended_version("module_layout", 5);
    CHECK(root.load("m", module) == 0);
    CHECK(root.log() == "");
}

TEST_CASE("SimulatedKernel: a user of a proprietary module becomes proprietary") {
    VersionedRoot root;
    REQUIRE(root.load("owner", closed("owner").exports("owned", 7)) == 0);
    CHECK(root.load("user", gpl("user").undefined("owned").version("owned", 7)) == 0);
    CHECK(root.logged(
        "user: module uses symbols owned from proprietary module owner, inheriting "
        "taint."));
    CHECK(root.sys("user/taint") == "P\n");
    // A module that uses GPL-only symbols may not.
    CHECK(root.load("both", gpl("both")
                                .undefined("for_gpl")
                                .version("for_gpl", 2)
                                .undefined("owned")
                                .version("owned", 7)) == ENOENT);
    CHECK(root.logged(
        "both: module using GPL-only symbols uses symbols owned from proprietary module "
        "owner."));
    CHECK(root.sys("owner/refcnt") == "1\n");
}

TEST_CASE("SimulatedKernel: checks namespaces of a module's exports") {
    SimulatedRoot root;
    auto owner = sound_module("owner");
    owner.exports("spaced", std::nullopt)
        .symbol_namespace("spaced", "SAMPLE")
        .exports("common", std::nullopt)
        .symbol_namespace("common", "");
    REQUIRE(root.load("owner", owner) == 0);
    CHECK(root.sys("owner/.exports") ==
          "machine 62\n-\tspaced\t-\tSAMPLE\n-\tcommon\t-\t\n");
    CHECK(root.load("a", sound_module("a").undefined("common")) == 0);
    CHECK(root.load("b", sound_module("b").undefined("spaced")) == EINVAL);
    CHECK(root.load("c", sound_module("c").undefined("spaced").info("import_ns",
                                                                    "SAMPLE")) == 0);
    // In a process that did not load the module.
    auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
    REQUIRE(kernel.has_value());
    auto file = io::ModuleFile::open(root.root(), "b.ko");
    REQUIRE(file.has_value());
    CHECK_FALSE((*kernel)->load(*file, "", {}).has_value());
}

TEST_CASE("SimulatedKernel: without forced loads, refuses instead of tainting") {
    const struct {
        const char* name;
        std::function<ElfBuilder()> module;
        kernel::LoadFlags flags;
        int code;
    } cases[] = {
        {"no version of struct module", [] { return sound_module("m"); }, {}, ENOEXEC},
        {"ignored versions",
         [] { return gpl("m"); },
         {.ignore_modversions = true},
         ENOEXEC},
        {"ignored vermagic", [] { return gpl("m"); }, {.ignore_vermagic = true}, ENOEXEC},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        VersionedRoot refusing("forced-load no\n");
        CHECK(refusing.load("m", c.module(), "", c.flags) == c.code);
        CHECK(refusing.log() == "");
        VersionedRoot forced;
        CHECK(forced.load("m", c.module(), "", c.flags) == 0);
        CHECK(forced.sys("m/taint") == "F\n");
        CHECK(forced.directory().read("proc/sys/kernel/tainted") == "2\n");
    }
}

TEST_CASE(
    "SimulatedKernel: exports without a version next to others need a forced load") {
    SimulatedRoot root(
        "release 6.1.0\nvermagic 6.1.0 SMP mod_unload modversions\nmachine 62\n");
    ElfBuilder module;
    module.text(8)
        .info("name", "m")
        .info("license", "GPL")
        .info("intree", "Y")
        .info("vermagic", "6.1.0 SMP mod_unload modversions ")
        .exports("f", std::nullopt)
        .this_module("m");
    CHECK(root.load("m", module) == 0);
    CHECK(root.logged("m: no versions for exported symbols: kernel tainted."));
}
