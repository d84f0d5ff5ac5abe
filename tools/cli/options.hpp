// SPDX-License-Identifier: LGPL-2.1-or-later
// The option table of a tool, from which the parser, the help and the completions are
// made. Each row names the member of the tool's options that it sets.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// What every tool needs of its command line. The options of a tool are a struct that is
/// derived from this one. Members that no row of the tool's table sets keep their values.
struct CommonOptions {
    bool help = false;
    bool version = false;
    bool syslog = false;
    bool verbose = false;
    bool json = false;
    std::optional<std::string> color;
    std::vector<std::string> operands;
    bool has_end_mark = false;  ///< whether the options ended with "--"
};

/// Stores one occurrence of an option.
/// \param options an object of the type for which the table was made
/// \param value the argument; "": none
using Setter = void (*)(CommonOptions& options, const char* value);

/// An option as the parser, the help and the completions see it.
struct Option {
    const char* name;  ///< long form without the dashes; null: none
    /// "FILE": required; "[=FILE]": optional; null: the option takes no argument.
    const char* argument;
    const char* help;  ///< one line; null: not shown in the help
    Setter set;        ///< null: the option is accepted, but has no effect
    char letter;       ///< 0: no short form
    /// Cannot be abbreviated, because its abbreviations belong to an older option.
    bool exact;
};

/// A member of `Owner`, as the target of a row.
template <class Owner>
struct Member {
    Setter set;
    bool takes_argument;
};

/// The target of a row that is an alias of the option with this long name.
struct SameAs {
    const char* name;
};

/// The target of a row that is only accepted, mostly for old scripts.
struct NoEffect {};

namespace detail {

/// A flag is set, a text is replaced, and a list becomes longer.
inline void store(bool& member, const char* /*value*/) { member = true; }
void store(std::optional<std::string>& member, const char* value);
void store(std::vector<std::string>& member, const char* value);

template <class Class, class Value>
Class owner_of(Value Class::*);
template <class Class, class Value>
Value value_of(Value Class::*);

template <auto kMember>
using Owner = decltype(owner_of(kMember));

template <auto kMember>
void set_member(CommonOptions& options, const char* value) {
    store(static_cast<Owner<kMember>&>(options).*kMember, value);
}

/// A text as a template argument.
template <std::size_t kSize>
struct Text {
    // NOLINTNEXTLINE(google-explicit-constructor): written as a string
    consteval Text(const char (&text)[kSize]) { std::copy_n(text, kSize, characters); }
    char characters[kSize];
};

template <auto kMember, Text kText>
void set_text(CommonOptions& options, const char* /*value*/) {
    store(static_cast<Owner<kMember>&>(options).*kMember, kText.characters);
}

}  // namespace detail

/// The target of a row that sets a member: a flag if the option takes no argument; the
/// last argument, or the list of all.
template <auto kMember>
inline constexpr Member<detail::Owner<kMember>> sets = {
    detail::set_member<kMember>,
    !std::same_as<decltype(detail::value_of(kMember)), bool>};

/// The target of a row without an argument that sets a member to this text.
template <auto kMember, detail::Text kText>
inline constexpr Member<detail::Owner<kMember>> sets_to = {
    detail::set_text<kMember, kText>, false};

/// A row of the table of a tool whose options are an `Options`. Its target is a member of
/// this struct or of one that it is derived from.
template <class Options>
struct Row {
    constexpr Row() = default;
    template <class Owner>
    requires std::derived_from<Options, Owner>
    consteval Row(char letter, const char* name, const char* argument, const char* help,
                  Member<Owner> member, bool exact = false)
        : option{name, argument, help, member.set, letter, exact}, has_target(true) {
        if ((argument != nullptr) != member.takes_argument)
            throw "a flag takes no argument, another member needs one";
    }
    consteval Row(char letter, const char* name, const char* argument, const char* help,
                  SameAs alias)
        : option{name, argument, help, nullptr, letter, false}, same_as(alias.name) {}
    consteval Row(char letter, const char* name, const char* argument, const char* help,
                  NoEffect /*none*/)
        : option{name, argument, help, nullptr, letter, false} {}
    /// A row that several tools have.
    template <class Base>
    requires std::derived_from<Options, Base>
    // NOLINTNEXTLINE(google-explicit-constructor): a table contains both kinds
    constexpr Row(const Row<Base>& row)
        : option(row.option), same_as(row.same_as), has_target(row.has_target) {}

    Option option{};
    const char* same_as = nullptr;
    /// Whether the row itself names a member. (With UBSan, GCC cannot compare
    /// option.set with null in a constant expression.)
    bool has_target = false;
};

/// The table of a tool whose options are an `Options`.
template <class Options, std::size_t kSize>
struct OptionTable {
    std::array<Option, kSize> rows;
};

/// Makes a table. An alias gets the target of the row that it names. A letter or a name
/// belongs to one row.
template <class Options, class Base, std::size_t kSize>
requires std::derived_from<Options, Base>
[[nodiscard]] consteval OptionTable<Options, kSize> table_of(
    const std::array<Row<Base>, kSize>& rows) {
    const auto named = [&rows](std::string_view name) -> const Row<Base>& {
        for (const Row<Base>& row : rows)
            if (row.option.name != nullptr && row.option.name == name) return row;
        throw "an alias of an option that does not exist";
    };
    OptionTable<Options, kSize> table{};
    for (std::size_t i = 0; i < kSize; ++i) {
        table.rows[i] = rows[i].option;
        const auto is_taken = [&row = table.rows[i]](const Row<Base>& earlier) {
            const Option& other = earlier.option;
            return (row.letter != 0 && row.letter == other.letter) ||
                   (row.name != nullptr && other.name != nullptr &&
                    std::string_view(row.name) == other.name);
        };
        if (std::any_of(rows.begin(), rows.begin() + i, is_taken))
            throw "two rows for one option";
        if (rows[i].same_as == nullptr) continue;
        const Row<Base>& target = named(rows[i].same_as);
        if (!target.has_target ||
            (target.option.argument != nullptr) != (rows[i].option.argument != nullptr))
            throw "an alias takes the same argument as its option, and has an effect";
        table.rows[i].set = target.option.set;
    }
    return table;
}

template <class Options, std::size_t kSize>
[[nodiscard]] consteval OptionTable<Options, kSize> table_of(
    const Row<Options> (&rows)[kSize]) {
    return table_of<Options>(std::to_array(rows));
}

/// The same, followed by rows that several tools have.
template <class Options, std::size_t kFirst, class Base, std::size_t kShared>
[[nodiscard]] consteval OptionTable<Options, kFirst + kShared> table_of(
    const Row<Options> (&first)[kFirst], const std::array<Row<Base>, kShared>& shared) {
    std::array<Row<Options>, kFirst + kShared> rows;
    std::copy_n(first, kFirst, rows.begin());
    std::copy_n(shared.begin(), kShared, rows.begin() + kFirst);
    return table_of<Options>(rows);
}

/// Parses the words after the tool's name with getopt_long: abbreviations, grouped
/// letters, options after operands, "--". Ends at --help and --version. Prints an error
/// and returns false if an option is invalid or its required argument is empty.
[[nodiscard]] bool parse(std::span<const Option> table, const std::string& tool,
                         const std::vector<std::string>& words, CommonOptions& options);

/// The lines of the help, one per option.
[[nodiscard]] std::string describe(std::span<const Option> table);

/// An option that was given or not, for messages on conflicts.
struct GivenOption {
    const char* name;
    bool given;
};
/// The first option of the list that was given; null: none.
[[nodiscard]] const char* first_given(std::initializer_list<GivenOption> options);

}  // namespace kmodpp::cli
