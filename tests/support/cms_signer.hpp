// SPDX-License-Identifier: LGPL-2.1-or-later
// Signs with OpenSSL as the kernel's sign-file does, and returns the parts that OpenSSL
// reads back.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/signing_keys.hpp"

namespace kmodpp::test {

enum class KeyType { rsa, ec };

/// A signature and its parts as parsed by OpenSSL.
struct CmsSignature {
    std::string der;
    std::string signer;     ///< common name of the issuer; empty when named by key id
    std::string key_id;     ///< magnitude of the serial number, or the SKID
    std::string signature;  ///< bytes of the signature value
};

/// A new key with a self-signed certificate. An OpenSSL failure throws
/// std::runtime_error, which ends the test.
class CmsSigner {
public:
    struct Options {
        KeyType key = KeyType::ec;
        std::string_view organisation = {};
        std::string_view common_name = "Test key";
        std::string_view serial = "\x12\x34";  ///< big-endian magnitude
        const CmsSigner* issuer =
            nullptr;  ///< signer of the certificate; null: self-signed
    };
    struct SignOptions {
        std::string_view hash = "sha256";
        bool by_key_id = false;
        bool with_certificate = false;
        std::vector<const CmsSigner*> more_certificates = {};
        bool with_attributes = false;
    };

    explicit CmsSigner(const Options& options);
    /// One of kSigningKeys.
    [[nodiscard]] static CmsSigner with_key(const SigningKey& key);

    /// Makes a detached signature over the bytes.
    [[nodiscard]] CmsSignature sign(std::string_view bytes,
                                    const SignOptions& options) const;
    /// The certificate in DER.
    [[nodiscard]] std::string certificate() const;

private:
    CmsSigner(std::shared_ptr<EVP_PKEY> key, std::shared_ptr<X509> certificate)
        : key_(std::move(key)), certificate_(std::move(certificate)) {}

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
};

}  // namespace kmodpp::test
