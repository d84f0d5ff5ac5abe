// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/verify.hpp"

#include <cerrno>

#include "trust/kernel_check.hpp"
#include "trust/known_answers.hpp"

namespace kmodpp::trust {

namespace {

/// What one look at a module says.
struct Look {
    SignatureCheck check;
    /// Whether libcrypto had a part in it that it also takes when memory runs out.
    bool doubtful;
    bool operator==(const Look& other) const {
        return check.verdict == other.check.verdict &&
               check.reason == other.check.reason && doubtful == other.doubtful;
    }
};

bool may_be_for_want_of_memory(SignatureVerdict verdict) {
    return verdict == SignatureVerdict::changed ||
           verdict == SignatureVerdict::malformed ||
           verdict == SignatureVerdict::unsupported ||
           verdict == SignatureVerdict::not_for_modules;
}

std::unexpected<Error> lacks_memory() {
    return fail_errno(ENOMEM, "cannot verify its signature");
}

Result<Look> look_at(const Libcrypto& crypto, ByteSource& module, const TrustStore& store,
                     bool anew) {
    Look look{};
    forget_errors(crypto);
    KernelCheck one(module, store, look.check, anew);
    TRY_ASSIGN(auto refused, one.run());
    if (ran_out_of_memory(crypto)) return lacks_memory();
    look.check.verdict = refused ? refused->verdict : SignatureVerdict::valid;
    look.check.kernel_error = refused ? refused->code : 0;
    if (refused) look.check.reason = std::move(refused->reason);
    look.doubtful =
        one.has_passed_over() || may_be_for_want_of_memory(look.check.verdict);
    return look;
}

}  // namespace

/// Of a hash, a key or a signature that memory did not suffice for libcrypto says the
/// same as of a wrong one, and of a revoked key that would make a good one. So it is
/// asked again about what it refused, and what it says twice counts if it gives known
/// answers as well.
Result<SignatureCheck> check_signature(ByteSource& module, const TrustStore& store) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    TRY_ASSIGN(Look first, look_at(*crypto, module, store, false));
    if (!first.doubtful) return std::move(first.check);
    TRY_ASSIGN(Look second, look_at(*crypto, module, store, true));
    if (second.doubtful && (second != first || !gives_known_answers()))
        return lacks_memory();
    return std::move(second.check);
}

}  // namespace kmodpp::trust
