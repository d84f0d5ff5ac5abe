// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What modprobe.d, the kernel command line and the module directory say, rule by rule;
/// what is wrong with it; and the symbols that modules need and export.
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

/// In the order in which `modprobe -c` shows them.
enum class RuleKind { blacklist, install, remove, alias, options, softdep, weakdep };

/// The verb of modprobe.d(5).
[[nodiscard]] KMODPP_API std::string_view to_string(RuleKind kind);

/// One rule, as modprobe.d would write it again: "KIND NAME TEXT".
struct ConfigRule {
    RuleKind kind = RuleKind::blacklist;  ///< the verb
    std::string name;                     ///< normalised; of an alias: the pattern
    std::string text;  ///< the module of an alias, options, a command; may be empty
    Origin origin;     ///< where it stands
};

/// How much a finding matters.
enum class FindingLevel {
    error,    ///< the line cannot do what it says, or makes a load fail
    warning,  ///< the line has no effect with this kernel, or another takes its place
    note,     ///< common and harmless, but good to know when something is searched for
};
/// What a finding is about. to_string() gives its lasting name: "unknown_module".
enum class FindingKind {
    unreadable_file,
    masked_file,  ///< a file of the same name in an earlier directory is read instead
    bad_line,     ///< unknown verb, or operands that are missing or malformed
    deprecated_verb,
    unknown_module,
    unknown_parameter,
    bad_value,   ///< the kernel would refuse the parameter
    overridden,  ///< another line says the same, or something else in its place
    no_effect,   ///< of a builtin module, of an alias
};
/// "warning". Lasting: programs may compare it.
[[nodiscard]] KMODPP_API std::string_view to_string(FindingLevel level);
/// "unknown_module". Lasting: programs may compare it.
[[nodiscard]] KMODPP_API std::string_view to_string(FindingKind kind);

/// Something about a line of the configuration.
struct ConfigFinding {
    FindingLevel level = FindingLevel::note;   ///< how much it matters
    FindingKind kind = FindingKind::bad_line;  ///< what is wrong
    Origin origin;        ///< empty when the text itself names the file
    std::string text;     ///< one line
    std::string name;     ///< the module or parameter that it is about; may be empty
    std::string nearest;  ///< the known name most like an unknown one; may be empty
};

/// In the order in which the files are read, then by line.
struct ConfigReport {
    std::size_t files = 0;                ///< that were read
    std::vector<ConfigFinding> findings;  ///< empty: nothing is wrong
};

/// The indexes that lead from a name to a module.
enum class AliasIndex { modules, symbols };
/// Borrows both texts for the time of the call.
using AliasVisitor =
    std::function<void(std::string_view pattern, std::string_view module)>;

/// An exported or needed symbol with the CRC that CONFIG_MODVERSIONS compares.
struct SymbolVersion {
    std::string name;                  ///< as the module spells it
    std::optional<std::uint32_t> crc;  ///< none: the module was built without
};

}  // namespace kmodpp
