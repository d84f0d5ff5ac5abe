// SPDX-License-Identifier: LGPL-2.1-or-later
// The options of a tool, declared once: the table feeds the parser and the help.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// One spelling of an option. Rows with the same letter or `same_as` mean the same
/// option.
struct Option {
    char letter = 0;             ///< 0: no short form
    const char* name = nullptr;  ///< long form without the dashes; null: none
    /// "FILE": it takes one; "[=FILE]": it may take one; null: it takes none.
    const char* argument = nullptr;
    const char* help = nullptr;  ///< one line; null: accepted, but not shown
    const char* same_as =
        nullptr;  ///< long name of the option that this is another name of
    /// It has to be written out: its abbreviations belong to an older option.
    bool exact = false;
};

/// What a command line said.
class Arguments {
public:
    /// By long name (or by the letter, as a text, of an option without one).
    [[nodiscard]] bool has(std::string_view option) const;
    /// The last one given.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
    /// Of options that exclude each other, the one given last; empty: none of them.
    [[nodiscard]] std::string_view last_of(
        std::span<const std::string_view> options) const;
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
    /// Whether a "--" ended the options.
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

/// Reads the words behind the tool's name with getopt_long: abbreviations, bundles,
/// options behind operands, "--". nullopt: an option is wrong, or its required argument
/// is empty; stderr says so.
[[nodiscard]] std::optional<Arguments> parse(std::span<const Option> options,
                                             const std::string& tool,
                                             const std::vector<std::string>& words);

/// The lines of the help, one per option.
[[nodiscard]] std::string describe(std::span<const Option> options);

}  // namespace kmodpp::cli
