// SPDX-License-Identifier: LGPL-2.1-or-later
// The signers of a module and what each of them signed: a digest of the module, the
// module itself, or attributes that contain a digest of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/pkcs7.hpp"
#include "trust/form.hpp"
#include "trust/public_key.hpp"

namespace kmodpp::trust {

/// A signer with everything that its verification needs. Borrows from the message, the
/// module and the SignedModule.
struct Signer {
    const pkcs7::SignerInfo* info;
    KeyKind key;
    std::optional<SignedContents> contents = {};  ///< nullopt: libcrypto lacks `missing`
    std::string missing = {};                     ///< "hash 'sha3-256'"
    std::optional<Refusal> unfit = {};            ///< reported once the key is found
    std::vector<std::byte> attributes = {};       ///< as encoded for signing
};

/// The refusal for a signature that does not match the contents.
[[nodiscard]] Refusal changed_since(std::string_view signer_name);
/// "'Build key'", or "an unnamed signer".
[[nodiscard]] std::string quoted_signer(std::string_view name);

/// nullopt if \p signer signed its contents with \p key.
[[nodiscard]] Result<std::optional<Refusal>> check_signer(const Signer& signer,
                                                          const PublicKey& key,
                                                          std::string_view signer_name);

/// The signed part of a module, hashed once for each hash function.
class SignedModule {
public:
    /// \param size number of leading bytes of the module that are signed
    SignedModule(ByteSource& module, std::uint64_t size) : module_(module), size_(size) {}

    /// Fills in what \p signer signed. Refuses attributes that belong to another
    /// module. Errors are read errors and those of libcrypto.
    [[nodiscard]] Result<std::optional<Refusal>> prepare(Signer& signer,
                                                         std::string_view signer_name);

private:
    struct Hashed {
        std::string_view name;
        Handle<EVP_MD> hash;  ///< null if libcrypto does not have it
        Digest digest;
    };
    [[nodiscard]] Result<const Hashed*> hashed(std::string_view name);

    ByteSource& module_;
    std::uint64_t size_;
    std::vector<std::unique_ptr<Hashed>> hashed_ = {};
};

}  // namespace kmodpp::trust
