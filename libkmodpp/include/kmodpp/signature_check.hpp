// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What a kernel would say of a module's signature, found out before it is asked.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/export.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp {

/// One verdict per module. to_string() gives its lasting name: "unknown_key".
enum class SignatureVerdict {
    valid,
    unsigned_module,  ///< no marker at the end of the file
    unknown_key,      ///< signed with a key that is in none of the stores searched
    changed,          ///< contents or signature are not what was signed
    malformed,        ///< trailer or PKCS#7 break their format
    unsupported,      ///< a kind of signature or hash that the kernel does not take
    blacklisted,      ///< the key was revoked
    not_for_modules,  ///< sound, but of a form that the kernel refuses for modules
};

/// "unsigned_module". Lasting: programs may compare it.
[[nodiscard]] KMODPP_API std::string_view to_string(SignatureVerdict verdict);

/// Plain data; owns its texts.
struct SignatureCheck {
    SignatureVerdict verdict =
        SignatureVerdict::unsigned_module;  ///< for programs to compare
    /// The errno of the kernel's own check, before its policy decides what follows from
    /// it: ENOKEY loads with a taint where nothing is enforced. 0 when valid.
    int kernel_error = 0;
    std::string reason = {};          ///< a phrase for people; empty when valid
    std::string signer = {};          ///< common name; may be empty
    std::string key_id = {};          ///< raw bytes: serial number, or SKID when named so
    std::string hash_algorithm = {};  ///< "sha256"; empty when not known
    /// Where the certificate of the signer came from ("/boot/vmlinuz-6.1.0"); empty when
    /// it was not found.
    std::string store = {};
    /// A certificate of that key which lies on this machine without being trusted.
    std::string candidate = {};
};

/// A module of which the signature was checked.
struct VerifiedModule {
    std::string name = {};  ///< normalised
    /// As seen from outside the root; "(builtin)" for builtin modules.
    std::string filename = {};
    bool builtin = false;  ///< part of the kernel: there is nothing to check
    /// The error is that of reading the file. Default for builtin modules.
    Result<SignatureCheck> check = {};
};

/// Whether a kernel that demands signatures would take it.
[[nodiscard]] inline bool is_trusted(const VerifiedModule& module) {
    return module.builtin ||
           (module.check && module.check->verdict == SignatureVerdict::valid);
}

}  // namespace kmodpp
