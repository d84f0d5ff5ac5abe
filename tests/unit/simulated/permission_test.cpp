// SPDX-License-Identifier: LGPL-2.1-or-later
// Permission, signatures, lockdown, taints, and forced unloads of the simulated kernel.
#include <doctest/doctest.h>

#include <cerrno>
#include <functional>

#include "simulated_root.hpp"
#include "support/cms_signer.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;
using test::SimulatedRoot;
using test::sound_module;

const test::CmsSigner& signer() {
    static const test::CmsSigner one({});
    return one;
}

std::string signed_bytes(const std::string& body, const test::CmsSigner& by,
                         std::string_view hash = "sha256") {
    const std::string der = by.sign(body, {.hash = hash}).der;
    test::SignatureTrailer trailer;
    trailer.sig_len = static_cast<std::uint32_t>(der.size());
    return body + der + test::signature_tail(trailer);
}

}  // namespace

TEST_CASE("SimulatedKernel: refuses loads and unloads without permission") {
    const struct {
        const char* name;
        std::string_view description;
        const char* path;  ///< a file of the running kernel, or null
    } cases[] = {
        {"capability", "release 6.1.0\ncapability no\n", nullptr},
        {"switched off", "release 6.1.0\nmodules-disabled yes\n", nullptr},
        {"switched off at boot", "release 6.1.0\ncmdline quiet nomodule\n", nullptr},
        {"switched off at boot with a value", "release 6.1.0\ncmdline nomodule=1\n",
         nullptr},
        {"switched off while it runs", "release 6.1.0\n",
         "proc/sys/kernel/modules_disabled"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        if (c.path != nullptr) root.directory().write(c.path, "1\n");
        root.directory().write("proc/modules", "there 4096 0 - Live 0x0\n");
        // Permission is checked before the file is examined.
        CHECK(root.load_bytes("m", "") == EPERM);
        CHECK(root.load("m") == EPERM);
        CHECK(root.unload("there") == EPERM);
        CHECK(root.log() == "");
        const kernel::LoadPolicy policy = root.kernel().policy();
        CHECK((policy.modules_disabled || policy.privileged == false));
    }
    SimulatedRoot root("release 6.1.0\ncmdline nomodule=0\n");
    CHECK(root.load("m") == 0);
}

TEST_CASE("SimulatedKernel: treats signatures according to its rules") {
    const std::string body = sound_module("m").build();
    const std::string good = signed_bytes(body, signer());
    const test::CmsSigner stranger({.common_name = "A stranger"});
    std::string changed = good;
    changed[body.size() / 2] = static_cast<char>(changed[body.size() / 2] ^ 1);
    std::string broken = good;
    broken[broken.size() - 40] = 1;  // "algo" of the trailer
    std::string other_kind = good;
    other_kind[other_kind.size() - 38] = 1;  // "id_type"

    struct Outcome {
        int code;
        const char* line;
    };
    constexpr const char* kTaint =
        "m: module verification failed: signature and/or required key missing - tainting "
        "kernel";
    const struct {
        const char* name;
        const std::string& bytes;
        Outcome permissive, enforced, locked;
    } cases[] = {
        {"valid", good, {0, ""}, {0, ""}, {0, ""}},
        {"unsigned",
         body,
         {0, kTaint},
         {EKEYREJECTED, "Loading of unsigned module is rejected"},
         {EPERM, "unsigned module loading is restricted; see man kernel_lockdown.7"}},
        {"unknown key",
         signed_bytes(body, stranger),
         {0, kTaint},
         {EKEYREJECTED, "Loading of module with unavailable key is rejected"},
         {EPERM, "unsigned module loading is restricted; see man kernel_lockdown.7"}},
        {"other kind",
         other_kind,
         {0, "module: not signed with expected PKCS#7 message"},
         {EKEYREJECTED, "Loading of module with unsupported crypto is rejected"},
         {EPERM, "unsigned module loading is restricted; see man kernel_lockdown.7"}},
        {"changed", changed, {EKEYREJECTED, ""}, {EKEYREJECTED, ""}, {EKEYREJECTED, ""}},
        {"broken",
         broken,
         {EBADMSG, "module: PKCS#7 signature info has unexpected non-zero params"},
         {EBADMSG, ""},
         {EBADMSG, ""}},
    };
    const struct {
        const char* name;
        std::string description;
        Outcome (*of)(decltype(cases[0]) c);
    } rules[] = {
        {"permissive", "trusted /etc/keys\n",
         [](decltype(cases[0]) c) { return c.permissive; }},
        {"enforced", "trusted /etc/keys/key.der\nsignatures enforced\n",
         [](decltype(cases[0]) c) { return c.enforced; }},
        {"enforced at boot", "trusted /etc/keys\ncmdline module.sig_enforce=1\n",
         [](decltype(cases[0]) c) { return c.enforced; }},
        {"locked down", "trusted /etc/keys\nlockdown integrity\n",
         [](decltype(cases[0]) c) { return c.locked; }},
        {"locked down at boot", "trusted /etc/keys\ncmdline lockdown=confidentiality\n",
         [](decltype(cases[0]) c) { return c.locked; }},
    };
    for (const auto& rule : rules) {
        for (const auto& c : cases) {
            CAPTURE(rule.name);
            CAPTURE(c.name);
            SimulatedRoot root("release 6.1.0\n" + rule.description);
            root.directory().write("etc/keys/key.der", signer().certificate());
            const Outcome expected = rule.of(c);
            CHECK(root.load_bytes("m", c.bytes) == expected.code);
            CAPTURE(root.log());
            CHECK(root.log().contains(expected.line));
            if (expected.code == 0) {
                const bool tainted = expected.line != std::string_view();
                CHECK(root.sys("m/taint") == (tainted ? "E\n" : "\n"));
            }
        }
    }
}

TEST_CASE("SimulatedKernel: a forced signed module counts as unsigned") {
    const std::string good = signed_bytes(sound_module("m").build(), signer());
    SimulatedRoot root("release 6.1.0\ntrusted /key.der\n");
    root.directory().write("key.der", signer().certificate());
    CHECK(root.load_bytes("m", good, "", {.ignore_vermagic = true}) == 0);
    CHECK(root.sys("m/taint") == "FE\n");
    SimulatedRoot strict("release 6.1.0\ntrusted /key.der\nsignatures enforced\n");
    strict.directory().write("key.der", signer().certificate());
    CHECK(strict.load_bytes("m", good, "", {.ignore_vermagic = true}) == EKEYREJECTED);
}

TEST_CASE("SimulatedKernel: checks signatures only if a setting mentions them") {
    const struct {
        const char* description;
        std::optional<bool> enforced;
        const char* lockdown;
    } cases[] = {
        {"", std::nullopt, ""},
        {"signatures permissive\n", false, "none"},
        {"signatures enforced\n", true, "none"},
        {"lockdown integrity\n", false, "integrity"},
        {"cmdline lockdown=confidentiality module.sig-enforce\n", true,
         "confidentiality"},
        {"signatures unchecked\ncmdline module.sig_enforce=1\n", std::nullopt, ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.description);
        SimulatedRoot root("release 6.1.0\n" + std::string(c.description));
        const kernel::LoadPolicy policy = root.kernel().policy();
        CHECK(policy.signatures_enforced == c.enforced);
        CHECK(policy.lockdown == c.lockdown);
        CHECK(policy.privileged == true);
    }
    SimulatedRoot root("release 6.1.0\nsignatures permissive\n");
    root.directory().write("sys/kernel/security/lockdown",
                           "none [integrity] confidentiality\n");
    root.directory().write("sys/module/module/parameters/sig_enforce", "Y\n");
    CHECK(root.kernel().policy().signatures_enforced == true);
    CHECK(root.kernel().policy().lockdown == "integrity");
}

TEST_CASE("SimulatedKernel: an unreadable certificate is an error, not a verdict") {
    SimulatedRoot root("release 6.1.0\ntrusted /absent.der\n");
    root.directory().write("m.ko", sound_module("m").build());
    auto file = io::ModuleFile::open(root.root(), "m.ko");
    REQUIRE(file.has_value());
    const Status status = root.kernel().load(*file, "", {});
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().message.starts_with("/etc/kmodpp/kernel.conf: "));
    CHECK(status.error().message.contains("/absent.der"));
    CHECK(status.error().kind == ErrorKind::io);
}

TEST_CASE("SimulatedKernel: taints the module, and logs the reason once") {
    SimulatedRoot root("release 6.1.0\nretpoline yes\n");
    const auto module = [](std::string_view name) {
        ElfBuilder builder;
        builder.text(8)
            .info("name", name)
            .info("vermagic", test::kVermagic)
            .info("staging", "Y")
            .info("livepatch", "Y")
            .info("test", "Y")
            .this_module(name);
        return builder;
    };
    CHECK(root.load("a", module("a")) == 0);
    CHECK(root.proc_modules() == "a 4096 0 - Live 0x0000000000000000 (PCOKN)\n");
    CHECK(root.sys("a/taint") == "PCOKN\n");
    CHECK(root.directory().read("proc/sys/kernel/tainted") == "300033\n");
    const std::string log_before = root.log();
    CHECK(
        log_before ==
        "a: loading out-of-tree module taints kernel.\n"
        "System may be vulnerable to spectre v2\n"
        "a: loading module not compiled with retpoline compiler.\n"
        "a: module is from the staging directory, the quality is unknown, you have been "
        "warned.\n"
        "a: tainting kernel with TAINT_LIVEPATCH\n"
        "a: module license 'unspecified' taints kernel.\n"
        "Disabling lock debugging due to kernel taint\n"
        "a: loading test module taints kernel.\n");
    CHECK(root.load("b", module("b")) == 0);
    CHECK(
        root.log().substr(log_before.size()) ==
        "System may be vulnerable to spectre v2\n"
        "b: loading module not compiled with retpoline compiler.\n"
        "b: module is from the staging directory, the quality is unknown, you have been "
        "warned.\n");
}

TEST_CASE("SimulatedKernel: refuses live patches without CONFIG_LIVEPATCH") {
    SimulatedRoot root("release 6.1.0\nlivepatch no\n");
    CHECK(root.load("m", sound_module("m").info("livepatch", "Y")) == ENOEXEC);
    CHECK(root.logged(
        "m: module is marked as livepatch module, but livepatch support is disabled"));
}

TEST_CASE("SimulatedKernel: unloads by force only with CONFIG_MODULE_FORCE_UNLOAD") {
    constexpr std::string_view kModules =
        "stuck 4096 0 [permanent], Live 0x0\nused 4096 2 - Live 0x0\n";
    SimulatedRoot plain("release 6.1.0\nforced-unload no\n");
    plain.directory().write("proc/modules", kModules);
    CHECK(plain.unload("stuck", true) == EBUSY);
    CHECK(plain.unload("used", true) == EAGAIN);

    SimulatedRoot forced;
    forced.directory().write("proc/modules", kModules);
    CHECK(forced.unload("used", true) == 0);
    CHECK(forced.directory().read("proc/sys/kernel/tainted") == "8\n");
    CHECK(forced.unload("stuck", true) == 0);
    CHECK(forced.log() == "Disabling lock debugging due to kernel taint\n");
}

TEST_CASE("SimulatedKernel: has no reference counts without CONFIG_MODULE_UNLOAD") {
    SimulatedRoot root("release 6.1.0\nunload no\n");
    REQUIRE(root.load("base", sound_module("base").exports("f", std::nullopt)) == 0);
    REQUIRE(root.load("user", sound_module("user").undefined("f")) == 0);
    CHECK(root.proc_modules() ==
          "user 4096 - - Live 0x0000000000000000\n"
          "base 4096 - - Live 0x0000000000000000\n");
    CHECK(root.unload("user") == ENOSYS);
    CHECK(root.unload("absent") == ENOSYS);
    CHECK_FALSE(root.root().exists("/sys/module/base/refcnt"));
    CHECK_FALSE(root.root().exists("/sys/module/base/holders"));
    CHECK(root.load("again", sound_module("again").undefined("f")) == 0);
}

TEST_CASE("SimulatedKernel: reads modules from the image if the state has none") {
    SimulatedRoot state("symvers /boot/Module.symvers\n");
    test::TemporaryDirectory image;
    image.write("boot/Module.symvers", "0x00000001\tplain\tvmlinux\tEXPORT_SYMBOL\t\n");
    image.write("lib/modules/6.1.0/modules.builtin", "kernel/part.ko\n");
    image.write("m.ko", sound_module("m").undefined("plain").build());
    image.write("part.ko", sound_module("part").build());
    const auto root = io::Root::open(image.string());
    REQUIRE(root.has_value());
    auto kernel = kernel::make_simulated_kernel(state.root(), *root, "6.1.0");
    REQUIRE(kernel.has_value());
    auto file = io::ModuleFile::open(*root, "m.ko");
    auto part = io::ModuleFile::open(*root, "part.ko");
    REQUIRE((file.has_value() && part.has_value()));
    CHECK((*kernel)->load(*file, "", {}).has_value());
    const Status builtin = (*kernel)->load(*part, "", {});
    REQUIRE_FALSE(builtin.has_value());
    CHECK(builtin.error().code == EINVAL);
    CHECK(state.proc_modules().starts_with("m 4096 0 - Live "));
    CHECK_FALSE(root->exists("/proc"));
    CHECK_FALSE(root->exists("/sys"));
    CHECK_FALSE(root->exists("/var"));
}
