// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of trust/trust_store.hpp.
#include "trust/trust_store.hpp"

#include <doctest/doctest.h>

#include <openssl/evp.h>

#include "base/text.hpp"
#include "support/cms_signer.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using namespace kmodpp::test;

namespace {

std::string pem_of(std::string_view der) {
    std::string text((der.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(der.data()),
                                     static_cast<int>(der.size()));
    text.resize(static_cast<std::size_t>(size));
    for (std::size_t at = 64; at < text.size(); at += 65) text.insert(at, "\n");
    return cat("-----BEGIN CERTIFICATE-----\n", text, "\n-----END CERTIFICATE-----\n");
}

std::vector<std::string> names_in(const trust::TrustStore& store) {
    std::vector<std::string> out;
    for (const auto& certificate : store.trusted())
        out.push_back(x509::common_name(certificate->fields().subject).value());
    return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("TrustStore: reads certificates from DER, PEM and directories") {
    const TemporaryDirectory directory;
    const std::string a = CmsSigner({.common_name = "A"}).certificate();
    const std::string b = CmsSigner({.common_name = "B"}).certificate();
    const std::string c = CmsSigner({.common_name = "C"}).certificate();
    directory.write("keys/1.der", a);
    directory.write("keys/2.pem", cat("a comment\n", pem_of(b), "between\n", pem_of(c)));
    directory.write("keys/README", "no certificate");
    directory.write("keys/mok.key",
                    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    directory.write("keys/deeper/4.der", a);
    const io::Root root = io::Root::open(directory.string()).value();

    trust::TrustStore der, pem, all;
    REQUIRE(der.add_path(root, "/keys/1.der"));
    CHECK(names_in(der) == Names{"A"});
    REQUIRE(pem.add_path(root, "/keys/2.pem"));
    CHECK(names_in(pem) == Names{"B", "C"});
    REQUIRE(all.add_path(root, "/keys"));
    CHECK(names_in(all) == Names{"A", "B", "C"});
    CHECK(all.trusted()[2]->origin() == directory.string() + "/keys/2.pem");
    CHECK(all.origins() == std::vector<std::string_view>{all.trusted()[0]->origin(),
                                                         all.trusted()[1]->origin()});
}

TEST_CASE("TrustStore: reports the fault of an invalid file") {
    const TemporaryDirectory directory;
    const std::string der = CmsSigner({}).certificate();
    directory.write("empty", "");
    directory.write("text", "no certificate");
    directory.write("cut.der", der.substr(0, 100));
    directory.write("cut.pem", pem_of(der).substr(0, 300));
    directory.write("bad.pem",
                    "-----BEGIN CERTIFICATE-----\nMI\x01!\n-----END CERTIFICATE-----\n");
    directory.write("other.pem",
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    directory.write("none/text", "no certificate");
    const struct {
        std::string_view path, expected;
        ErrorKind kind;
    } cases[] = {
        {"/missing", "/missing: No such file or directory", ErrorKind::not_found},
        {"/empty", "/empty: contains no certificates", ErrorKind::not_found},
        {"/text", "/text: contains no certificates", ErrorKind::not_found},
        {"/none", "/none: contains no certificates", ErrorKind::not_found},
        {"/cut.der", "/cut.der: certificate: offset 0x0: Certificate: length ",
         ErrorKind::malformed},
        {"/cut.pem", "/cut.pem: certificate 1 has no line '-----END CERTIFICATE-----'",
         ErrorKind::malformed},
        {"/bad.pem", "/bad.pem: certificate 1: '\\x01' is not valid base64 at this place",
         ErrorKind::malformed},
        {"/other.pem",
         "/other.pem: certificate: offset 0x0: Certificate: tag 0x0 where 0x30 is "
         "expected",
         ErrorKind::malformed},
    };
    const io::Root root = io::Root::open(directory.string()).value();
    for (const auto& c : cases) {
        trust::TrustStore store;
        const Status status = store.add_path(root, c.path);
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().kind == c.kind);
        CAPTURE(status.error().message);
        CHECK(status.error().message.contains(c.expected));
        CHECK(store.empty());
    }
}
