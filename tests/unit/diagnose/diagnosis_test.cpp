// SPDX-License-Identifier: LGPL-2.1-or-later
// Every cause of a refusal, provoked by a file, an errno and the state of a kernel.
#include "diagnose/diagnosis.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "support/cms_signer.hpp"
#include "support/fake_kernel.hpp"
#include "support/module_directory.hpp"
#include "support/module_recipe.hpp"

using namespace kmodpp;
using kmodpp::test::CmsSigner;
using kmodpp::test::FakeKernel;
using kmodpp::test::kSigningKeys;
using kmodpp::test::ModuleDirectory;

namespace {

constexpr std::string_view kSoundModules =
    "info license=GPL\n"
    "info vermagic=6.1.0 SMP mod_unload modversions\n"
    "info parmtype=count:int\n"
    "need printk 11111111\n";

std::string module_of(std::string_view recipe) {
    return test::build_module(test::parse_recipe(recipe, "recipe").value(), "m");
}

/// A kernel 6.1.0 on x86-64 with the modules m (from the recipe) and lib, which exports
/// lib_call.
class DiagnosedMachine {
public:
    DiagnosedMachine() {
        modules.dep({"m.ko: lib.ko", "lib.ko:", "other.ko:"});
        modules.index("modules.symbols.bin",
                      {{"symbol:lib_call", "lib"}, {"symbol:other_call", "other"}});
        kernel.self = {.vermagic = "6.1.0 SMP mod_unload modversions",
                       .machine = EM_X86_64,
                       .is_64 = true,
                       .order = std::endian::little};
        kernel.visible = {{"printk", {{}, 0x11111111, false}},
                          {"closed_call", {{}, 0x22222222, true}}};
        kernel.rules.privileged = true;
        write(module_of(kSoundModules));
    }

    void write(std::string_view contents) const { modules.file(file, contents); }
    [[nodiscard]] std::string path() const {
        return modules.outside(cat(ModuleDirectory::kDirectory, "/", file));
    }
    LoadedModule& loaded(std::string name, InitState state = InitState::live) {
        LoadedModule module;
        module.name = std::move(name);
        module.state = state;
        return kernel.loaded.emplace_back(std::move(module));
    }

    Diagnosis refused(Step::Action action, int code,
                      std::optional<std::vector<std::string>> log) {
        StepFailure failure;
        failure.step.action = action;
        failure.step.module = "m";
        failure.step.path = path();
        failure.step.options = options;
        failure.error = fail_errno(code, failure.step.path).error();
        failure.kernel_log = std::move(log);
        Catalog catalog = modules.catalog();
        return diagnose(failure, flags,
                        {modules.root(), kernel, catalog,
                         [this] { return certificates ? &*certificates : nullptr; }});
    }

    ModuleDirectory modules;
    std::string file = "m.ko";
    FakeKernel kernel;
    std::string options;
    LoadFlags flags;
    std::optional<trust::TrustStore> certificates;
};

struct DiagnosisCase {
    FailureCause cause;
    std::string_view text;  ///< part of the finding
    int code;
    std::vector<std::string> log;
    std::function<void(DiagnosedMachine&)> prepare;
    Step::Action action = Step::Action::insert;
};

auto with(std::string recipe) {
    return [recipe](DiagnosedMachine& machine) { machine.write(module_of(recipe)); };
}
std::string plus_sound(std::string_view lines) { return cat(kSoundModules, lines); }

std::string cut(std::string_view recipe, std::size_t size) {
    return module_of(recipe).substr(0, size);
}

/// A valid module with one byte of its ELF header replaced.
auto with_byte(std::size_t at, char value) {
    return [=](DiagnosedMachine& machine) {
        std::string bytes = module_of(kSoundModules);
        bytes.at(at) = value;
        machine.write(bytes);
    };
}

using F = FailureCause;
constexpr auto kRemove = Step::Action::remove;

const std::vector<DiagnosisCase>& cases() {
    static const std::vector<DiagnosisCase> all = {
        // Faults of the file.
        {F::file_missing,
         "does not exist, although modules.dep lists it",
         ENOENT,
         {},
         [](DiagnosedMachine& machine) {
             boost::filesystem::remove(
                 machine.modules.outside("/lib/modules/6.1.0/m.ko"));
         }},
        {F::file_unusable,
         "not a regular file",
         EINVAL,
         {},
         [](DiagnosedMachine& machine) {
             const auto path = machine.modules.outside("/lib/modules/6.1.0/m.ko");
             boost::filesystem::remove(path);
             boost::filesystem::create_directory(path);
         }},
        {F::file_empty,
         "is empty",
         EINVAL,
         {},
         [](DiagnosedMachine& machine) { machine.write(""); }},
        {F::file_busy, "is open for writing", ETXTBSY, {}, {}},
        {F::damaged_compression,
         "cannot be decompressed",
         EINVAL,
         {},
         [](DiagnosedMachine& machine) { machine.write("\x1f\x8b\x08 and no more"); }},
        {F::not_elf,
         "begins with the text 'hello world'",
         ENOEXEC,
         {},
         [](DiagnosedMachine& machine) { machine.write("hello world"); }},
        {F::truncated,
         "is truncated: it has 600 bytes",
         ENOEXEC,
         {},
         [](DiagnosedMachine& machine) { machine.write(cut(kSoundModules, 600)); }},
        {F::damaged_elf, "is damaged", ENOEXEC, {}, with_byte(62, '\x7f')},
        {F::wrong_elf_type,
         "is an executable, not a module",
         ENOEXEC,
         {},
         with_byte(16, ET_EXEC)},
        {F::wrong_machine,
         "is a module for 64-bit little-endian AArch64",
         ENOEXEC,
         {},
         with(plus_sound("machine aarch64\n"))},
        {F::wrong_class,
         "is a module for 32-bit",
         ENOEXEC,
         {},
         with(plus_sound("class 32\n"))},
        {F::wrong_byte_order,
         "is a module for 64-bit big-endian",
         ENOEXEC,
         {},
         with(plus_sound("order big\n"))},
        {F::stripped,
         "has no symbol table",
         ENOEXEC,
         {"m: module has no symbols (stripped?)"},
         [](DiagnosedMachine& machine) {
             machine.write(
                 test::ElfBuilder().text(8).this_module("m").stripped().build());
         }},
        {F::not_a_module,
         "no section .gnu.linkonce.this_module",
         ENOEXEC,
         {"m: No module found in object"},
         [](DiagnosedMachine& machine) {
             machine.write(test::ElfBuilder()
                               .text(8)
                               .info("license", "GPL")
                               .undefined("printk")
                               .build());
         }},
        // Modules built for another kernel.
        {F::wrong_vermagic,
         "m.ko was built with other options than this kernel; its vermagic is '6.1.0 SMP "
         "[preempt]",
         ENOEXEC,
         {},
         with("info vermagic=6.1.0 SMP preempt mod_unload modversions\n")},
        {F::no_vermagic, "m.ko has no vermagic", ENOEXEC, {}, with("info license=GPL\n")},
        {F::no_symbol_versions,
         "it was built without symbol versions",
         ENOEXEC,
         {},
         with("info vermagic=6.1.0 SMP mod_unload modversions\nneed printk\n")},
        // Symbols.
        {F::missing_dependency,
         "module lib is not loaded; it exports lib_call",
         ENOENT,
         {"m: Unknown symbol lib_call (err -2)"},
         with(plus_sound("need lib_call\n"))},
        {F::outdated_databases,
         "modules.dep does not list it as a dependency",
         ENOENT,
         {"m: Unknown symbol other_call (err -2)"},
         with(plus_sound("need other_call\n"))},
        {F::unknown_symbol,
         "it needs nobody_has_it",
         ENOENT,
         {},
         with(plus_sound("need nobody_has_it\n"))},
        {F::gpl_only_symbol,
         "licence 'Secret' does not permit the use of the GPL-only symbol closed_call",
         ENOENT,
         {"m: Unknown symbol closed_call (err -2)"},
         with("info license=Secret\ninfo vermagic=6.1.0 SMP mod_unload modversions\n"
              "need closed_call 22222222\n")},
        {F::wrong_symbol_version,
         "it was built with version 0x22222222 of printk, but the kernel has 0x11111111",
         EINVAL,
         {"m: disagrees about version of symbol printk",
          "m: Unknown symbol printk (err -22)"},
         with("info vermagic=6.1.0 SMP mod_unload modversions\nneed printk 22222222\n")},
        {F::namespace_not_imported,
         "MINE",
         EINVAL,
         {"m: module uses symbol (my_call) from namespace MINE, but does not import it.",
          "m: Unknown symbol my_call (err -22)"},
         with(plus_sound("need my_call\n"))},
        {F::duplicate_symbol,
         "it exports lib_call, which lib already exports",
         ENOEXEC,
         {"m: exports duplicate symbol lib_call (owned by lib)"},
         with(plus_sound("export lib_call\n"))},
        // Parameters.
        {F::bad_parameter,
         "parameter count: 'many' is not a valid int",
         EINVAL,
         {},
         [](DiagnosedMachine& machine) { machine.options = "count=many"; }},
        // Trust.
        {F::unsigned_module,
         "it is not signed",
         EKEYREJECTED,
         {"Loading of unsigned module is rejected"},
         [](DiagnosedMachine& machine) {
             machine.kernel.rules.signatures_enforced = true;
         }},
        {F::malformed_signature,
         "its signature is damaged",
         EBADMSG,
         {},
         [](DiagnosedMachine& machine) {
             machine.write(module_of(kSoundModules) + std::string(12, '\xff') +
                           "~Module signature appended~\n");
         }},
        {F::unsupported_signature,
         "this kernel cannot check its signature",
         EKEYREJECTED,
         {"Loading of module with unsupported crypto is rejected"},
         [](DiagnosedMachine& machine) {
             machine.kernel.rules.signatures_enforced = true;
             machine.write(module_of(kSoundModules) +
                           std::string("\0\0\7\0\0\0\0\0\0\0\0\0", 12) +
                           "~Module signature appended~\n");
         }},
        {F::locked_down,
         "lockdown=integrity",
         EPERM,
         {"Lockdown: insmod: unsigned module loading is restricted; see man "
          "kernel_lockdown.7"},
         [](DiagnosedMachine& machine) { machine.kernel.rules.lockdown = "integrity"; }},
        {F::modules_disabled,
         "kernel.modules_disabled=1",
         EPERM,
         {},
         [](DiagnosedMachine& machine) { machine.kernel.rules.modules_disabled = true; }},
        {F::modules_disabled,
         "booted with 'nomodule'",
         EPERM,
         {},
         [](DiagnosedMachine& machine) { machine.kernel.boot_line = "quiet nomodule"; }},
        {F::not_privileged,
         "lacks CAP_SYS_MODULE",
         EPERM,
         {},
         [](DiagnosedMachine& machine) { machine.kernel.rules.privileged = false; }},
        {F::blacklisted,
         "the kernel command line forbids it",
         EPERM,
         {},
         [](DiagnosedMachine& machine) {
             machine.kernel.boot_line = "module_blacklist=x,m";
         }},
        {F::denied_by_policy, "a security module", EPERM, {}, {}},
        // State.
        {F::already_loaded,
         "is already loaded",
         EEXIST,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m"); }},
        {F::builtin,
         "is built into this kernel",
         EEXIST,
         {},
         [](DiagnosedMachine& machine) {
             machine.modules.index("modules.builtin.bin", {{"m", "m"}});
         }},
        {F::being_loaded,
         "is being loaded by another process",
         EBUSY,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m", InitState::coming); }},
        {F::being_removed,
         "is being removed",
         EBUSY,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m", InitState::going); }},
        {F::out_of_memory, "not enough memory", ENOMEM, {}, {}},
        {F::init_failed,
         "its init function returned ENODEV: its hardware is not present",
         ENODEV,
         {"m: no such chip"},
         {}},
        {F::unsupported_by_kernel, "without loadable modules", ENOSYS, {}, {}},
        // Removal.
        {F::not_loaded, "m is not loaded", ENOENT, {}, {}, kRemove},
        {F::in_use,
         "is in use by: a b",
         EAGAIN,
         {},
         [](DiagnosedMachine& machine) {
             machine.loaded("m").holders = {"a", "b"};
         },
         kRemove},
        {F::in_use,
         "m is in use: it has 2 references, but /proc and /sys do not show what holds it",
         EAGAIN,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m").refcount = 2; },
         kRemove},
        {F::permanent,
         "has no exit function",
         EBUSY,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m").permanent = true; },
         kRemove},
        {F::being_loaded,
         "is still being loaded",
         EBUSY,
         {},
         [](DiagnosedMachine& machine) { machine.loaded("m", InitState::coming); },
         kRemove},
        {F::unsupported_by_kernel,
         "built without CONFIG_MODULE_UNLOAD",
         ENOSYS,
         {},
         {},
         kRemove},
        {F::command_failed, "", EIO, {}, {}, Step::Action::run_install},
        {F::forbidden, "", EPERM, {}, {}, Step::Action::forbidden},
    };
    return all;
}

}  // namespace

TEST_CASE("diagnose: names every cause of a refusal") {
    for (const DiagnosisCase& c : cases()) {
        CAPTURE(to_string(c.cause));
        CAPTURE(c.text);
        DiagnosedMachine machine;
        if (c.prepare) c.prepare(machine);
        const Diagnosis found = machine.refused(c.action, c.code, c.log);
        REQUIRE_FALSE(found.findings.empty());
        CHECK(to_string(found.findings[0].cause) == to_string(c.cause));
        CHECK_MESSAGE(found.findings[0].text.contains(c.text), found.findings[0].text);
        CHECK(found.code == c.code);
    }
}

TEST_CASE(
    "diagnose: finds the same causes from the file alone, without the kernel's log") {
    // Only the log shows these causes.
    const std::set<FailureCause> by_log = {
        F::namespace_not_imported,
        F::duplicate_symbol,
        F::unsupported_signature,
        F::wrong_symbol_version,
    };
    for (const DiagnosisCase& c : cases()) {
        if (by_log.contains(c.cause)) continue;
        CAPTURE(to_string(c.cause));
        DiagnosedMachine machine;
        if (c.prepare) c.prepare(machine);
        const Diagnosis found = machine.refused(c.action, c.code, std::nullopt);
        REQUIRE_FALSE(found.findings.empty());
        CHECK(to_string(found.findings[0].cause) == to_string(c.cause));
    }
}

TEST_CASE("diagnose: symbols of a proprietary module rule out GPL-only symbols") {
    for (const std::string_view line :
         {"m: module uses symbols a_call from proprietary module closed, inheriting "
          "taint.",
          "m: module using GPL-only symbols uses symbols a_call from proprietary module "
          "closed."}) {
        CAPTURE(line);
        DiagnosedMachine machine;
        with(
            "info license=GPL\ninfo vermagic=6.1.0 SMP mod_unload modversions\n"
            "need printk 11111111\n")(machine);
        const Diagnosis found =
            machine.refused(Step::Action::insert, ENOENT,
                            {{std::string(line), "m: Unknown symbol printk (err -2)"}});
        REQUIRE_FALSE(found.findings.empty());
        CHECK(to_string(found.findings[0].cause) == "gpl_only_symbol");
        CHECK(
            found.findings[0].text.contains("it uses a_call from the proprietary module "
                                            "closed, so it may not use GPL-only"));
    }
}

TEST_CASE("diagnose: does not blame a correct module that the kernel refuses") {
    DiagnosedMachine machine;
    for (const int code : {ENOEXEC, EINVAL, ENOENT, ERANGE, EBUSY}) {
        CAPTURE(code);
        const Diagnosis found = machine.refused(Step::Action::insert, code, {});
        REQUIRE(found.findings.size() == 1);
        const Finding& finding = found.findings[0];
        CHECK((finding.cause == F::init_failed || finding.cause == F::unknown));
        if (finding.cause == F::init_failed)
            CHECK(finding.text.contains("no problem was found in the file"));
    }
}

TEST_CASE("diagnose: does not call a file correct if the kernel's log has a reason") {
    const struct {
        std::vector<std::string> log;
        std::vector<std::string> shown;
    } cases[] = {
        {{"usb 1-1: new device", "failed to validate module [m] BTF: -22"},
         {"failed to validate module [m] BTF: -22"}},
        {{"NVRM: API mismatch", "ACPI: OSL: Resource conflict"},
         {"NVRM: API mismatch", "ACPI: OSL: Resource conflict"}},
    };
    for (const int code : {EINVAL, ENOENT, ENOEXEC, EBUSY})
        for (const auto& c : cases) {
            CAPTURE(code);
            DiagnosedMachine machine;
            const Diagnosis found = machine.refused(Step::Action::insert, code, c.log);
            REQUIRE(found.findings.size() == 1);
            CHECK(found.findings[0].cause == F::unknown);
            CHECK(found.findings[0].text.starts_with("m: the kernel refused "));
            CHECK(found.findings[0].advice == "see the kernel's log below");
            std::vector<std::string> shown;
            for (const KernelLine& line : found.kernel_log) shown.push_back(line.text);
            CHECK(shown == c.shown);
        }
    // The log is not shown if a finding explains the refusal.
    DiagnosedMachine machine;
    machine.options = "count=many";
    CHECK(machine.refused(Step::Action::insert, EINVAL, {{"usb 1-1: new device"}})
              .kernel_log.empty());
}

TEST_CASE("diagnose: does not advise to sign or enroll a module of another kernel") {
    for (const int code : {EPERM, EKEYREJECTED}) {
        CAPTURE(code);
        DiagnosedMachine machine;
        machine.kernel.rules.lockdown = "integrity";
        machine.kernel.rules.signatures_enforced = true;
        machine.modules.dep({"updates/m.ko: lib.ko", "lib.ko:", "other.ko:"});
        machine.modules.file("kernel/m.ko", "");
        machine.file = "updates/m.ko";
        machine.write(
            module_of("info license=GPL\n"
                      "info vermagic=6.0.0 SMP mod_unload modversions\n"
                      "need printk 11111111\n"));
        const Diagnosis found = machine.refused(Step::Action::insert, code, {});
        REQUIRE(found.findings.size() == 2);
        const Finding& build = found.findings[0];
        const std::string path = machine.path();
        CHECK(build.cause == F::wrong_vermagic);
        CHECK(build.text ==
              cat("m: ", path,
                  " was built for kernel 6.0.0, but this kernel is 6.1.0; "
                  "updates/m.ko hides kernel/m.ko; its vermagic is '[6.0.0] SMP "
                  "mod_unload modversions', the kernel's is '[6.1.0] SMP mod_unload "
                  "modversions'"));
        CHECK(build.advice == cat("to use kernel/m.ko, run 'rm ", path, " && depmod -b ",
                                  machine.modules.files().string(),
                                  " 6.1.0'; or build the module against "
                                  "the headers of 6.1.0"));
        CHECK(found.findings[1].text.contains("it is not signed"));
        CHECK(found.findings[1].advice.empty());
    }
}

TEST_CASE("diagnose: reports another release if symbols do not match") {
    DiagnosedMachine machine;
    machine.write(
        module_of("info license=GPL\n"
                  "info vermagic=6.0.0 SMP mod_unload modversions\n"
                  "need printk 22222222\nneed gone 33333333\n"));
    const std::string note = cat("; ", machine.path(),
                                 " was built for kernel 6.0.0, but this kernel is 6.1.0");
    const Diagnosis changed = machine.refused(
        Step::Action::insert, EINVAL, {{"m: disagrees about version of symbol printk"}});
    REQUIRE(changed.findings.size() == 1);
    CHECK(changed.findings[0].cause == F::wrong_symbol_version);
    CHECK(changed.findings[0].text.ends_with(note));
    const Diagnosis missing = machine.refused(Step::Action::insert, ENOENT,
                                              {{"m: Unknown symbol gone (err -2)"}});
    REQUIRE(missing.findings.size() == 1);
    CHECK(missing.findings[0].text.ends_with(note));
    CHECK(
        missing.findings[0].advice.starts_with("build it against the headers of 6.1.0"));
}

TEST_CASE("diagnose: names the users of a module that cannot be removed") {
    using Kind = kernel::ModuleUse::Kind;
    DiagnosedMachine machine;
    machine.loaded("m").refcount = 3;
    machine.kernel.held_by = {{Kind::mount, "/mnt", "mfs"},
                              {Kind::open_device, "/dev/m", "cat (42)"},
                              {Kind::network_link, "eth0", ""},
                              {Kind::bound_device, "0000:00:03.0", "pci:m"}};
    const Diagnosis found = machine.refused(Step::Action::remove, EAGAIN, {});
    REQUIRE(found.findings.size() == 1);
    CHECK(
        found.findings[0].text ==
        "m is in use: it has 3 references; /mnt is mounted (mfs), /dev/m is open in cat "
        "(42), it drives the network link eth0, device 0000:00:03.0 is bound to its "
        "driver pci:m");
    CHECK(
        found.findings[0].advice ==
        "unmount, end the process, set the link down, unbind the device, then try again");
}

TEST_CASE("diagnose: suggests --remove-holders where it would help") {
    for (const bool can_go : {true, false}) {
        DiagnosedMachine machine;
        machine.loaded("a").refcount = can_go ? 0 : 1;
        machine.loaded("m").holders = {"a"};
        machine.kernel.loaded.back().refcount = 1;
        const Diagnosis found = machine.refused(Step::Action::remove, EAGAIN, {});
        REQUIRE(found.findings.size() == 1);
        CHECK(found.findings[0].text == "m is in use by: a");
        CHECK(found.findings[0].advice ==
              (can_go ? "run 'modprobe -r --remove-holders m' to remove them as well"
                      : "they are in use themselves: stop what uses them first"));
    }
}

TEST_CASE("diagnose: the signature check distinguishes causes with the same errno") {
    const std::string owner = CmsSigner::with_key(kSigningKeys[0]).certificate();
    const std::string signed_module = cat(kSoundModules, "sign owner\n");
    const auto trust_owner = [&](DiagnosedMachine& machine) {
        REQUIRE(machine.certificates.emplace().add_der(as_bytes(owner), "/boot/vmlinuz"));
    };
    const struct {
        std::string_view name;
        std::string recipe;
        int code;
        std::vector<std::string> log;
        std::function<void(DiagnosedMachine&)> prepare;
        F cause;
        std::string_view text, advice;
    } cases[] = {
        {"changed after signing",
         cat(signed_module, "flip 70\n"),
         EKEYREJECTED,
         {},
         trust_owner,
         F::wrong_signature,
         "m: its contents do not match its signature by 'Test Owner' (key 0A:01): it was "
         "changed after signing",
         "reinstall the package that contains the file, or sign the module again if it "
         "was stripped after signing"},
        {"signed attributes",
         cat(kSoundModules, "sign owner attributes\n"),
         EKEYREJECTED,
         {},
         trust_owner,
         F::unsupported_signature,
         "m: it signs attributes, which the kernel does not accept for modules",
         "sign it with sign-file, or with 'openssl cms -noattr'"},
        {"a revoked key",
         signed_module,
         EKEYREJECTED,
         {},
         [&](DiagnosedMachine& machine) {
             REQUIRE(machine.certificates.emplace().revoke_der(as_bytes(owner), "dbx"));
         },
         F::revoked_key,
         "m: it is signed by 'Test Owner', a key that was revoked (dbx)",
         "install a file that is signed with another key"},
        {"a key that is not enrolled",
         signed_module,
         EKEYREJECTED,
         {"Loading of module with unavailable key is rejected"},
         [&](DiagnosedMachine& machine) {
             machine.kernel.rules.signatures_enforced = true;
             machine.modules.file("mok.pub", owner);
             REQUIRE(machine.certificates.emplace().add_candidate(
                 machine.modules.root(), cat(ModuleDirectory::kDirectory, "/mok.pub")));
         },
         F::unknown_key,
         "m: it is signed by 'Test Owner' (key 0A:01), a key that this kernel does not "
         "trust; its certificate @/mok.pub is not enrolled; this kernel only accepts "
         "modules signed with a trusted key (module.sig_enforce)",
         "run 'mokutil --import @/mok.pub' to enrol it, and reboot; see "
         "module-signatures(7)"},
        {"a key that another kernel has",
         signed_module,
         EKEYREJECTED,
         {"Loading of module with unavailable key is rejected"},
         [&](DiagnosedMachine& machine) {
             machine.kernel.rules.signatures_enforced = true;
             trust_owner(machine);
         },
         F::unknown_key,
         "m: it is signed by 'Test Owner' (key 0A:01), a key that this kernel does not "
         "trust; the certificate in /boot/vmlinuz verifies it; this kernel only accepts "
         "modules signed with a trusted key (module.sig_enforce)",
         ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        DiagnosedMachine machine;
        machine.write(module_of(c.recipe));
        c.prepare(machine);
        const Diagnosis found = machine.refused(Step::Action::insert, c.code, c.log);
        const auto expected = [&](std::string_view text) {
            std::string out;
            for (const char letter : text)
                if (letter == '@')
                    out += machine.modules.outside(ModuleDirectory::kDirectory);
                else
                    out += letter;
            return out;
        };
        REQUIRE(found.findings.size() == 1);
        CHECK(found.findings.front().cause == c.cause);
        CHECK(found.findings.front().text == expected(c.text));
        CHECK(found.findings.front().advice == expected(c.advice));
    }
}
