// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verification_view.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

std::string signer_of(const SignatureCheck& check) {
    return check.signer.empty() ? "an unnamed signer"
                                : "'" + terminal_line(check.signer) + "'";
}

std::string explanation(const SignatureCheck& check) {
    if (check.verdict != SignatureVerdict::valid) return terminal_line(check.reason);
    return "signed by " + signer_of(check) + " (" + terminal_line(check.store) + ")";
}

/// A kernel that does not enforce signatures loads modules whose signature it cannot
/// check.
Style style_of(SignatureVerdict verdict) {
    switch (verdict) {
        case SignatureVerdict::valid: return Style::good;
        case SignatureVerdict::unsigned_module:
        case SignatureVerdict::unknown_key:
        case SignatureVerdict::unsupported: return Style::warning;
        case SignatureVerdict::changed:
        case SignatureVerdict::malformed:
        case SignatureVerdict::blacklisted:
        case SignatureVerdict::not_for_modules: break;
    }
    return Style::bad;
}

Style style_of(const VerifiedModule& module) {
    return module.builtin ? Style::plain
           : module.check ? style_of(module.check->verdict)
                          : Style::bad;
}

/// The text of a line in the summary, by which modules are counted.
std::string kind_of(const VerifiedModule& module) {
    if (module.builtin) return "builtin";
    if (!module.check) return "unreadable";
    const SignatureCheck& check = *module.check;
    std::string text(to_string(check.verdict));
    if (check.verdict == SignatureVerdict::valid) return text + ": " + explanation(check);
    return check.signer.empty() ? text : text + ": signed by " + signer_of(check);
}

}  // namespace

StyledText verdict_as_text(const VerifiedModule& module) {
    StyledText text;
    if (module.builtin) return text += terminal_line(module.name) + ": builtin\n";
    text += terminal_line(module.filename) + ": ";
    text.add(style_of(module), to_string(module.check->verdict)) +=
        ": " + explanation(*module.check) + "\n";
    return text;
}

void VerdictCounts::add(const VerifiedModule& module) {
    constexpr int kUnreadable = 1000;
    const int rank = module.builtin ? -1
                     : module.check ? static_cast<int>(module.check->verdict)
                                    : kUnreadable;
    Count& count = counts_[{rank, kind_of(module)}];
    count.style = style_of(module);
    ++count.modules;
}

StyledText VerdictCounts::as_text() const {
    std::size_t width = 0;
    for (const auto& [kind, count] : counts_)
        width = std::max(width, std::to_string(count.modules).size());
    StyledText text;
    for (const auto& [kind, count] : counts_) {
        const std::string number = std::to_string(count.modules);
        const std::string_view words = kind.second;
        const std::size_t verdict = std::min(words.find(':'), words.size());
        text += std::string(width - number.size(), ' ') + number + " ";
        text.add(count.style, words.substr(0, verdict)) += words.substr(verdict);
        text += "\n";
    }
    if (text.empty()) text += "0 modules\n";
    return text;
}

VerdictPrinter::VerdictPrinter(const CommonOptions& options, Messages& messages)
    : messages_(messages),
      json_(options.json),
      verbose_(options.verbose),
      terminal_(stdout_is_terminal()) {}

void VerdictPrinter::show(const Verdicts& modules) {
    if (modules) {
        for (const VerifiedModule& module : *modules) show(module);
    } else {
        all_trusted_ = false;
        messages_.error(modules.error().message);
    }
}

void VerdictPrinter::show_tree(const Verdicts& modules) {
    if (!modules) return show(modules);
    VerdictCounts counts;
    for (const VerifiedModule& module : *modules) {
        counts.add(module);
        if (json_ || verbose_ || !is_trusted(module)) show(module);
    }
    if (!json_) messages_.print(counts.as_text());
}

bool VerdictPrinter::finish() {
    if (json_) array_.finish();
    return all_trusted_;
}

void VerdictPrinter::show(const VerifiedModule& module) {
    all_trusted_ = all_trusted_ && is_trusted(module);
    if (json_)
        array_.element(verdict_as_json(module, terminal_));
    else if (module.check)
        messages_.print(verdict_as_text(module));
    else
        messages_.error(module.check.error().message);
}

}  // namespace kmodpp::cli
