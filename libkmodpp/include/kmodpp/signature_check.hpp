// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Checks the signature of a module and predicts the kernel's verdict.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/export.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp {

/// Verdict on a module. to_string() returns a stable name such as "unknown_key".
enum class SignatureVerdict {
    valid,
    unsigned_module,  ///< no marker at the end of the file
    unknown_key,      ///< signed with a key that is not in any searched store
    changed,          ///< contents or signature were changed
    malformed,        ///< the trailer or the PKCS#7 structure is not well-formed
    unsupported,      ///< a kind of signature or hash that the kernel does not support
    blacklisted,      ///< the key was revoked
    not_for_modules,  ///< valid, but in a form that the kernel refuses for modules
};

/// A stable name for programs: "unsigned_module".
[[nodiscard]] KMODPP_API std::string_view to_string(SignatureVerdict verdict);

/// The result of a signature check. Plain data; owns its strings.
struct SignatureCheck {
    SignatureVerdict verdict = SignatureVerdict::unsigned_module;  ///< the verdict
    /// The errno of the kernel's signature check, before its policy is applied: with
    /// ENOKEY the module loads with a taint unless signatures are enforced. 0 if valid.
    int kernel_error = 0;
    std::string reason = {};          ///< readable reason; empty if valid
    std::string signer = {};          ///< common name; may be empty
    std::string key_id = {};          ///< raw bytes: serial number or SKID
    std::string hash_algorithm = {};  ///< "sha256"; empty if unknown
    /// Origin of the signer's certificate ("/boot/vmlinuz-6.1.0"); empty if not found.
    std::string store = {};
    /// Path of a certificate of that key on this machine that is not trusted.
    std::string candidate = {};
};

/// A module and the result of its signature check.
struct VerifiedModule {
    std::string name = {};  ///< normalised
    /// As seen from outside the root; "(builtin)" for builtin modules.
    std::string filename = {};
    bool builtin = false;  ///< built into the kernel, so there is no signature
    /// The result, or the error of reading the file. Default for built-in modules.
    Result<SignatureCheck> check = {};
};

/// True if a kernel that enforces signatures would accept the module.
[[nodiscard]] inline bool is_trusted(const VerifiedModule& module) {
    return module.builtin ||
           (module.check && module.check->verdict == SignatureVerdict::valid);
}

}  // namespace kmodpp
