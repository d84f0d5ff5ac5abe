// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/config_views.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "cli/document.hpp"
#include "cli/hex.hpp"

namespace kmodpp::cli {

namespace {

using Versions = Result<std::vector<SymbolVersion>>;

/// Collects short lines and prints them in large blocks.
class LineBuffer {
public:
    LineBuffer() { make_room(64 * 1024); }
    ~LineBuffer() { flush(); }
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;

    /// Adds one line. Lines are never split, because print() escapes characters.
    template <class... Parts>
    void add(const Parts&... parts) {
        add_views(std::string_view(parts)...);
    }

private:
    // memcpy, because a line has several short parts, and std::string::append is a call
    // for each of them.
    template <class... Views>
    void add_views(Views... parts) {
        const std::size_t size = (parts.size() + ...);
        if (size > room_ - used_) flush();
        if (size > room_) make_room(size);
        char* at = text_.get() + used_;
        ((std::memcpy(at, parts.data(), parts.size()), at += parts.size()), ...);
        used_ += size;
    }

    void make_room(std::size_t size) {
        text_ = std::make_unique_for_overwrite<char[]>(size);
        room_ = size;
    }

    void flush() {
        print({text_.get(), used_});
        used_ = 0;
    }

    std::unique_ptr<char[]> text_;
    std::size_t room_ = 0;
    std::size_t used_ = 0;
};

bool print_configuration(const Context& context, Messages& messages) {
    const auto rules = context.configuration();
    if (!rules) return show_failure(rules.error(), Form::text, messages);
    LineBuffer out;
    for (const ConfigRule& rule : *rules) {
        out.add(to_string(rule.kind), " ", rule.name);
        if (rule.kind != RuleKind::blacklist &&
            (rule.kind != RuleKind::forbid || !rule.text.empty()))
            out.add(" ", rule.text);
        out.add("\n");
    }
    out.add("\n# End of configuration files. Dumping indexes now:\n\n");
    for (const AliasIndex index : {AliasIndex::modules, AliasIndex::symbols}) {
        const auto done = context.for_each_alias(
            index, [&out](std::string_view pattern, std::string_view module) {
                out.add("alias ", pattern, " ", module, "\n");
            });
        if (!done) return show_failure(done.error(), Form::text, messages);
    }
    return true;
}

/// \param what the name of the list in error messages
bool print_versions(const Versions& versions, const std::string& name,
                    const std::string& what, Form form, Messages& messages) {
    if (!versions && versions.error().kind == ErrorKind::not_found)
        return show_failure(versions.error(), form, messages);
    if (!versions || versions->empty()) {
        const std::string reason =
            versions ? name + ": " + std::strerror(ENODATA) : versions.error().message;
        return show_failure(
            {.kind = versions ? ErrorKind::not_found : versions.error().kind,
             .message = "could not get " + what + " of " + reason},
            form, messages);
    }
    if (form == Form::json) {
        print(versions_as_json(*versions));
        return true;
    }
    LineBuffer out;
    for (const SymbolVersion& version : *versions)
        out.add(crc_text(version.crc.value_or(0)), "\t", version.name, "\n");
    return true;
}

/// Prints nothing unless everything can be read.
bool print_configuration_json(const Context& context, Messages& messages) {
    const auto document = configuration_as_json(context);
    if (!document) return show_failure(document.error(), Form::json, messages);
    print(*document);
    return true;
}

}  // namespace

std::string crc_text(std::uint32_t crc) {
    std::string text = "0x00000000";
    for (auto at = text.rbegin(); crc != 0; ++at, crc >>= 4) *at = kHexDigits[crc & 0xf];
    return text;
}

bool show_failure(const Error& error, Form form, Messages& messages) {
    messages.fatal(error.message);
    if (form == Form::json) print(error_document(error));
    return false;
}

bool show_configuration(const Context& context, Form form, Messages& messages) {
    return form == Form::json ? print_configuration_json(context, messages)
                              : print_configuration(context, messages);
}

bool show_symbol_versions(const Context& context, const std::string& name, Form form,
                          Messages& messages) {
    return print_versions(context.symbol_versions(name), name, "modversions", form,
                          messages);
}

bool show_exports(const Context& context, const std::string& name, Form form,
                  Messages& messages) {
    return print_versions(context.exports(name), name, "symbols", form, messages);
}

}  // namespace kmodpp::cli
