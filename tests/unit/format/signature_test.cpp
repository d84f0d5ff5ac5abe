// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/signature.hpp, with OpenSSL as the oracle for PKCS#7.
#include "format/signature.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/cms_signer.hpp"
#include "support/elf_builder.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::test;
using namespace std::string_view_literals;

namespace {

const std::string kBody(1000, 'b');

/// A signed file as the kernel build writes it.
std::string with_pkcs7(std::string_view blob) {
    SignatureTrailer trailer;
    trailer.sig_len = static_cast<std::uint32_t>(blob.size());
    return cat(kBody, blob, signature_tail(trailer));
}

Result<std::optional<ModuleSignature>> read(std::string_view file) {
    const ExactCopy copy(file);
    MemorySource source(copy.bytes());
    return read_signature(source);
}

/// The error for an invalid file.
Error error_of(std::string_view file) {
    const auto signature = read(file);
    REQUIRE_FALSE(signature.has_value());
    return signature.error();
}

/// Counts the bytes that are read.
class CountingTail final : public ByteSource {
public:
    explicit CountingTail(std::string_view text) : source_(as_bytes(text)) {}
    [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override {
        bytes += size;
        return source_.slice(offset, size);
    }
    std::uint64_t bytes = 0;

private:
    MemorySource source_;
};

}  // namespace

TEST_CASE("read_signature: a file without the marker at its end is unsigned") {
    const std::string marker(kSignatureMarker);
    for (const std::string& file :
         {std::string(), std::string("x"), kBody, marker, marker.substr(1), marker + "x",
          kBody + marker.substr(0, marker.size() - 1)}) {
        CAPTURE(file.size());
        CHECK(read(file).value() == std::nullopt);
    }
}

TEST_CASE("read_signature: reads the same fields of a PKCS#7 signature as OpenSSL") {
    for (const KeyType key : {KeyType::rsa, KeyType::ec})
        for (const std::string_view hash :
             {"sha1"sv, "sha224"sv, "sha256"sv, "sha384"sv, "sha512"sv})
            for (const bool by_key_id : {false, true})
                for (const bool with_extras : {false, true}) {
                    CAPTURE(hash);
                    CAPTURE(by_key_id);
                    CAPTURE(with_extras);
                    const CmsSigner signer({.key = key, .common_name = "Build key"});
                    const CmsSignature oracle =
                        signer.sign(kBody, {.hash = hash,
                                            .by_key_id = by_key_id,
                                            .with_certificate = with_extras,
                                            .with_attributes = with_extras});
                    const auto signature = read(with_pkcs7(oracle.der));
                    REQUIRE(signature.has_value());
                    REQUIRE(signature->has_value());
                    CHECK((*signature)->kind == SignatureKind::pkcs7);
                    CHECK((*signature)->signer == oracle.signer);
                    CHECK((*signature)->signer == (by_key_id ? "" : "Build key"));
                    CHECK((*signature)->key_id == oracle.key_id);
                    CHECK((*signature)->hash_algorithm == hash);
                    CHECK((*signature)->signature == oracle.signature);
                    CHECK((*signature)->body_size == kBody.size());
                }
}

TEST_CASE("read_signature: returns serial numbers without the sign byte of DER") {
    for (const std::string_view serial :
         {"\x01"sv, "\x7f\x01"sv, "\x80\x02"sv, "\xff\xee\xdd\xcc\xbb\xaa\x99\x88"sv}) {
        const CmsSigner signer({.serial = serial});
        const auto signature = read(with_pkcs7(signer.sign(kBody, {}).der));
        REQUIRE(signature.has_value());
        CHECK(signature->value().key_id == serial);
    }
}

TEST_CASE("read_signature: finds the common name anywhere in the issuer") {
    const auto signer_of = [](CmsSigner::Options options) {
        return read(with_pkcs7(CmsSigner(options).sign(kBody, {}).der))
            .value()
            .value()
            .signer;
    };
    CHECK(signer_of({.organisation = "Makers", .common_name = "Key of makers"}) ==
          "Key of makers");
    CHECK(signer_of({.organisation = "Makers", .common_name = ""}) == "");
    CHECK(signer_of({.common_name = "Schl\xc3\xbcssel"}) == "Schl\xc3\xbcssel");
}

TEST_CASE("read_signature: reads only the end of the file") {
    const CmsSigner signer({});
    const std::string blob = signer.sign(kBody, {}).der;
    const std::string file = std::string(1 << 20, 'b') + with_pkcs7(blob);
    CountingTail source(file);
    CHECK(read_signature(source).value().has_value());
    CHECK(source.bytes == blob.size() + 12 + kSignatureMarker.size());

    CountingTail unsigned_source(kBody);
    CHECK_FALSE(read_signature(unsigned_source).value().has_value());
    CHECK(unsigned_source.bytes == 12 + kSignatureMarker.size());
}

TEST_CASE("read_signature: reads the older forms from the trailer") {
    const struct {
        std::uint8_t id_type, hash;
        SignatureKind kind;
        std::string_view shown, name;
    } cases[] = {
        {0, 2, SignatureKind::pgp, "PGP", "sha1"},
        {1, 0, SignatureKind::x509, "X509", "md4"},
        {1, 1, SignatureKind::x509, "X509", "md5"},
        {1, 3, SignatureKind::x509, "X509", "rmd160"},
        {1, 4, SignatureKind::x509, "X509", "sha256"},
        {1, 5, SignatureKind::x509, "X509", "sha384"},
        {1, 6, SignatureKind::x509, "X509", "sha512"},
        {1, 7, SignatureKind::x509, "X509", "sha224"},
        {1, 8, SignatureKind::x509, "X509", ""},
        {1, 255, SignatureKind::x509, "X509", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.hash);
        SignatureTrailer trailer{.algo = 1,
                                 .hash = c.hash,
                                 .id_type = c.id_type,
                                 .signer_len = 6,
                                 .key_id_len = 3,
                                 .sig_len = 5};
        const auto signature =
            read(cat(kBody, "Signer", "\x01\x02\x03", "bytes", signature_tail(trailer)));
        REQUIRE(signature.has_value());
        REQUIRE(signature->has_value());
        CHECK((*signature)->kind == c.kind);
        CHECK(to_string((*signature)->kind) == c.shown);
        CHECK((*signature)->signer == "Signer");
        CHECK((*signature)->key_id == "\x01\x02\x03");
        CHECK((*signature)->signature == "bytes");
        CHECK((*signature)->hash_algorithm == c.name);
        CHECK((*signature)->body_size == kBody.size());
    }
    CHECK(to_string(SignatureKind::pkcs7) == "PKCS#7");
}

TEST_CASE("read_signature: names the invalid field of the trailer") {
    const struct {
        SignatureTrailer trailer;
        ErrorKind kind;
        std::string_view expected;
    } cases[] = {
        {{.sig_len = 1000},
         ErrorKind::malformed,
         "module signature: sig_len 1000 leaves no module in the 1000 bytes before the "
         "trailer"},
        {{.sig_len = 0xffffffff},
         ErrorKind::malformed,
         "module signature: sig_len 4294967295 leaves no module"},
        // The length is checked first, as in the kernel.
        {{.id_type = 3, .sig_len = 1001}, ErrorKind::malformed, "sig_len 1001"},
        {{.id_type = 3, .sig_len = 1},
         ErrorKind::unsupported,
         "module signature: id_type 3 is unknown"},
        {{.algo = 1, .sig_len = 1},
         ErrorKind::malformed,
         "module signature: trailer field algo is 1, but PKCS#7 requires 0"},
        {{.hash = 4, .sig_len = 1}, ErrorKind::malformed, "trailer field hash is 4"},
        {{.signer_len = 5, .sig_len = 1},
         ErrorKind::malformed,
         "trailer field signer_len is 5"},
        {{.key_id_len = 6, .sig_len = 1},
         ErrorKind::malformed,
         "trailer field key_id_len is 6"},
        {{.pad = {7, 0, 0}, .sig_len = 1}, ErrorKind::malformed, "field pad[0] is 7"},
        {{.pad = {0, 8, 0}, .sig_len = 1}, ErrorKind::malformed, "field pad[1] is 8"},
        {{.pad = {0, 0, 9}, .sig_len = 1}, ErrorKind::malformed, "field pad[2] is 9"},
        {{.sig_len = 0},
         ErrorKind::malformed,
         "module signature: PKCS#7: offset 0x0: ContentInfo: missing"},
        {{.sig_len = 10},
         ErrorKind::malformed,
         "module signature: PKCS#7: offset 0x0: ContentInfo: tag 0x62 where 0x30 is "
         "expected"},
        {{.id_type = 1, .signer_len = 200, .key_id_len = 200, .sig_len = 600},
         ErrorKind::malformed,
         "module signature: signer, key id and signature of 1000 bytes leave no module "
         "in "
         "1000 bytes"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.expected);
        const Error error = error_of(kBody + signature_tail(c.trailer));
        CAPTURE(error.message);
        CHECK(error.kind == c.kind);
        CHECK(error.message.find(c.expected) != std::string::npos);
    }
    CHECK(error_of(cat("01234567890", kSignatureMarker)).message ==
          "module signature: only 11 of 12 bytes precede the marker");
}

TEST_CASE("read_signature: refuses a PKCS#7 blob that is not SignedData") {
    CHECK(error_of(with_pkcs7("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv))
              .message == "module signature: PKCS#7: contentType: not SignedData");
    CHECK(error_of(with_pkcs7("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv))
              .message ==
          "module signature: PKCS#7: offset 0x0: ContentInfo: indefinite "
          "length without a valid end mark");
}

TEST_CASE("read_signature: recognises hashes that OpenSSL cannot sign with") {
    const CmsSigner signer({});
    const std::string signed_with_sha256 = signer.sign(kBody, {.hash = "sha256"}).der;
    // The last hash algorithm belongs to the signer, the one before to the message.
    constexpr auto kSha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;
    const std::size_t at = signed_with_sha256.rfind(kSha256);
    REQUIRE(at != std::string::npos);
    const struct {
        char last_arc;
        std::string_view name;
    } cases[] = {
        {1, "sha256"},   {2, "sha384"},   {3, "sha512"},   {4, "sha224"},    {5, ""},
        {7, "sha3-224"}, {8, "sha3-256"}, {9, "sha3-384"}, {10, "sha3-512"}, {0x7f, ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        std::string blob = signed_with_sha256;
        blob[at + kSha256.size() - 1] = c.last_arc;
        const auto signature = read(with_pkcs7(blob));
        REQUIRE(signature.has_value());
        CHECK(signature->value().hash_algorithm == c.name);
    }
}

TEST_CASE("read_signature: refuses every truncation of a PKCS#7 blob, with its offset") {
    const CmsSigner signer({});
    for (const bool by_key_id : {false, true}) {
        const std::string blob = signer.sign(kBody, {.by_key_id = by_key_id}).der;
        for (std::size_t size = 0; size < blob.size(); ++size) {
            CAPTURE(size);
            const Error error = error_of(with_pkcs7(blob.substr(0, size)));
            CHECK(error.kind == ErrorKind::malformed);
            CHECK(error.message.starts_with("module signature: PKCS#7: offset 0x"));
        }
    }
}

TEST_CASE("read_signature: survives any single changed byte of the signature") {
    const CmsSigner signer({});
    const std::string file = with_pkcs7(signer.sign(kBody, {}).der);
    std::size_t readable = 0, refused = 0;
    for (std::size_t at = kBody.size(); at < file.size(); ++at)
        for (const char value : {'\0', '\x01', '\x7f', '\x80', '\x84', '\xff'}) {
            std::string damaged = file;
            damaged[at] = value;
            const auto signature = read(damaged);
            if (signature) {
                ++readable;
            } else {
                ++refused;
                CHECK(signature.error().message.starts_with("module signature: "));
            }
        }
    CHECK(readable > 0);
    CHECK(refused > 0);
}
