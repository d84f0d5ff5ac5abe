// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/config_views.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "cli/document.hpp"
#include "cli/hex.hpp"
#include "cli/json.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

namespace {

using Versions = Result<std::vector<SymbolVersion>>;

/// Collects short lines and prints them in large blocks.
class LineBuffer {
public:
    LineBuffer() { text_.reserve(kSize + kSize / 4); }
    ~LineBuffer() { print(text_); }
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;

    template <class... Parts>
    void add(const Parts&... parts) {
        ((text_ += parts), ...);
        if (text_.size() < kSize) return;
        print(text_);
        text_.clear();
    }

private:
    static constexpr std::size_t kSize = 64 * 1024;
    std::string text_;
};

/// "0x" and eight digits.
std::string crc_text(std::uint32_t crc) {
    std::string text = "0x00000000";
    for (auto at = text.rbegin(); crc != 0; ++at, crc >>= 4) *at = kHexDigits[crc & 0xf];
    return text;
}

bool failed(const Error& error, Form form, Messages& messages) {
    messages.fatal(error.message);
    if (form == Form::json) print(error_document(error));
    return false;
}

Json json_of(const ConfigFinding& finding) {
    Json json = {{"level", to_string(finding.level)}, {"kind", to_string(finding.kind)}};
    if (!finding.origin.empty()) json["origin"] = cli::json_of(finding.origin);
    if (!finding.name.empty()) json["name"] = finding.name;
    if (!finding.nearest.empty()) json["nearest"] = finding.nearest;
    json["text"] = finding.text;
    return json;
}

Style style_of(FindingLevel level) {
    return level == FindingLevel::error     ? Style::bad
           : level == FindingLevel::warning ? Style::warning
                                            : Style::plain;
}

/// "FILE:LINE: level: text", the format of compilers, which editors can parse.
StyledText line_of(const ConfigFinding& finding) {
    StyledText line;
    line += finding.origin.file;
    if (finding.origin.line != 0) line += ":" + std::to_string(finding.origin.line);
    if (!line.empty()) line += ": ";
    line.add(style_of(finding.level), to_string(finding.level)) +=
        ": " + finding.text + "\n";
    return line;
}

/// "1 error", "2 errors".
std::string counted(std::size_t number, std::string_view what) {
    std::string text = std::to_string(number) + " ";
    text += what;
    return number == 1 ? text : text + "s";
}

bool print_configuration(const Context& context, Messages& messages) {
    const auto rules = context.configuration();
    if (!rules) return failed(rules.error(), Form::text, messages);
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
        if (!done) return failed(done.error(), Form::text, messages);
    }
    return true;
}

bool print_configuration_json(const Context& context, Messages& messages) {
    const auto rules = context.configuration();
    if (!rules) return failed(rules.error(), Form::json, messages);
    Json json = {
        {"rules", Json::array()}, {"aliases", Json::array()}, {"symbols", Json::array()}};
    for (const ConfigRule& rule : *rules) json["rules"].push_back(cli::json_of(rule));
    for (const AliasIndex index : {AliasIndex::modules, AliasIndex::symbols}) {
        Json& list = json[index == AliasIndex::modules ? "aliases" : "symbols"];
        const auto done = context.for_each_alias(
            index, [&list](std::string_view pattern, std::string_view module) {
                list.push_back({{"pattern", pattern}, {"module", module}});
            });
        if (!done) return failed(done.error(), Form::json, messages);
    }
    print(json_text(json));
    return true;
}

/// \param what the name of the list in error messages
bool print_versions(const Versions& versions, const std::string& name,
                    const std::string& what, Form form, Messages& messages) {
    if (!versions && versions.error().kind == ErrorKind::not_found)
        return failed(versions.error(), form, messages);
    if (!versions || versions->empty()) {
        const std::string reason =
            versions ? name + ": " + std::strerror(ENODATA) : versions.error().message;
        return failed({.kind = versions ? ErrorKind::not_found : versions.error().kind,
                       .message = "could not get " + what + " of " + reason},
                      form, messages);
    }
    if (form == Form::json) {
        Json list = Json::array();
        for (const SymbolVersion& version : *versions) {
            Json entry = {{"symbol", version.name}};
            if (version.crc) entry["crc"] = crc_text(*version.crc);
            list.push_back(std::move(entry));
        }
        print(json_text(list));
        return true;
    }
    LineBuffer out;
    for (const SymbolVersion& version : *versions)
        out.add(crc_text(version.crc.value_or(0)), "\t", version.name, "\n");
    return true;
}

}  // namespace

bool show_configuration(const Context& context, Form form, Messages& messages) {
    return form == Form::json ? print_configuration_json(context, messages)
                              : print_configuration(context, messages);
}

bool show_configuration_check(const Context& context, Form form, Messages& messages) {
    // The findings include what these warnings report.
    messages.show_library_down_to(Priority::error);
    const auto report = context.check_configuration();
    if (!report) return failed(report.error(), form, messages);
    const auto count = [&](FindingLevel level) {
        return static_cast<std::size_t>(
            std::ranges::count(report->findings, level, &ConfigFinding::level));
    };
    const std::size_t errors = count(FindingLevel::error);
    if (form == Form::json) {
        Json json = {{"files", report->files}, {"findings", Json::array()}};
        for (const ConfigFinding& finding : report->findings)
            json["findings"].push_back(json_of(finding));
        print(json_text(json));
        return errors == 0;
    }
    StyledText out;
    for (const ConfigFinding& finding : report->findings) out += line_of(finding);
    out += counted(report->files, "file") + ": " + counted(errors, "error") + ", " +
           counted(count(FindingLevel::warning), "warning") + ", " +
           counted(count(FindingLevel::note), "note") + "\n";
    messages.print(out);
    return errors == 0;
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
