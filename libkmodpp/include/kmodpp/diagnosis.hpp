// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Why a kernel refused: what the kernel saw, what the file and the machine show of it,
/// and what can be done. Plain data, found after a failure; nothing of it costs a load
/// that succeeds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// One cause of a refusal. to_string() gives its lasting name: "wrong_vermagic".
enum class FailureCause {
    // The file.
    no_module_directory,  ///< nothing is installed for the release
    not_indexed,          ///< the file is there, but depmod has not seen it
    no_such_module,       ///< no module and no alias of that name
    file_missing,         ///< modules.dep or the caller named a file that is not there
    file_unusable,        ///< it cannot be opened, or is no regular file
    file_empty,           ///< no byte in it
    file_busy,            ///< it is open for writing
    damaged_compression,  ///< it cannot be unpacked
    not_elf,              ///< text, another compression, anything else
    truncated,            ///< it ends before what its header speaks of
    damaged_elf,          ///< the structure of the file is broken
    wrong_elf_type,       ///< an executable, a shared object
    wrong_machine,        ///< made for another processor
    wrong_class,          ///< 32 instead of 64 bits, or the other way round
    wrong_byte_order,     ///< big-endian instead of little-endian, or the other way round
    stripped,             ///< no symbol table
    not_a_module,         ///< an object file without .gnu.linkonce.this_module
    // The kernel that it was built for.
    wrong_vermagic,      ///< built for another kernel
    no_vermagic,         ///< built for no kernel
    no_symbol_versions,  ///< built without the versions that this kernel compares
    // Symbols.
    missing_dependency,    ///< a module that is not loaded has the symbol
    outdated_databases,    ///< the same, and modules.dep does not know of the dependency
    unknown_symbol,        ///< nobody has the symbol
    gpl_only_symbol,       ///< the module's licence does not admit it to the symbol
    wrong_symbol_version,  ///< the symbol has changed since the module was built
    namespace_not_imported,  ///< the symbol belongs to a namespace
    duplicate_symbol,        ///< another module exports the same symbol
    // Parameters.
    bad_parameter,  ///< a value that its type does not allow
    // Trust.
    unsigned_module,        ///< signatures are demanded and it has none
    unknown_key,            ///< signed with a key that the kernel does not have
    wrong_signature,        ///< the contents changed after signing
    revoked_key,            ///< signed with a key that was revoked
    malformed_signature,    ///< the signature breaks its format
    unsupported_signature,  ///< of a kind that the kernel cannot check
    locked_down,            ///< kernel lockdown
    modules_disabled,       ///< kernel.modules_disabled=1, or nomodule
    not_privileged,         ///< CAP_SYS_MODULE is missing
    blacklisted,            ///< module_blacklist= on the kernel command line
    denied_by_policy,       ///< denied, and by nothing of the above
    // State.
    already_loaded,
    builtin,       ///< it is part of the kernel
    being_loaded,  ///< somebody else loads it at the moment
    being_removed,
    out_of_memory,
    init_failed,            ///< the module's own init function returned the error
    unsupported_by_kernel,  ///< the kernel lacks the call or the flag
    // Removal.
    not_loaded,
    in_use,     ///< modules use it, or references are held
    permanent,  ///< it has no exit function
    // Commands.
    command_failed,  ///< of an install or remove line
    unknown,         ///< nothing that could be found out
};

/// "wrong_vermagic". Lasting: programs may compare it.
[[nodiscard]] KMODPP_API std::string_view to_string(FailureCause cause);

/// A detail of a cause for programs: name ("symbol", "module_vermagic") and value.
struct Fact {
    std::string name = {};   ///< lasting; programs may compare it
    std::string value = {};  ///< what the name stands for, as text
};

/// One cause, in words for people and in facts for programs.
struct Finding {
    FailureCause cause = FailureCause::unknown;  ///< for programs to compare
    std::string text = {};    ///< one line: "ext4: built for '…', this kernel is '…'"
    std::string advice = {};  ///< one line, what to do about it; may be empty
    std::vector<Fact> facts = {};  ///< what text is made of
};

/// A line of the kernel's log that belongs to the failure.
struct KernelLine {
    std::string text = {};   ///< without level and time
    bool explained = false;  ///< a finding says the same
};

/// What is known of a failure. Plain data; owns its texts.
struct Diagnosis {
    std::string module = {};             ///< the one that failed; may be a dependency
    std::string path = {};               ///< its file, when it was to be loaded
    int code = 0;                        ///< the errno
    std::vector<Finding> findings = {};  ///< never empty; the most telling first
    /// In the order of the log; empty where it cannot be read.
    std::vector<KernelLine> kernel_log = {};
};

/// A parameter of a load that will not do what was meant.
struct ParameterProblem {
    /// What is wrong with it.
    enum class Kind {
        unknown,    ///< the module has no such parameter; the kernel ignores it
        bad_value,  ///< the kernel will refuse the value, and with it the module
        builtin,    ///< the module is part of the kernel: nothing is loaded that takes it
    };
    Kind kind = Kind::unknown;              ///< what is wrong with it
    std::string module = {};                ///< normalised
    std::string name = {};                  ///< of the parameter, as it was given
    std::optional<std::string> value = {};  ///< none: given without "="
    std::string type = {};     ///< as the module declares it; empty: not declared
    std::string nearest = {};  ///< a parameter of nearly the same name, or empty
    Origin origin = {};        ///< who gave it; empty: not known
    std::string text = {};     ///< one line that says all of this
};

/// What is known about a load before it is tried.
struct LoadForecast {
    std::string module = {};  ///< of the step
    /// Why the load would be refused; none: nothing was found that speaks against it.
    std::optional<Diagnosis> refusal = {};
    /// Parameters that the module does not have.
    std::vector<ParameterProblem> ignored_parameters = {};
};

}  // namespace kmodpp
