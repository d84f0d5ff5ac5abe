// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/public_key.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <iterator>
#include <string>

#include "base/text.hpp"
#include "format/der.hpp"

namespace kmodpp::trust {

namespace {

using namespace std::string_view_literals;

/// libcrypto, for code that only runs after it has been opened.
const Libcrypto& opened() { return **libcrypto(); }

unsigned char* writable(std::span<std::byte> bytes) {
    return static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
}
const unsigned char* readable(Bytes bytes) {
    return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data()));
}

Result<Handle<EVP_MD_CTX>> begin(const Libcrypto& crypto, const EVP_MD* hash) {
    Handle<EVP_MD_CTX> context(crypto.md_ctx_new());
    if (!context || crypto.digest_init(context.get(), hash, nullptr) != 1)
        return fail_errno(ENOMEM, "cannot set up a hash");
    return context;
}

Result<Digest> finish(const Libcrypto& crypto, EVP_MD_CTX* context) {
    Digest digest;
    unsigned size = 0;
    if (crypto.digest_final(context, writable(digest.value), &size) != 1)
        return fail_errno(EIO, "cannot finish a hash");
    digest.size = size;
    return digest;
}

std::unexpected<Error> out_of_memory() {
    return fail_errno(ENOMEM, "cannot check a signature");
}

/// Hashes that every libcrypto has: if one is not found, memory has run out.
constexpr std::string_view kAlwaysAvailable[] = {"sha1", "sha224", "sha256", "sha384",
                                                 "sha512"};

constexpr std::size_t kByteBits = 8;
/// The kernel rounds the size of a modulus up to machine words.
constexpr std::size_t kLimbBits = 64;
/// Source: rsa_check_key_length.
constexpr std::size_t kRsaSizes[] = {512, 1024, 1536, 2048, 3072, 4096};

struct DigestInfo {
    std::string_view hash;
    std::string_view encoding;
};
/// DER of DigestInfo { { hash, NULL }, OCTET STRING } up to the digest (RFC 8017, 9.2).
constexpr DigestInfo kDigestInfos[] = {
    {"md5"sv,
     "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10"sv},
    {"sha1"sv, "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"sv},
    {"sha224"sv,
     "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"sv},
    {"sha256"sv,
     "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv},
    {"sha384"sv,
     "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"sv},
    {"sha512"sv,
     "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"sv},
    {"sha3-256"sv,
     "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x08\x05\x00\x04\x20"sv},
    {"sha3-384"sv,
     "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x09\x05\x00\x04\x30"sv},
    {"sha3-512"sv,
     "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0a\x05\x00\x04\x40"sv},
};

Refusal bad_key(int code, std::string reason) {
    return {SignatureVerdict::unsupported, code, std::move(reason)};
}

Refusal bad_signature(int code, std::string_view why) {
    return {SignatureVerdict::changed, code, cat("its signature ", why)};
}

Refusal changed() {
    return refusal(SignatureVerdict::changed, "its contents are not what was signed");
}

/// A big-endian number without leading zeros.
std::string magnitude(Bytes number) {
    const std::string_view text = as_text(number);
    const std::size_t first = text.find_first_not_of('\0');
    return std::string(first == std::string_view::npos ? "" : text.substr(first));
}

std::size_t bit_length(std::string_view number) {
    if (number.empty()) return 0;
    const auto first = static_cast<unsigned char>(number[0]);
    return (number.size() - 1) * kByteBits +
           static_cast<std::size_t>(std::bit_width(first));
}

// DER encoders for elements of at most 255 bytes.
std::string encode_element(char tag, std::string_view contents) {
    std::string out(1, tag);
    if (contents.size() > 0x7f) out += '\x81';
    out += static_cast<char>(contents.size());
    return out.append(contents);
}
std::string encode_sequence(std::string_view contents) {
    return encode_element('\x30', contents);
}
std::string encode_number(std::string_view magnitude) {
    const bool looks_negative = (static_cast<unsigned char>(magnitude[0]) & 0x80) != 0;
    return encode_element('\x02', cat(looks_negative ? "\0"sv : ""sv, magnitude));
}
std::string encode_ec_key(std::string_view curve, std::string_view point) {
    constexpr auto kEcPublicKey = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
    return encode_sequence(cat(encode_sequence(cat(encode_element('\x06', kEcPublicKey),
                                                   encode_element('\x06', curve))),
                               encode_element('\x03', cat("\0"sv, point))));
}

/// Null if libcrypto cannot use the key.
Handle<EVP_PKEY> decode_key(Bytes info) {
    const unsigned char* at = readable(info);
    return Handle<EVP_PKEY>(opened().d2i_pubkey(
        nullptr, &at, static_cast<long>(info.size()), opened().context, nullptr));
}

Result<Handle<BIGNUM>> number_of(const Libcrypto& crypto, std::string_view bytes) {
    Handle<BIGNUM> number(crypto.bn_bin2bn(readable(as_bytes(bytes)),
                                           static_cast<int>(bytes.size()), nullptr));
    if (!number) return out_of_memory();
    return number;
}

/// Compares two magnitudes.
bool is_below(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Computes base^exponent mod modulus, in \p size bytes. Empty if the kernel does not
/// compute it: _rsa_enc requires 1 < base < modulus - 1. libcrypto's RSA functions are
/// not used because they refuse keys that the kernel accepts.
Result<std::string> power(const Libcrypto& crypto, std::string_view base,
                          std::string_view exponent, std::string_view modulus,
                          std::size_t size) {
    std::string largest(modulus);
    // modulus - 1 if the modulus is odd. An even one is not a valid RSA modulus, and no
    // signature verifies with it.
    largest.back() = static_cast<char>(largest.back() & ~1);
    if (!is_below("\1"sv, base) || !is_below(base, largest)) return std::string();
    TRY_ASSIGN(const auto b, number_of(crypto, base));
    TRY_ASSIGN(const auto e, number_of(crypto, exponent));
    TRY_ASSIGN(const auto n, number_of(crypto, modulus));
    const Handle<BIGNUM> result(crypto.bn_new());
    const Handle<BN_CTX> context(crypto.bn_ctx_new(crypto.context));
    std::string out(size, '\0');
    if (!result || !context ||
        crypto.bn_mod_exp(result.get(), b.get(), e.get(), n.get(), context.get()) != 1 ||
        crypto.bn_bn2binpad(result.get(),
                            writable(std::as_writable_bytes(std::span(out))),
                            static_cast<int>(size)) < 0)
        return out_of_memory();
    return out;
}

}  // namespace

void FreeWithLibcrypto::operator()(BIGNUM* number) const { opened().bn_free(number); }
void FreeWithLibcrypto::operator()(BN_CTX* context) const {
    opened().bn_ctx_free(context);
}
void FreeWithLibcrypto::operator()(EVP_MD* md) const { opened().md_free(md); }
void FreeWithLibcrypto::operator()(EVP_MD_CTX* context) const {
    opened().md_ctx_free(context);
}
void FreeWithLibcrypto::operator()(EVP_SIGNATURE* signature) const {
    opened().signature_free(signature);
}
void FreeWithLibcrypto::operator()(EVP_PKEY* key) const { opened().pkey_free(key); }
void FreeWithLibcrypto::operator()(EVP_PKEY_CTX* context) const {
    opened().pkey_ctx_free(context);
}

Result<Handle<EVP_MD>> find_hash(std::string_view name) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    Handle<EVP_MD> hash(
        crypto->md_fetch(crypto->context, std::string(name).c_str(), nullptr));
    if (!hash && std::ranges::find(kAlwaysAvailable, name) != std::end(kAlwaysAvailable))
        return out_of_memory();
    if (!hash)
        return fail(ErrorKind::not_found, cat("libcrypto has no hash '", name, "'"));
    return hash;
}

Result<Digest> digest_of(const EVP_MD* hash, ByteSource& source, std::uint64_t offset,
                         std::uint64_t size) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    TRY_ASSIGN(const Handle<EVP_MD_CTX> context, begin(*crypto, hash));
    TRY(source.visit(offset, size, [&](Bytes piece) {
        crypto->digest_update(context.get(), piece.data(), piece.size());
    }));
    return finish(*crypto, context.get());
}

Result<Digest> digest_of(const EVP_MD* hash, Bytes bytes) {
    MemorySource source(bytes);
    return digest_of(hash, source, 0, bytes.size());
}

Result<bool> is_known(KeyKind kind) {
    if (kind == KeyKind::gost) return false;
    if (!signs_contents(kind)) return true;
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    return Handle<EVP_SIGNATURE>(crypto->signature_fetch(crypto->context, to_string(kind),
                                                         nullptr)) != nullptr;
}

Result<PublicKey> PublicKey::read(const x509::PublicKeyInfo& info) {
    TRY(libcrypto());
    PublicKey out(key_kind(info.algorithm).value_or(KeyKind::gost));
    switch (out.kind_) {
        case KeyKind::rsa: out.unusable_ = out.read_rsa(info.key); break;
        case KeyKind::ec: {
            TRY_ASSIGN(out.unusable_, out.read_ec(info));
            break;
        }
        case KeyKind::gost: break;
        default:
            out.first_ = as_text(info.key);
            out.key_ = decode_key(info.whole);
            if (!out.key_) out.unusable_ = bad_key(EINVAL, "its key is not valid");
    }
    return out;
}

/// Source: rsa_parse_pub_key, rsa_set_pub_key.
std::optional<Refusal> PublicKey::read_rsa(Bytes key) {
    const auto damaged = [](const Error& error) {
        return bad_key(EBADMSG, cat("its RSA key is damaged: ", error.message));
    };
    der::Reader top(key);
    auto numbers = top.enter(der::kSequence, "RSAPublicKey");
    if (!numbers) return damaged(numbers.error());
    const auto modulus = numbers->take(der::kInteger, "modulus");
    if (!modulus) return damaged(modulus.error());
    if (modulus->empty()) return bad_key(EINVAL, "its RSA key has no modulus");
    const auto exponent = numbers->take(der::kInteger, "publicExponent");
    if (!exponent) return damaged(exponent.error());
    if (exponent->empty() || exponent->size() > modulus->size())
        return bad_key(EINVAL, "its RSA key has no valid exponent");
    if (const auto end = numbers->expect_end("RSAPublicKey"); !end)
        return damaged(end.error());
    first_ = magnitude(*modulus);
    second_ = magnitude(*exponent);
    const std::size_t bits = bit_length(first_);
    size_ = (bits + kLimbBits - 1) / kLimbBits * kLimbBits / kByteBits;
    if (std::ranges::find(kRsaSizes, size_ * kByteBits) == std::end(kRsaSizes))
        return bad_key(EINVAL,
                       cat("its RSA key has ", bits,
                           " bits; the kernel supports 512, 1024, 1536, 2048, 3072 "
                           "and 4096"));
    return std::nullopt;
}

/// Source: ecdsa_set_pub_key.
Result<std::optional<Refusal>> PublicKey::read_ec(const x509::PublicKeyInfo& info) {
    constexpr std::size_t kOidHeader = 2;
    const Curve* const curve = find_curve(info.parameters.subspan(kOidHeader));
    constexpr std::byte kUncompressed{4};
    if (info.key.size() != 1 + 2 * curve->size || info.key[0] != kUncompressed)
        return bad_key(EINVAL,
                       cat("its key is not an uncompressed point of ", curve->name));
    first_ = as_text(info.key.subspan(1, curve->size));
    second_ = as_text(info.key.subspan(1 + curve->size));
    size_ = curve->size;
    order_ = curve->order;
    // Re-encoded, because libcrypto only accepts DER; the kernel also accepts longer
    // encodings of lengths.
    const std::string key = encode_ec_key(curve->oid, as_text(info.key));
    forget_errors(opened());
    key_ = decode_key(as_bytes(key));
    if (key_) return std::nullopt;
    if (ran_out_of_memory(opened())) return out_of_memory();
    // libcrypto may lose the error of a failed allocation. The key is only at fault if
    // libcrypto can read a point of the curve, and not this one in a second try.
    const std::string good = encode_ec_key(curve->oid, curve->generator);
    if (!decode_key(as_bytes(good)))
        return refusal(SignatureVerdict::unsupported,
                       cat("libcrypto cannot use ", curve->name,
                           ": out of memory, or built without this curve"));
    key_ = decode_key(as_bytes(key));
    if (key_) return std::nullopt;
    return bad_key(EINVAL, cat("its key is not a point of ", curve->name));
}

Result<std::optional<Refusal>> PublicKey::check(KeyKind kind, const SignedContents& what,
                                                Bytes signature) const {
    if (kind != kind_)
        return refusal(SignatureVerdict::changed,
                       cat("it is signed with ", to_string(kind), ", its key is for ",
                           to_string(kind_)));
    if (kind_ == KeyKind::gost)
        return refusal(SignatureVerdict::unsupported, "GOST keys are not supported");
    if (unusable_) return unusable_;
    forget_errors(opened());
    auto found = signs_contents(kind)    ? check_contents(what.contents, signature)
                 : kind_ == KeyKind::rsa ? check_rsa(what, signature)
                                         : check_ec(what, signature);
    // libcrypto may report a failed allocation as a wrong signature.
    if (found && *found && ran_out_of_memory(opened())) return out_of_memory();
    return found;
}

/// Checks the padding in the order of rsassa_pkcs1_verify, so that errno matches the
/// kernel's.
Result<std::optional<Refusal>> PublicKey::check_rsa(const SignedContents& what,
                                                    Bytes signature) const {
    if (signature.size() != size_)
        return bad_signature(EINVAL, "does not have the length of its key");
    const auto* const prefix =
        std::ranges::find(kDigestInfos, what.hash_name, &DigestInfo::hash);
    if (prefix == std::end(kDigestInfos))
        return refusal(SignatureVerdict::unsupported,
                       cat("RSA is not used with the hash '", what.hash_name, "'"));
    const auto message = power(opened(), magnitude(signature), second_, first_, size_);
    if (!message) return std::unexpected(message.error());
    const std::string_view block = *message;
    if (block.empty()) return bad_signature(EINVAL, "is not less than its modulus");
    if (!block.starts_with('\0'))
        return bad_signature(EINVAL, "was not made with this key");
    const std::string_view padded = block.substr(1);
    constexpr std::size_t kShortestPadding = 8;
    const std::size_t end = padded.find_first_not_of('\xff', 1);
    if (!padded.starts_with('\1') || end == std::string_view::npos ||
        end < kShortestPadding + 1 || padded[end] != 0)
        return bad_signature(EBADMSG, "has no valid padding");
    const std::string_view info = padded.substr(end + 1);
    if (!info.starts_with(prefix->encoding))
        return bad_signature(EBADMSG, "covers another hash");
    if (info.substr(prefix->encoding.size()) != as_text(what.digest.bytes()))
        return changed();
    return std::nullopt;
}

/// Source: ecdsa_verify.
Result<std::optional<Refusal>> PublicKey::check_ec(const SignedContents& what,
                                                   Bytes signature) const {
    der::Reader top(signature);
    auto numbers = top.enter(der::kSequence, "signature");
    if (!numbers) return bad_signature(EBADMSG, "is damaged");
    // The kernel's buffer consists of whole 64-bit words.
    const std::size_t longest = (size_ + 7) / 8 * 8;
    std::string encoded;
    for (int i = 0; i < 2; ++i) {
        const auto number = numbers->take(der::kInteger, "number");
        if (!number) return bad_signature(EBADMSG, "is damaged");
        if (number->empty() || number->size() > longest + 1 ||
            (number->size() == longest + 1 && (*number)[0] != std::byte{0}))
            return bad_signature(EINVAL, "has a number that is too long or empty");
        const std::string value = magnitude(*number);
        if (value.empty()) return bad_signature(EBADMSG, "has a number that is zero");
        if (!is_below(value, order_))
            return bad_signature(EBADMSG, "has a number that is not below the order");
        encoded += encode_number(value);
    }
    if (!numbers->expect_end("signature")) return bad_signature(EBADMSG, "is damaged");
    encoded = encode_sequence(encoded);

    const Libcrypto& crypto = opened();
    const Handle<EVP_PKEY_CTX> context(
        crypto.pkey_ctx_new(crypto.context, key_.get(), nullptr));
    if (!context || crypto.pkey_verify_init(context.get()) != 1 ||
        crypto.pkey_ctx_set_signature_md(context.get(), what.hash) != 1)
        return out_of_memory();
    const Bytes digest = what.digest.bytes();
    const int result =
        crypto.pkey_verify(context.get(), readable(as_bytes(encoded)), encoded.size(),
                           readable(digest), digest.size());
    if (result < 0) return out_of_memory();
    if (result != 1) return changed();
    return std::nullopt;
}

Result<std::optional<Refusal>> PublicKey::check_contents(Bytes contents,
                                                         Bytes signature) const {
    const Libcrypto& crypto = opened();
    const Handle<EVP_MD_CTX> context(crypto.md_ctx_new());
    if (!context ||
        crypto.digest_verify_init(context.get(), nullptr, nullptr, crypto.context,
                                  nullptr, key_.get(), nullptr) != 1)
        return out_of_memory();
    if (crypto.digest_verify(context.get(), readable(signature), signature.size(),
                             readable(contents), contents.size()) != 1)
        return changed();
    return std::nullopt;
}

bool PublicKey::operator==(const PublicKey& other) const {
    return kind_ == other.kind_ && first_ == other.first_ && second_ == other.second_;
}

}  // namespace kmodpp::trust
