// SPDX-License-Identifier: LGPL-2.1-or-later
// The signers of a module, each with what it has signed: a digest of the module, the
// module as it is, or attributes that have a digest of it.
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

/// A signer with all that its verification needs. Borrows from the message, the module
/// and the SignedModule.
struct Signer {
    const pkcs7::SignerInfo* info;
    KeyKind key;
    std::optional<SignedContents> contents = {};  ///< none: libcrypto lacks something
    std::string missing = {};                     ///< "hash 'sha3-256'"
    std::optional<Refusal> unfit =
        {};  ///< what the kernel says as soon as it has the key
    std::vector<std::byte> attributes = {};  ///< in the form that is signed
};

/// The signature of that signer does not fit to the contents.
[[nodiscard]] Refusal changed_since(std::string_view signer_name);
/// "'Build key'", or "an unnamed signer".
[[nodiscard]] std::string quoted_signer(std::string_view name);

/// nullopt: the contents were signed with \p key, the signer's.
[[nodiscard]] Result<std::optional<Refusal>> check_signer(const Signer& signer,
                                                          const PublicKey& key,
                                                          std::string_view signer_name);

/// The contents that a signature is about, hashed once for each hash function.
class SignedModule {
public:
    /// \param size bytes of the module that are signed
    SignedModule(ByteSource& module, std::uint64_t size) : module_(module), size_(size) {}

    /// Fills in what the signer has signed. A refusal: its attributes are not about this
    /// module. Errors are those of reading.
    [[nodiscard]] Result<std::optional<Refusal>> prepare(Signer& signer,
                                                         std::string_view signer_name);

private:
    struct Hashed {
        std::string_view name;
        Handle<EVP_MD> hash;  ///< null: libcrypto has no such function
        Digest digest;
    };
    [[nodiscard]] Result<const Hashed*> hashed(std::string_view name);

    ByteSource& module_;
    std::uint64_t size_;
    std::vector<std::unique_ptr<Hashed>> hashed_ = {};
};

}  // namespace kmodpp::trust
