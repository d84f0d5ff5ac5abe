// SPDX-License-Identifier: LGPL-2.1-or-later
// The option table of a tool, from which the parser, the help and the completions are
// made.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// One row of the table. Rows with the same letter or `same_as` are the same option.
struct Option {
    char letter = 0;             ///< 0: no short form
    const char* name = nullptr;  ///< long form without the dashes; null: none
    /// "FILE": required; "[=FILE]": optional; null: the option takes no argument.
    const char* argument = nullptr;
    const char* help = nullptr;  ///< one line; null: not shown in the help
    /// The long name of the option that this is an alias of; null: not an alias.
    const char* same_as = nullptr;
    /// Cannot be abbreviated, because its abbreviations belong to an older option.
    bool exact = false;
};

/// A parsed command line. An option is identified by its long name or, if it has none,
/// by its letter.
class Arguments {
public:
    [[nodiscard]] bool has(std::string_view option) const;
    /// The last value of the option; nullopt: not given.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
    /// The last given of several options; empty: none was given.
    [[nodiscard]] std::string_view last_of(
        std::span<const std::string_view> options) const;
    /// The same, with an option without an argument in addition.
    [[nodiscard]] Arguments with(std::string_view option) const;
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
    /// Whether the options ended with "--".
    [[nodiscard]] bool has_end_mark() const { return has_end_mark_; }

private:
    friend std::optional<Arguments> parse(std::span<const Option>, const std::string&,
                                          const std::vector<std::string>&);
    struct Given {
        std::string option;
        std::string value;
    };
    std::vector<Given> given_;
    std::vector<std::string> operands_;
    bool has_end_mark_ = false;
};

/// Parses the words after the tool's name with getopt_long: abbreviations, grouped
/// letters, options after operands, "--". Prints an error and returns nullopt if an
/// option is invalid or its required argument is empty.
[[nodiscard]] std::optional<Arguments> parse(std::span<const Option> options,
                                             const std::string& tool,
                                             const std::vector<std::string>& words);

/// The lines of the help, one per option.
[[nodiscard]] std::string describe(std::span<const Option> options);

}  // namespace kmodpp::cli
