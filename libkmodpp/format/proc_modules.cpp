// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/proc_modules.hpp"

#include "base/text.hpp"

namespace kmodpp {

namespace {

std::unexpected<Error> bad_field(std::string_view field, std::string_view text) {
    return fail(ErrorKind::malformed, cat("bad ", field, " '", printable(text), "'"));
}

Result<std::optional<long>> parse_refcount(std::string_view text) {
    if (text == "-") return std::optional<long>();
    long count = 0;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc{} || end != text.data() + text.size())
        return bad_field("reference count", text);
    return std::optional<long>(count);
}

Status parse_holders(std::string_view text, LoadedModule& module) {
    if (text == "-") return {};
    if (!text.ends_with(',')) return bad_field("list of holders", text);
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view holder = take_until(rest, ',');
        if (holder.empty()) return bad_field("list of holders", text);
        if (holder == kPermanent)
            module.permanent = true;
        else
            module.holders.emplace_back(holder);
    }
    return {};
}

Result<InitState> parse_state(std::string_view text) {
    if (text == "Live") return InitState::live;
    if (text == "Loading") return InitState::coming;
    if (text == "Unloading") return InitState::going;
    return bad_field("state", text);
}

Result<std::uint64_t> parse_address(std::string_view text) {
    if (text.starts_with("0x"))
        if (const auto address = parse_unsigned<std::uint64_t>(text.substr(2), 16))
            return *address;
    return bad_field("address", text);
}

Result<std::string> parse_taint(std::string_view text) {
    if (text.size() < 3 || text.front() != '(' || text.back() != ')')
        return bad_field("taint", text);
    text = text.substr(1, text.size() - 2);
    // The kernel repeats the state here as '+' (loading) or '-' (unloading).
    while (text.ends_with('+') || text.ends_with('-')) text.remove_suffix(1);
    return std::string(text);
}

Result<LoadedModule> parse_line(std::string_view line) {
    const auto words = split_words(line, CharSet(" "));
    if (words.size() < 6 || words.size() > 7)
        return fail(ErrorKind::malformed,
                    cat("has ", words.size(), " fields where 6 or 7 are expected"));
    LoadedModule module;
    module.name = words[0];
    const auto size = parse_unsigned<std::uint64_t>(words[1]);
    if (!size) return bad_field("size", words[1]);
    module.size = *size;
    TRY_ASSIGN(module.refcount, parse_refcount(words[2]));
    TRY(parse_holders(words[3], module));
    TRY_ASSIGN(module.state, parse_state(words[4]));
    TRY_ASSIGN(module.address, parse_address(words[5]));
    if (words.size() == 7) {
        TRY_ASSIGN(module.taint, parse_taint(words[6]));
    }
    return module;
}

}  // namespace

Result<std::vector<LoadedModule>> parse_proc_modules(std::string_view text) {
    std::vector<LoadedModule> modules;
    for (std::size_t number = 1; !text.empty(); ++number) {
        // A truncated line could look like one with a shorter address.
        if (text.find('\n') == std::string_view::npos)
            return fail(ErrorKind::malformed,
                        cat("line ", number, ": does not end with a newline"));
        auto module = parse_line(take_until(text, '\n'));
        if (!module)
            return std::unexpected(
                within(std::move(module).error(), cat("line ", number)));
        modules.push_back(*std::move(module));
    }
    return modules;
}

}  // namespace kmodpp
