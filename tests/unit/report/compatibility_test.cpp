// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/compatibility.hpp: modules on a kernel that is not running.
#include "report/compatibility.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

ElfBuilder module_for(std::string_view release, std::string_view name) {
    ElfBuilder builder;
    builder.text(64)
        .info("name", name)
        .info("license", "GPL")
        .info("vermagic", cat(release, " SMP modversions "))
        .this_module(name);
    return builder;
}

ElfBuilder needs(ElfBuilder builder, std::string_view symbol, std::uint32_t crc) {
    return builder.undefined(symbol).version(symbol, crc);
}

/// The kernel exports kernel_fn 1; its module base exports base_fn 2.
class Installed : public ModuleDirectory {
public:
    explicit Installed(bool symvers = true) {
        dep({"kernel/base.ko:"});
        index("modules.symbols.bin", {{"symbol:base_fn", "base"}});
        file("kernel/base.ko", needs(module_for("6.1.0", "base"), "kernel_fn", 1)
                                   .exports("base_fn", 2)
                                   .build());
        if (symvers) file("symvers", "0x00000001\tkernel_fn\tvmlinux\tEXPORT_SYMBOL\t\n");
    }

    /// The names of the causes for each file of the directory new/, or "unchecked".
    std::string check(const std::vector<std::string>& names, bool signature = false) {
        CompatibilityRequest request{.files = {}, .require_signature = signature};
        for (const std::string& name : names)
            request.files.push_back(outside("/new/" + name));
        Catalog all = catalog();
        const auto modules = check_compatibility(request, all, {}, {}, messages());
        if (!modules) return modules.error().message;
        std::string text;
        for (const ModuleCompatibility& module : *modules) {
            text += cat(text.empty() ? "" : "; ", module.module, ":");
            if (!module.refusal) text += " fits";
            if (module.refusal)
                for (const Finding& finding : module.refusal->findings)
                    text += cat(" ", to_string(finding.cause));
            for (const std::string& symbol : module.unchecked)
                text += cat(" unchecked ", symbol);
        }
        return text;
    }
    void add(const std::string& name, const std::string& contents) const {
        files().write("new/" + name, contents);
    }
};

}  // namespace

TEST_CASE("check_compatibility: compares the versions of symbols, not the release") {
    Installed kernel;
    kernel.add("fits.ko", needs(module_for("5.0.0", "fits"), "kernel_fn", 1).build());
    kernel.add("own.ko", needs(module_for("5.0.0", "own"), "kernel_fn", 9).build());
    kernel.add("base2.ko", needs(module_for("5.0.0", "base2"), "base_fn", 9).build());
    kernel.add("lost.ko", needs(module_for("5.0.0", "lost"), "lost_fn", 9).build());
    CHECK(kernel.check({"fits.ko", "own.ko", "base2.ko", "lost.ko"}) ==
          "fits: fits; own: wrong_symbol_version; base2: wrong_symbol_version; "
          "lost: unknown_symbol");
    kernel.add("bare.ko", module_for("5.0.0", "bare").build());
    CHECK(kernel.check({"bare.ko", "nosuch.ko"}) ==
          "bare: wrong_vermagic; nosuch: file_missing");
}

TEST_CASE("check_compatibility: a file may use the symbols of the others") {
    Installed kernel;
    kernel.add("one.ko", module_for("6.1.0", "one").exports("one_fn", 5).build());
    kernel.add("two.ko", needs(module_for("6.1.0", "two"), "one_fn", 5).build());
    kernel.add("three.ko", needs(module_for("6.1.0", "three"), "one_fn", 6).build());
    CHECK(kernel.check({"two.ko"}) == "two: unknown_symbol");
    CHECK(kernel.check({"two.ko", "one.ko", "three.ko"}) ==
          "two: fits; one: fits; three: wrong_symbol_version");
}

TEST_CASE("check_compatibility: infers versions from modules without a Module.symvers") {
    Installed kernel(false);
    kernel.add("fits.ko", needs(module_for("5.0.0", "fits"), "kernel_fn", 1).build());
    kernel.add("own.ko", needs(module_for("5.0.0", "own"), "kernel_fn", 9).build());
    kernel.add("rare.ko", needs(module_for("5.0.0", "rare"), "rare_fn", 9).build());
    CHECK(kernel.check({"fits.ko", "own.ko", "rare.ko"}) ==
          "fits: fits; own: wrong_symbol_version; rare: fits unchecked rare_fn");
}

TEST_CASE("check_compatibility: namespaces must be imported") {
    Installed kernel;
    kernel.file("symvers",
                "0x00000001\tkernel_fn\tvmlinux\tEXPORT_SYMBOL\tNS\n"
                "0x00000002\tfor_fn\tvmlinux\tEXPORT_SYMBOL\tmodule:fr*\n");
    kernel.add("no.ko", needs(module_for("6.1.0", "no"), "kernel_fn", 1).build());
    kernel.add("yes.ko",
               needs(module_for("6.1.0", "yes").info("import_ns", "NS"), "kernel_fn", 1)
                   .build());
    kernel.add("friend.ko", needs(module_for("6.1.0", "friend"), "for_fn", 2).build());
    kernel.add("other.ko", needs(module_for("6.1.0", "other"), "for_fn", 2).build());
    CHECK(kernel.check({"no.ko", "yes.ko", "friend.ko", "other.ko"}) ==
          "no: namespace_not_imported; yes: fits; friend: fits; "
          "other: namespace_not_imported");
}

TEST_CASE("check_compatibility: requires a signature only on request") {
    Installed kernel;
    kernel.add("bare.ko", module_for("6.1.0", "bare").build());
    CHECK(kernel.check({"bare.ko"}) == "bare: fits");
    CHECK(kernel.check({"bare.ko"}, true) == "bare: unsigned_module");
}

TEST_CASE("check_compatibility: fails without databases") {
    ModuleDirectory empty;
    Catalog all = empty.catalog();
    const auto failed = check_compatibility({}, all, {}, {}, empty.messages());
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message == cat(empty.outside("/lib/modules/6.1.0"),
                                        " has no modules.dep.bin: run 'depmod -b ",
                                        empty.files().string(), " 6.1.0'"));
}
