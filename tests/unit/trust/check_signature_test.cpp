// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of trust/check_signature.hpp, on modules that OpenSSL signs.
#include "trust/check_signature.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/text.hpp"
#include "format/signature_tail.hpp"
#include "support/cms_signer.hpp"
#include "support/elf_builder.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::test;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

const std::string kBody(5000, 'b');

std::string with_blob(std::string_view body, std::string_view blob,
                      SignatureTrailer trailer = {}) {
    trailer.sig_len = static_cast<std::uint32_t>(blob.size());
    return cat(body, blob, signature_tail(trailer));
}

std::string signed_by(const CmsSigner& signer, const CmsSigner::SignOptions& how = {},
                      std::string_view body = kBody) {
    return with_blob(body, signer.sign(body, how).der);
}

trust::TrustStore trusting(const CmsSigner& signer) {
    trust::TrustStore store;
    REQUIRE(store.add_der(as_bytes(signer.certificate()), "the store"));
    return store;
}

SignatureCheck check(std::string_view file, const trust::TrustStore& store) {
    const ExactCopy copy(file);
    MemorySource source(copy.bytes());
    auto result = trust::check_signature(source, store);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    return *std::move(result);
}

/// A module, and the kernel's result for it.
struct Case {
    std::string_view name;
    std::string file;
    SignatureVerdict verdict;
    int code;
    std::string_view reason;
};

/// Compares everything but the reason, and returns the result.
SignatureCheck check_case(const Case& c, const trust::TrustStore& store) {
    CAPTURE(c.name);
    SignatureCheck found = check(c.file, store);
    CAPTURE(found.reason);
    CHECK(found.verdict == c.verdict);
    CHECK(found.kernel_error == c.code);
    return found;
}

std::string flipped(const std::string& file, std::size_t at, unsigned bit = 0) {
    return file.substr(0, at) + static_cast<char>(file[at] ^ 1 << bit) +
           file.substr(at + 1);
}

}  // namespace

TEST_CASE("check_signature: a signature by a trusted key is valid") {
    for (const KeyType key : {KeyType::rsa, KeyType::ec}) {
        const CmsSigner signer({.key = key, .common_name = "Build key"});
        const trust::TrustStore store = trusting(signer);
        for (const std::string_view hash :
             {"sha1"sv, "sha224"sv, "sha256"sv, "sha384"sv, "sha512"sv})
            for (const bool by_key_id : {false, true})
                for (const bool with_certificate : {false, true}) {
                    CAPTURE(hash);
                    CAPTURE(by_key_id);
                    CAPTURE(with_certificate);
                    const SignatureCheck found =
                        check(signed_by(signer, {.hash = hash,
                                                 .by_key_id = by_key_id,
                                                 .with_certificate = with_certificate}),
                              store);
                    CHECK(found.verdict == SignatureVerdict::valid);
                    CHECK(found.kernel_error == 0);
                    CHECK(found.reason == "");
                    CHECK(found.signer == (by_key_id ? "" : "Build key"));
                    CHECK(found.key_id.size() == (by_key_id ? 20 : 2));
                    CHECK(found.hash_algorithm == hash);
                    CHECK(found.store == "the store");
                }
    }
}

TEST_CASE("check_signature: reports the same faults and errors as the kernel") {
    const CmsSigner signer({.common_name = "Build key"});
    const CmsSigner stranger({.common_name = "Stranger"});
    const CmsSigner::SignOptions by_issuer;
    const std::string blob = signer.sign(kBody, by_issuer).der;
    const std::string good = with_blob(kBody, blob);
    const std::string marker(kSignatureMarker);
    SignatureTrailer trailer;
    trailer.sig_len = static_cast<std::uint32_t>(blob.size());
    const auto with_trailer = [&](auto change) {
        SignatureTrailer changed = trailer;
        change(changed);
        return cat(kBody, blob, signature_tail(changed));
    };
    using enum SignatureVerdict;
    const Case cases[] = {
        {"no signature", kBody, unsigned_module, ENODATA, "it is not signed"},
        {"appended data", good + "x", unsigned_module, ENODATA, "it is not signed"},
        {"the marker cut off", good.substr(0, good.size() - marker.size()),
         unsigned_module, ENODATA, "it is not signed"},
        {"nothing but a marker", marker, unsigned_module, ENODATA, "it is not signed"},
        {"an empty file", "", unsigned_module, ENODATA, "it is not signed"},
        {"no trailer", "12345678901" + marker, malformed, EBADMSG,
         "only 11 of 12 bytes precede the marker"},
        {"a length of 4 GiB", with_trailer([](auto& t) { t.sig_len = 0xffffffff; }),
         malformed, EBADMSG, "sig_len 4294967295 leaves no module"},
        {"no module before the signature", with_blob("", blob), malformed, EBADMSG,
         "leaves no module"},
        {"a length too short", with_trailer([](auto& t) { t.sig_len -= 1; }), malformed,
         EBADMSG, "its PKCS#7 is damaged: offset 0x0: ContentInfo: tag 0x8"},
        {"a length too long", with_trailer([](auto& t) { t.sig_len += 1; }), malformed,
         EBADMSG, "its PKCS#7 is damaged: offset 0x0: ContentInfo: tag 0x62"},
        {"id_type 0", with_trailer([](auto& t) { t.id_type = 0; }), unsupported, ENOPKG,
         "its signature is of type 0, not PKCS#7"},
        {"id_type 1", with_trailer([](auto& t) { t.id_type = 1; }), unsupported, ENOPKG,
         "its signature is of type 1, not PKCS#7"},
        {"id_type 3 before its other fields",
         with_trailer([](auto& t) { t.id_type = 3, t.hash = 4; }), unsupported, ENOPKG,
         "its signature is of type 3, not PKCS#7"},
        {"a field that is not zero", with_trailer([](auto& t) { t.hash = 4; }), malformed,
         EBADMSG, "trailer field hash is 4"},
        {"truncated DER", with_blob(kBody, blob.substr(0, blob.size() - 10)), malformed,
         EBADMSG, "its PKCS#7 is damaged: offset 0x0: ContentInfo: length"},
        {"not DER", with_blob(kBody, "what is this?"), malformed, EBADMSG,
         "its PKCS#7 is damaged: offset 0x0: ContentInfo: tag 0x77"},
        {"stripped after signing", with_blob(kBody.substr(100), blob), changed,
         EKEYREJECTED, "its contents are not what 'Build key' signed"},
        {"a changed body", flipped(good, 100), changed, EKEYREJECTED,
         "its contents are not what 'Build key' signed"},
        {"an unknown key", signed_by(stranger), unknown_key, ENOKEY,
         "it is signed by 'Stranger', whose key is not in the store"},
        {"an unknown key with its certificate",
         signed_by(stranger, {.with_certificate = true}), unknown_key, ENOKEY,
         "it is signed by 'Stranger', whose key is not in the store"},
        {"signed attributes", signed_by(signer, {.with_attributes = true}),
         not_for_modules, EKEYREJECTED,
         "it signs attributes, which the kernel does not accept for modules"},
    };
    const trust::TrustStore store = trusting(signer);
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const SignatureCheck found = check_case(c, store);
        CAPTURE(found.reason);
        CHECK(found.reason.contains(c.reason));
    }
}

TEST_CASE("check_signature: checks the outer one of two signatures") {
    const CmsSigner inner({.common_name = "Inner"});
    const CmsSigner outer({.common_name = "Outer"});
    const std::string twice = signed_by(outer, {}, signed_by(inner));
    CHECK(check(twice, trusting(outer)).verdict == SignatureVerdict::valid);
    CHECK(check(twice, trusting(inner)).verdict == SignatureVerdict::unknown_key);
}

TEST_CASE("check_signature: included certificates may lead to a trusted issuer") {
    const CmsSigner root({.common_name = "Root", .serial = "\x01"});
    const CmsSigner middle({.common_name = "Middle", .serial = "\x02", .issuer = &root});
    const CmsSigner leaf({.common_name = "Leaf", .serial = "\x03", .issuer = &middle});
    const CmsSigner other({.common_name = "Root", .serial = "\x01"});
    const auto signed_with = [&](std::vector<const CmsSigner*> more) {
        return signed_by(leaf, {.with_certificate = true, .more_certificates = more});
    };
    using enum SignatureVerdict;
    const struct {
        std::string_view name;
        std::string file;
        const CmsSigner* trusted;
        SignatureVerdict verdict;
    } cases[] = {
        {"the whole chain", signed_with({&middle, &root}), &root, valid},
        {"all but the root", signed_with({&middle}), &root, valid},
        {"the leaf alone, with a trusted issuer", signed_with({}), &middle, valid},
        {"a chain with a gap", signed_with({}), &root, unknown_key},
        {"no certificates", signed_by(leaf), &middle, unknown_key},
        {"another root of the same name", signed_with({&middle, &root}), &other,
         unknown_key},
        {"the leaf itself is trusted", signed_with({&middle}), &leaf, valid},
        {"a changed body", flipped(signed_with({&middle}), 5), &root, changed},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const SignatureCheck found = check(c.file, trusting(*c.trusted));
        CAPTURE(found.reason);
        CHECK(found.verdict == c.verdict);
    }
}

TEST_CASE("check_signature: accepts the deviations that the kernel's parser accepts") {
    const CmsSigner signer({});
    const trust::TrustStore store = trusting(signer);
    const std::string blob = signer.sign(kBody, {}).der;
    // The constructed bit of an element, and SEQUENCE OF instead of SET OF.
    CHECK(check(with_blob(kBody, flipped(blob, 0, 5)), store).verdict ==
          SignatureVerdict::valid);
    const std::size_t hashes = blob.find("\x02\x01\x01\x31"sv) + 3;
    REQUIRE(hashes != std::string::npos + 3);
    CHECK(check(with_blob(kBody, flipped(blob, hashes, 0)), store).verdict ==
          SignatureVerdict::valid);
}

TEST_CASE("check_signature: unexpected versions and content types are malformed") {
    const CmsSigner signer({});
    const trust::TrustStore store = trusting(signer);
    const std::string blob = signer.sign(kBody, {}).der;
    const auto with = [&](std::string_view old, std::string_view now, int which) {
        std::string out = blob;
        std::size_t at = out.find(old);
        for (; which > 1; --which) at = out.find(old, at + 1);
        REQUIRE(at != std::string::npos);
        return with_blob(kBody, out.replace(at, old.size(), now));
    };
    constexpr auto kOne = "\x02\x01\x01"sv, kTwo = "\x02\x01\x02"sv,
                   kThree = "\x02\x01\x03"sv;
    constexpr auto kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv;
    constexpr auto kOther = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"sv;
    constexpr auto kSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;
    const struct {
        std::string file;
        int code;
        std::string_view reason;
    } cases[] = {
        {with(kOne, kTwo, 1), EINVAL, "version 2 of PKCS#7 is not known"},
        {with(kOne, kTwo, 2), EINVAL, "version 2 of a signer is not known"},
        {with(kOne, kThree, 1), EBADMSG,
         "the versions in its PKCS#7 contradict each other"},
        {with(kSignedData, kOther, 1), EINVAL, "its PKCS#7 is not SignedData"},
        {with(kData, kOther, 1), EINVAL, "its PKCS#7 signs something other than data"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.reason);
        const SignatureCheck found = check(c.file, store);
        CHECK(found.verdict == SignatureVerdict::malformed);
        CHECK(found.kernel_error == c.code);
        CHECK(found.reason == c.reason);
    }
}

TEST_CASE("check_signature: requires well-formed attributes from any signer") {
    const CmsSigner signer({});
    const trust::TrustStore store = trusting(signer);
    const std::string blob = signer.sign(kBody, {.with_attributes = true}).der;
    // As OpenSSL writes them: [0] { contentType, signingTime, messageDigest }.
    constexpr auto kType = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"sv;
    constexpr auto kDigest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"sv;
    constexpr auto kTime = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"sv;
    constexpr auto kSmime = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"sv;
    constexpr auto kOther = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x3f"sv;
    constexpr auto kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv;
    const auto with = [&](std::string_view old, std::string_view now) {
        std::string out = blob;
        const std::size_t at = out.rfind(old);
        REQUIRE(at != std::string::npos);
        return with_blob(kBody, out.replace(at, old.size(), now));
    };
    using enum SignatureVerdict;
    const Case cases[] = {
        {"all in order", with_blob(kBody, blob), not_for_modules, EKEYREJECTED,
         "it signs attributes, which the kernel does not accept for modules"},
        {"no type", with(kType, kOther), malformed, EBADMSG,
         "its signed attributes have no content type or no message digest"},
        {"no digest", with(kDigest, kOther), malformed, EBADMSG,
         "its signed attributes have no content type or no message digest"},
        {"no time, which is optional", with(kTime, kOther), not_for_modules, EKEYREJECTED,
         "it signs attributes, which the kernel does not accept for modules"},
        {"a digest twice", with(kTime, kDigest), malformed, EBADMSG,
         "its signed attributes have a digest that is not an octet string"},
        {"a type twice", with(kTime, kType), not_for_modules, EKEYREJECTED,
         "it signs an attribute more than once"},
        {"a time twice", with(kDigest, kTime), not_for_modules, EKEYREJECTED,
         "it signs an attribute more than once"},
        {"another type", with(kData, kOther), malformed, EBADMSG,
         "its signed attributes have a content type other than that of its PKCS#7"},
        {"a type instead of the time", with(kType, kTime), malformed, EBADMSG,
         "its signed attributes have an invalid signing time"},
        {"attributes of S/MIME", with(kTime, kSmime), not_for_modules, EKEYREJECTED,
         "it signs attributes that belong to mail or Authenticode"},
        {"not an object identifier",
         with("\x06\x09"s + std::string(kTime), "\x04\x09"s + std::string(kTime)),
         malformed, EBADMSG, "its PKCS#7 is damaged: offset "},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const SignatureCheck found = check_case(c, store);
        CAPTURE(found.reason);
        CHECK(found.reason.starts_with(c.reason));
    }
}

TEST_CASE("check_signature: names the stores that were searched for the key") {
    const CmsSigner stranger({.common_name = "Stranger"});
    const CmsSigner a({}), b({});
    trust::TrustStore store;
    CHECK(check(signed_by(stranger), store).reason ==
          "it is signed by 'Stranger', whose key is not in any store");
    REQUIRE(store.add_der(as_bytes(a.certificate()), "/boot/vmlinuz"));
    REQUIRE(store.add_der(as_bytes(b.certificate()), "/boot/vmlinuz"));
    REQUIRE(store.add_der(as_bytes(b.certificate()), "MokListRT"));
    CHECK(check(signed_by(stranger), store).reason ==
          "it is signed by 'Stranger', whose key is not in /boot/vmlinuz, MokListRT");
    CHECK(check(signed_by(stranger, {.by_key_id = true}), store)
              .reason.starts_with("it is signed by an unnamed signer, "));
}

TEST_CASE("check_signature: a certificate of the same name does not match another key") {
    const CmsSigner signer({.common_name = "Build key", .serial = "\x01"});
    const CmsSigner namesake({.common_name = "Build key", .serial = "\x01"});
    const SignatureCheck found = check(signed_by(namesake), trusting(signer));
    CHECK(found.verdict == SignatureVerdict::changed);
    CHECK(check(signed_by(namesake, {.by_key_id = true}), trusting(signer)).verdict ==
          SignatureVerdict::unknown_key);
}

TEST_CASE("check_signature: refuses a signature by a revoked key") {
    const CmsSigner signer({.common_name = "Build key"});
    trust::TrustStore store = trusting(signer);
    REQUIRE(store.revoke_der(as_bytes(signer.certificate()), "dbx"));
    const SignatureCheck found = check(signed_by(signer), store);
    CHECK(found.verdict == SignatureVerdict::blacklisted);
    CHECK(found.kernel_error == EKEYREJECTED);
    CHECK(found.reason == "it is signed by 'Build key', a key that was revoked (dbx)");
    CHECK(check(flipped(signed_by(signer), 3), store).verdict ==
          SignatureVerdict::changed);

    trust::TrustStore revoked_alone;
    REQUIRE(revoked_alone.revoke_der(as_bytes(signer.certificate()), "dbx"));
    CHECK(check(signed_by(signer), revoked_alone).verdict ==
          SignatureVerdict::blacklisted);
}

TEST_CASE("check_signature: the hash of a certificate can revoke its key") {
    const CmsSigner signer({.common_name = "Build key"});
    const std::string certificate = signer.certificate();
    const auto fields = x509::read_certificate(as_bytes(certificate)).value();
    for (const std::string_view name : {"sha256"sv, "sha384"sv, "sha512"sv}) {
        trust::TrustStore store = trusting(signer);
        store.revoke_hash(as_bytes(std::string(32, 'x')), "something else");
        CHECK(check(signed_by(signer), store).verdict == SignatureVerdict::valid);
        const auto hash = trust::find_hash(name).value();
        store.revoke_hash(
            trust::digest_of(hash.get(), fields.signed_part).value().bytes(), "dbx");
        const SignatureCheck found = check(signed_by(signer), store);
        CHECK(found.verdict == SignatureVerdict::blacklisted);
        CHECK(found.reason ==
              "it is signed by 'Build key', a key that was revoked (dbx)");
    }
}

TEST_CASE("check_signature: refuses a change of any signed bit") {
    for (const KeyType key : {KeyType::rsa, KeyType::ec}) {
        const std::string body = "a module of few bytes";
        const CmsSigner signer({.key = key});
        const trust::TrustStore store = trusting(signer);
        const CmsSignature signature = signer.sign(body, {});
        const std::string file = with_blob(body, signature.der);
        const std::size_t value_at = file.rfind(signature.signature);
        REQUIRE(value_at != std::string::npos);
        std::size_t refused = 0;
        const auto refuse_range = [&](std::size_t from, std::size_t size) {
            for (std::size_t at = from; at < from + size; ++at)
                for (unsigned bit = 0; bit < 8; ++bit)
                    if (check(flipped(file, at, bit), store).verdict !=
                        SignatureVerdict::valid)
                        ++refused;
        };
        refuse_range(0, body.size());
        CHECK(refused == body.size() * 8);
        refused = 0;
        refuse_range(value_at, signature.signature.size());
        // The kernel's decoder ignores the constructed bit of an ECDSA signature's
        // SEQUENCE.
        CHECK(refused == signature.signature.size() * 8 - (key == KeyType::ec ? 1 : 0));
    }
}

TEST_CASE("check_signature: survives a change of any bit of the signature") {
    const CmsSigner signer({});
    const trust::TrustStore store = trusting(signer);
    for (const bool with_certificate : {false, true}) {
        const std::string file =
            signed_by(signer, {.with_certificate = with_certificate});
        std::size_t counts[8] = {};
        for (std::size_t at = kBody.size(); at < file.size(); ++at)
            for (unsigned bit = 0; bit < 8; ++bit)
                ++counts[static_cast<int>(check(flipped(file, at, bit), store).verdict)];
        const auto count = [&](SignatureVerdict v) {
            return counts[static_cast<int>(v)];
        };
        CHECK(count(SignatureVerdict::malformed) > 500);
        CHECK(count(SignatureVerdict::changed) > 500);
        CHECK(count(SignatureVerdict::unsigned_module) == kSignatureMarker.size() * 8);
    }
}

TEST_CASE("check_signature: refuses every truncation of the PKCS#7") {
    const CmsSigner signer({});
    const trust::TrustStore store = trusting(signer);
    const std::string blob = signer.sign(kBody, {.with_certificate = true}).der;
    for (std::size_t size = 0; size < blob.size(); ++size) {
        CAPTURE(size);
        CHECK(check(with_blob(kBody, blob.substr(0, size)), store).verdict ==
              SignatureVerdict::malformed);
    }
    // The kernel's decoder stops at the end of the outermost element.
    CHECK(check(with_blob(kBody, blob + "trailing"), store).verdict ==
          SignatureVerdict::valid);
}

TEST_CASE("kernel_errno: every verdict has an errno and a name") {
    using enum SignatureVerdict;
    const struct {
        SignatureVerdict verdict;
        std::string_view name;
        int code;
    } cases[] = {
        {valid, "valid", 0},
        {unsigned_module, "unsigned_module", ENODATA},
        {unknown_key, "unknown_key", ENOKEY},
        {changed, "changed", EKEYREJECTED},
        {malformed, "malformed", EBADMSG},
        {unsupported, "unsupported", ENOPKG},
        {blacklisted, "blacklisted", EKEYREJECTED},
        {not_for_modules, "not_for_modules", EKEYREJECTED},
    };
    for (const auto& c : cases) {
        CHECK(to_string(c.verdict) == c.name);
        CHECK(trust::kernel_errno(c.verdict) == c.code);
    }
}
