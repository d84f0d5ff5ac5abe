// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of trust/usual_stores.hpp.
#include "trust/usual_stores.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "base/text.hpp"
#include "support/cms_signer.hpp"
#include "support/efi_lists.hpp"
#include "support/elf_builder.hpp"
#include "support/kernel_image.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"
#include "trust/check_signature.hpp"

using namespace kmodpp;
using namespace kmodpp::test;

namespace {

constexpr std::string_view kShim = "-605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr std::string_view kSecurity = "-d719b2cb-3d3a-4596-a3bc-dad00e67656f";

struct Fixture {
    void write_variable(std::string_view name, std::string_view vendor,
                        std::string_view certificate) const {
        directory.write(cat("sys/firmware/efi/efivars/", name, vendor),
                        cat(std::string("\x07\0\0\0", 4),
                            efi_list(kEfiX509, {std::string(certificate)})));
    }
    [[nodiscard]] trust::UsualStores read() const {
        return trust::usual_stores(io::Root::open(directory.string()).value(), "6.1.0",
                                   "/lib/modules/6.1.0");
    }
    [[nodiscard]] std::string at(std::string_view path) const {
        return cat(directory.string(), path);
    }
    TemporaryDirectory directory;
};

std::vector<std::string> origins_of(const trust::TrustStore::Certificates& list) {
    std::vector<std::string> out;
    for (const auto& certificate : list) out.push_back(certificate->origin());
    return out;
}

SignatureCheck check(const CmsSigner& signer, const trust::TrustStore& store) {
    const std::string body = "module";
    SignatureTrailer trailer;
    const std::string blob = signer.sign(body, {}).der;
    trailer.sig_len = static_cast<std::uint32_t>(blob.size());
    const std::string file = cat(body, blob, signature_tail(trailer));
    MemorySource source(as_bytes(file));
    return trust::check_signature(source, store).value();
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("usual_stores: reads kernel, machine owner keys and firmware, in this order") {
    const Fixture fixture;
    const std::string kernel = CmsSigner({.common_name = "Kernel"}).certificate();
    fixture.directory.write("boot/vmlinuz-6.1.0", bzimage_of(vmlinux_with({{{kernel}}})));
    fixture.directory.write("lib/modules/6.1.0/vmlinuz", "not looked at");
    fixture.write_variable("MokListRT", kShim, CmsSigner({}).certificate());
    fixture.write_variable("db", kSecurity, CmsSigner({}).certificate());
    fixture.write_variable("MokListXRT", kShim, CmsSigner({}).certificate());
    fixture.write_variable("dbx", kSecurity, CmsSigner({}).certificate());
    fixture.directory.write("var/lib/dkms/mok.pub", CmsSigner({}).certificate());
    const trust::UsualStores found = fixture.read();
    CHECK(found.unread.empty());
    const std::string efi = fixture.at("/sys/firmware/efi/efivars/");
    CHECK(origins_of(found.store.trusted()) == Names{fixture.at("/boot/vmlinuz-6.1.0"),
                                                     cat(efi, "MokListRT", kShim),
                                                     cat(efi, "db", kSecurity)});
    CHECK(origins_of(found.store.revoked()) ==
          Names{cat(efi, "MokListXRT", kShim), cat(efi, "dbx", kSecurity)});
    CHECK(origins_of(found.store.candidates()) ==
          Names{fixture.at("/var/lib/dkms/mok.pub")});
}

TEST_CASE("usual_stores: finds the kernel image in any of its usual places") {
    for (const std::string_view path : {"lib/modules/6.1.0/vmlinuz", "boot/vmlinux-6.1.0",
                                        "lib/modules/6.1.0/build/vmlinux"}) {
        const Fixture fixture;
        fixture.directory.write(path, vmlinux_with({{{CmsSigner({}).certificate()}}}));
        CHECK(origins_of(fixture.read().store.trusted()) ==
              Names{fixture.at(cat("/", path))});
    }
}

TEST_CASE("usual_stores: prefers shim's complete list to its EFI variable") {
    const Fixture fixture;
    fixture.directory.write("sys/firmware/efi/mok-variables/MokListRT",
                            efi_list(kEfiX509, {CmsSigner({}).certificate()}));
    fixture.write_variable("MokListRT", kShim, CmsSigner({}).certificate());
    CHECK(origins_of(fixture.read().store.trusted()) ==
          Names{fixture.at("/sys/firmware/efi/mok-variables/MokListRT")});
}

TEST_CASE("usual_stores: reports stores that exist but cannot be read") {
    const Fixture fixture;
    CHECK(fixture.read().unread.empty());
    CHECK(fixture.read().store.empty());
    fixture.directory.write("boot/vmlinuz-6.1.0", bzimage_of("BZh"));
    fixture.directory.write("sys/firmware/efi/mok-variables/MokListRT", "");
    const trust::UsualStores found = fixture.read();
    REQUIRE(found.unread.size() == 1);
    CHECK(found.unread.front().message ==
          cat(fixture.at("/boot/vmlinuz-6.1.0"),
              ": compressed with bzip2, which is not supported; decompress it first"));
}

TEST_CASE("chosen_store: a store that cannot be examined is an error") {
    const Fixture fixture;
    fixture.directory.write("sys/firmware/efi/mok-variables/MokListXRT",
                            efi_list(kEfiX509, {CmsSigner({}).certificate()}));
    const io::Root root = io::Root::open(fixture.directory.string()).value();
    MessageLog log;
    const auto choose = [&] {
        return trust::chosen_store(root, {}, root, "6.1.0", "/lib/modules/6.1.0", log);
    };
    rlimit files{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
    const rlimit none{0, files.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto refused = choose();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == cat("cannot stat ",
                                         fixture.at("/boot/vmlinuz-6.1.0"),
                                         ": Too many open files"));
    CHECK(choose().value().revoked().size() == 1);
}

TEST_CASE("usual_stores: names the certificate of a key that is not enrolled") {
    const Fixture fixture;
    const CmsSigner dkms({.common_name = "DKMS module signing key"});
    fixture.directory.write("var/lib/dkms/mok.pub", dkms.certificate());
    const SignatureCheck found = check(dkms, fixture.read().store);
    CHECK(found.verdict == SignatureVerdict::unknown_key);
    CHECK(found.reason ==
          cat("it is signed by 'DKMS module signing key', whose key is not "
              "in any store; its certificate ",
              fixture.at("/var/lib/dkms/mok.pub"), " is not enrolled"));
}

TEST_CASE("usual_stores: mentions a key that the running kernel lists") {
    const Fixture fixture;
    fixture.directory.write("proc/sys/kernel/osrelease", "6.1.0\n");
    fixture.directory.write("proc/keys",
                            "0bd48c4f I------     1 perm 1f030000     0     0 asymmetri "
                            "Build key: e8f7: X509.rsa e8f7 []\n");
    const CmsSigner signer({.common_name = "Build key"});
    CHECK(
        check(signer, fixture.read().store).reason ==
        "it is signed by 'Build key', whose key is not in any store; the running kernel "
        "lists a key with that name");
    fixture.directory.write("proc/sys/kernel/osrelease", "6.12.0\n");
    CHECK(check(signer, fixture.read().store).reason ==
          "it is signed by 'Build key', whose key is not in any store");
}
