// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads modprobe.d files, modules.softdep, modules.weakdep, and the module parameters
// on the kernel command line (source: modprobe.d(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/config_lines.hpp"

namespace kmodpp {

/// alias PATTERN MODULE
struct AliasRule {
    std::string pattern;  ///< normalised
    std::string module;   ///< normalised; not looked up as an alias again
    Origin origin;
};
/// blacklist NAME
struct BlacklistRule {
    std::string module;  ///< normalised
    Origin origin;
};
/// forbid NAME TEXT
struct ForbidRule {
    std::string module;  ///< normalised name, or a pattern
    std::string text;    ///< why, without control characters; may be empty
    Origin origin;
};
/// options NAME k=v…
struct OptionsRule {
    std::string module;  ///< normalised module name or alias
    std::string options;
    Origin origin;
};
/// install NAME COMMAND, remove NAME COMMAND
struct CommandRule {
    std::string module;  ///< normalised name, or a pattern
    std::string command;
    Origin origin;
};
/// The names in a softdep line as written, not normalised.
struct SoftdepNames {
    std::vector<std::string> pre;
    std::vector<std::string> post;
};
/// softdep NAME pre: a b post: c
struct SoftdepRule {
    std::string module;
    /// All after NAME. Every start of modprobe reads the lines of all modules, and needs
    /// the names of few.
    std::string text;
    Origin origin;

    /// Splits the text.
    [[nodiscard]] SoftdepNames names() const;
};
/// weakdep NAME a b
struct WeakdepRule {
    std::string module;
    std::string text;  ///< all after NAME
    Origin origin;

    /// Splits the text.
    [[nodiscard]] std::vector<std::string> modules() const;
};

/// All rules in the order in which they were read. Plain data.
struct ModprobeConfig {
    std::vector<AliasRule> aliases;
    std::vector<BlacklistRule> blacklist;
    std::vector<ForbidRule> forbid;
    std::vector<OptionsRule> options;
    std::vector<CommandRule> install;
    /// Install lines that only prevent the load of a module that a forbid line of the
    /// same file names, for programs that do not know the verb. They are no rules of
    /// their own.
    std::vector<CommandRule> forbid_repeats;
    std::vector<CommandRule> remove;
    std::vector<SoftdepRule> softdeps;
    std::vector<WeakdepRule> weakdeps;
    std::vector<ConfigRemark> remarks;
};

/// Adds the rules of one file. Invalid lines become remarks.
void parse_modprobe_config(std::string_view text, const std::string& file,
                           ModprobeConfig& config);

/// Same for a file that other users could write: only uses lines that keep modules from
/// being loaded, which are blacklist and forbid lines, and install lines whose command
/// does nothing (only_prevents_load). Everything else is ignored, without remarks.
void parse_forbidden_modules(std::string_view text, const std::string& file,
                             ModprobeConfig& config);

/// True if an install command does nothing but succeed or fail, so that its module is
/// not loaded: "/bin/true", "/usr/bin/false", ":", "exit 1", …; a comment may follow.
[[nodiscard]] bool only_prevents_load(std::string_view command);

/// The contents of a file that forbids one module, for every version of kmod: a comment,
/// a forbid line and the install line that repeats it.
/// \param module normalised
/// \param text one line
[[nodiscard]] std::string forbid_file_text(std::string_view module,
                                           std::string_view text);

/// The part of an options line from the first word that begins with '#': meant as a
/// comment, but passed to the kernel as parameters. Empty if there is none. Borrows
/// from \p options.
[[nodiscard]] std::string_view trailing_comment(std::string_view options);

/// Adds the module settings of a kernel command line: "module.parameter=value",
/// "module.parameter", "modprobe.blacklist=a,b". Double quotes group. Other words are
/// ignored: those with a second dot or a quote before the '=', with an '=' before the
/// dot, or with an unclosed quote. Words after "--" are for init.
void parse_kernel_command_line(std::string_view text, ModprobeConfig& config);

}  // namespace kmodpp
