// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Explains why a load or a removal failed, and what can be done. Plain data, collected
/// after a failure, so that successful loads have no extra cost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// The cause of a failure. to_string() returns a stable name such as "wrong_vermagic".
enum class FailureCause {
    // The file.
    no_module_directory,  ///< nothing is installed for the release
    not_indexed,          ///< the file exists, but is not in the databases
    no_such_module,       ///< neither a module nor an alias has that name
    file_missing,         ///< the file in modules.dep or in the call does not exist
    file_unusable,        ///< it cannot be opened, or is not a regular file
    file_empty,           ///< it contains no bytes
    file_busy,            ///< it is open for writing
    damaged_compression,  ///< it cannot be decompressed
    not_elf,              ///< text, an unknown compression, or something else
    truncated,            ///< it is shorter than its headers require
    damaged_elf,          ///< the ELF structure is invalid
    wrong_elf_type,       ///< an executable or a shared object
    wrong_machine,        ///< built for another processor
    wrong_class,          ///< 32 instead of 64 bits, or vice versa
    wrong_byte_order,     ///< big-endian instead of little-endian, or vice versa
    stripped,             ///< no symbol table
    not_a_module,         ///< an object file without .gnu.linkonce.this_module
    // The kernel that the module was built for.
    wrong_vermagic,      ///< built for another kernel
    no_vermagic,         ///< the module does not state which kernel it was built for
    no_symbol_versions,  ///< built without the versions that this kernel checks
    // Symbols.
    missing_dependency,    ///< the module that exports the symbol is not loaded
    outdated_databases,    ///< the same, and modules.dep does not list the dependency
    unknown_symbol,        ///< neither the kernel nor a module exports the symbol
    gpl_only_symbol,       ///< the module's licence does not permit the use of the symbol
    wrong_symbol_version,  ///< the symbol has changed since the module was built
    namespace_not_imported,  ///< the symbol is in a namespace that is not imported
    duplicate_symbol,        ///< another module exports the same symbol
    // Parameters.
    bad_parameter,  ///< the value is not valid for the parameter's type
    // Trust.
    unsigned_module,        ///< a signature is required, but there is none
    unknown_key,            ///< signed with a key that the kernel does not trust
    wrong_signature,        ///< the contents were changed after signing
    revoked_key,            ///< signed with a key that was revoked
    malformed_signature,    ///< the signature is not well-formed
    unsupported_signature,  ///< the kernel does not support this kind of signature
    locked_down,            ///< kernel lockdown forbids it
    modules_disabled,       ///< kernel.modules_disabled=1 or nomodule is set
    not_privileged,         ///< CAP_SYS_MODULE is missing
    blacklisted,            ///< module_blacklist= on the kernel command line
    denied_by_policy,       ///< denied for another reason
    // State.
    already_loaded,
    builtin,       ///< the module is built into the kernel
    being_loaded,  ///< another process is loading it
    being_removed,
    out_of_memory,
    init_failed,            ///< the module's init function returned the error
    unsupported_by_kernel,  ///< the kernel does not support the call or the flag
    // Removal.
    not_loaded,
    in_use,     ///< other modules use it, or something else holds references
    permanent,  ///< it has no exit function
    // The configuration.
    forbidden,       ///< a forbid line
    command_failed,  ///< the command of an install or remove line failed
    unknown,         ///< the cause was not found
};

/// A stable name for programs: "wrong_vermagic".
[[nodiscard]] KMODPP_API std::string_view to_string(FailureCause cause);

/// A detail of a cause for programs: name ("symbol", "module_vermagic") and value.
struct Fact {
    std::string name = {};   ///< stable
    std::string value = {};  ///< as text
};

/// One cause, as text for users and as facts for programs.
struct Finding {
    FailureCause cause = FailureCause::unknown;  ///< for programs to compare
    std::string text = {};    ///< one line: "ext4: built for '…', this kernel is '…'"
    std::string advice = {};  ///< one line: what to do; may be empty
    std::vector<Fact> facts = {};  ///< the values in the text
};

/// A line of the kernel's log that belongs to the failure.
struct KernelLine {
    std::string text = {};   ///< without log level and time
    bool explained = false;  ///< a finding contains the same information
};

/// The explanation of a failure. Plain data; owns its strings.
struct Diagnosis {
    std::string module = {};             ///< the module that failed; may be a dependency
    std::string path = {};               ///< its file, if a load failed
    int code = 0;                        ///< the errno
    std::vector<Finding> findings = {};  ///< never empty; the most specific first
    /// Lines in log order; empty if the log cannot be read.
    std::vector<KernelLine> kernel_log = {};
};

/// A parameter of a load that is unknown, invalid or without effect.
struct ParameterProblem {
    /// Kind of the problem. to_string() returns a stable name such as "bad_value".
    enum class Kind {
        unknown,    ///< the module has no such parameter; the kernel ignores it
        bad_value,  ///< the kernel will refuse the value and therefore the module
        builtin,    ///< the module is built in, so no load takes the parameter
    };
    Kind kind = Kind::unknown;              ///< kind of the problem
    std::string module = {};                ///< normalised
    std::string name = {};                  ///< of the parameter, as given
    std::optional<std::string> value = {};  ///< nullopt: given without "="
    std::string type = {};     ///< as the module declares it; empty: not declared
    std::string nearest = {};  ///< a parameter with a similar name, or empty
    Origin origin = {};        ///< where it was given; empty: unknown
    std::string text = {};     ///< the problem in one line
};
/// A stable name for programs: "bad_value".
[[nodiscard]] KMODPP_API std::string_view to_string(ParameterProblem::Kind kind);

/// The prediction for a load that has not been tried.
struct LoadForecast {
    std::string module = {};  ///< the module of the step
    /// Why the load would be refused; nullopt: no reason was found.
    std::optional<Diagnosis> refusal = {};
    /// Parameters that the module does not have.
    std::vector<ParameterProblem> ignored_parameters = {};
};

}  // namespace kmodpp
