// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's mod_verify_sig() on one module, step by step.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include <kmodpp/signature_check.hpp>

#include "format/signature_tail.hpp"
#include "trust/form.hpp"
#include "trust/signers.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// One module on its way to its verdict. Borrows all that it is made of.
class KernelCheck {
public:
    /// \param anew keys of the store that were made before are made again
    KernelCheck(ByteSource& module, const TrustStore& store, SignatureCheck& check,
                bool anew)
        : module_(module), store_(store), check_(check), anew_(anew) {}

    /// nullopt: it is valid.
    [[nodiscard]] Result<std::optional<Refusal>> run();
    /// Whether it was passed over that libcrypto refused something.
    [[nodiscard]] bool has_passed_over() const { return passed_over_; }

private:
    [[nodiscard]] Result<std::optional<Refusal>> judge(const SignatureTail& tail);
    [[nodiscard]] std::optional<Refusal> embed(Bytes der);
    [[nodiscard]] Result<std::optional<Refusal>> prepare(std::uint64_t size);
    [[nodiscard]] std::optional<Refusal> check_known();
    [[nodiscard]] const PublicKey* stored_key(const Certificate& certificate);
    /// A trusted certificate, and what has to be signed with its key.
    struct Trust {
        const Certificate* certificate = nullptr;
        const Certificate* issued = nullptr;  ///< null: the module
    };
    [[nodiscard]] const Certificate* embedded_of(const Signer& signer) const;
    [[nodiscard]] Trust find_trust(const Signer& signer) const;
    [[nodiscard]] std::optional<Refusal> check_embedded() const;
    [[nodiscard]] std::optional<Refusal> check_revoked();
    [[nodiscard]] std::optional<Refusal> check_trusted();
    [[nodiscard]] std::optional<std::string_view> hash_revoked_by(
        const Certificate& certificate);
    [[nodiscard]] const Certificate* find(const TrustStore::Certificates& list) const;
    [[nodiscard]] Refusal unknown();

    ByteSource& module_;
    const TrustStore& store_;
    SignatureCheck& check_;
    bool anew_;
    bool passed_over_ = false;
    std::deque<PublicKey> own_keys_ = {};
    pkcs7::SignedData data_ = {};
    TrustStore::Certificates embedded_ = {};
    std::optional<SignedModule> signed_ = {};
    std::vector<Signer> signers_ = {};
};

}  // namespace kmodpp::trust
