// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Information from a module file, as modinfo prints it.
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

/// The information about a module. Owns its strings.
struct ModuleInfo {
    std::string name;  ///< normalised
    /// As seen from outside the root; "(builtin)" for builtin modules.
    std::string filename;
    bool builtin = false;                    ///< built into the kernel, without a file
    std::vector<InfoField> fields;           ///< in file order, without parm
    std::vector<ParameterField> parameters;  ///< in first-seen order
    std::string build_id;                    ///< raw bytes; empty: none
    std::optional<SignatureField> signature;  ///< nullopt: not signed
    /// The reason why the signature cannot be parsed, although the file has a signature
    /// marker; else empty.
    std::string signature_fault;
};

}  // namespace kmodpp
