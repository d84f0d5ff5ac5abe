// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The rules from modprobe.d, the kernel command line and the module directory,
/// mistakes in these rules, and the symbols that modules need and export.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// The kinds of rules, in the order in which `modprobe -c` prints them.
enum class RuleKind {
    blacklist,
    forbid,
    install,
    remove,
    alias,
    options,
    softdep,
    weakdep,
};

/// The verb of the rule in modprobe.d(5).
[[nodiscard]] KMODPP_API std::string_view to_string(RuleKind kind);

/// One rule, in the form of a modprobe.d line "KIND NAME TEXT".
struct ConfigRule {
    RuleKind kind = RuleKind::blacklist;  ///< the verb
    std::string name;                     ///< normalised; for an alias, the pattern
    /// The module of an alias, options, a command, the reason of a forbid line; may be
    /// empty.
    std::string text;
    Origin origin;  ///< the line of the rule
};

/// Severity of a finding.
enum class FindingLevel {
    error,    ///< the line cannot work, or makes a load fail
    warning,  ///< the line has no effect with this kernel, or another line overrides it
    note,     ///< common and harmless, but may help when looking for a problem
};
/// Kind of a finding. to_string() returns a stable name such as "unknown_module".
enum class FindingKind {
    unreadable_file,
    masked_file,  ///< a file of the same name in an earlier directory is read instead
    bad_line,     ///< unknown verb, or operands that are missing or malformed
    deprecated_verb,
    unknown_module,
    unknown_parameter,
    bad_value,   ///< the kernel would refuse the parameter
    overridden,  ///< another line repeats or replaces the line
    no_effect,   ///< the line is for a built-in module, or for an alias
    /// Other modules need the module of a blacklist line, which is then loaded anyway, or
    /// of a forbid line, and then cannot be loaded either.
    needed,
};
/// A stable name for programs: "warning".
[[nodiscard]] KMODPP_API std::string_view to_string(FindingLevel level);
/// A stable name for programs: "unknown_module".
[[nodiscard]] KMODPP_API std::string_view to_string(FindingKind kind);

/// A finding about a line of the configuration.
struct ConfigFinding {
    FindingLevel level = FindingLevel::note;   ///< severity
    FindingKind kind = FindingKind::bad_line;  ///< what is wrong
    Origin origin;                             ///< empty if the text names the file
    std::string text;                          ///< one line
    std::string name;     ///< the module or parameter concerned; may be empty
    std::string nearest;  ///< the known name nearest to an unknown one; may be empty
};

/// Findings in the order in which the files are read, then by line.
struct ConfigReport {
    std::size_t files = 0;                ///< number of files read
    std::vector<ConfigFinding> findings;  ///< empty: no mistakes
};

/// The indexes that map names to modules.
enum class AliasIndex {
    modules,  ///< aliases of modules
    symbols,  ///< exported symbols, as "symbol:NAME"
};
/// A stable name for programs: "symbols".
[[nodiscard]] KMODPP_API std::string_view to_string(AliasIndex index);
/// Called for each entry of an index. Both strings are valid only during the call.
using AliasVisitor =
    std::function<void(std::string_view pattern, std::string_view module)>;

/// An exported or needed symbol with the CRC that CONFIG_MODVERSIONS compares.
struct SymbolVersion {
    std::string name;                  ///< as the module spells it
    std::optional<std::uint32_t> crc;  ///< nullopt: built without CONFIG_MODVERSIONS
};

}  // namespace kmodpp
