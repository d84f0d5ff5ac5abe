// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What a module says of itself: the contents of modinfo.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kmodpp {

/// One entry of .modinfo.
struct InfoField {
    std::string key;    ///< "license"
    std::string value;  ///< bytes as they are in the file
};

/// A parameter, merged from its parm and parmtype entries.
struct ParameterField {
    std::string name;                        ///< as the module declares it
    std::optional<std::string> description;  ///< its parm entry
    std::optional<std::string> type;         ///< its parmtype entry: "int", "charp"
};

/// The signature as the file states it; nothing is verified.
struct SignatureField {
    std::string id;         ///< "PKCS#7", "X509", "PGP"
    std::string signer;     ///< common name; may be empty
    std::string key_id;     ///< raw bytes
    std::string hash;       ///< "sha256"; may be empty
    std::string signature;  ///< raw bytes
};

/// Owns all its texts.
struct ModuleInfo {
    std::string name;  ///< normalised
    std::string
        filename;  ///< as seen from outside the root; "(builtin)" for builtin modules
    bool builtin = false;                    ///< part of the kernel; there is no file
    std::vector<InfoField> fields;           ///< in file order, without parm
    std::vector<ParameterField> parameters;  ///< in first-seen order
    std::string build_id;                    ///< raw bytes; empty: none
    std::optional<SignatureField> signature;  ///< none: not signed
    /// The file carries a signature marker, but what stands before it is damaged: how.
    std::string signature_fault;
};

}  // namespace kmodpp
