// SPDX-License-Identifier: LGPL-2.1-or-later
// Reproduces the kernel's mod_verify_sig() for one module, step by step.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <kmodpp/signature_check.hpp>

#include "format/signature_tail.hpp"
#include "trust/form.hpp"
#include "trust/signers.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The check of one module. Borrows its arguments.
///
/// Fails closed: a module is valid only if every check was carried out. A check that
/// could not be carried out (out of memory, read error) is an error, never a passed
/// check.
class KernelCheck {
public:
    KernelCheck(ByteSource& module, const TrustStore& store, SignatureCheck& check)
        : module_(module), store_(store), check_(check) {}

    /// nullopt if the signature is valid.
    [[nodiscard]] Result<std::optional<Refusal>> run();

private:
    [[nodiscard]] Result<std::optional<Refusal>> check_tail(const SignatureTail& tail);
    [[nodiscard]] Result<std::optional<Refusal>> embed(Bytes der);
    [[nodiscard]] Result<std::optional<Refusal>> prepare(std::uint64_t size);
    [[nodiscard]] std::optional<Refusal> check_known();
    /// A trusted certificate and what its key must have signed.
    struct Trust {
        const Certificate* certificate = nullptr;
        const Certificate* issued = nullptr;  ///< null for the module
    };
    [[nodiscard]] const Certificate* embedded_of(const Signer& signer) const;
    [[nodiscard]] Trust find_trust(const Signer& signer) const;
    [[nodiscard]] Result<std::optional<Refusal>> check_embedded() const;
    [[nodiscard]] Result<std::optional<Refusal>> check_revoked();
    [[nodiscard]] Result<std::optional<Refusal>> check_trusted();
    [[nodiscard]] Result<std::optional<std::string_view>> key_revoked_by(
        const Signer& signer, const PublicKey& key) const;
    [[nodiscard]] Result<std::optional<std::string_view>> hash_revoked_by(
        const Certificate& certificate) const;
    [[nodiscard]] Refusal revoked_by(std::string_view origin) const;
    [[nodiscard]] const Certificate* find(const TrustStore::Certificates& list) const;
    [[nodiscard]] Result<Refusal> unknown();

    ByteSource& module_;
    const TrustStore& store_;
    SignatureCheck& check_;
    pkcs7::SignedData data_ = {};
    TrustStore::Certificates embedded_ = {};
    std::optional<SignedModule> signed_ = {};
    std::vector<Signer> signers_ = {};
};

}  // namespace kmodpp::trust
