// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod forbid and kmod allow: keep a module from being loaded, and end that.
#include <string>
#include <string_view>

#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/forbid_view.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'d', "dirname", "DIR", "change the configuration under DIR", nullptr},
    kSetVersionOption,
    kSimulateOption,
    kJsonOption,
    kColorOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

Result<Context> open_context(const Arguments& arguments, Messages& messages) {
    return Context::create({.root = arguments.value("dirname").value_or("/"),
                            .simulate = arguments.value("simulate"),
                            .release = arguments.value("set-version"),
                            .config_in_root = true},
                           messages);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

int run_forbid(const Arguments& arguments, Messages& messages) {
    const std::vector<std::string>& operands = arguments.operands();
    if (operands.empty()) {
        messages.error("missing module name.");
        return kFailure;
    }
    auto context = open_context(arguments, messages);
    if (!context) return report_failure(context.error(), arguments, messages);
    const auto change =
        context->forbid(operands.front(), joined({operands.begin() + 1, operands.end()}));
    if (!change) return report_failure(change.error(), arguments, messages);
    print(arguments.has("json") ? change_as_json(*change) : forbid_as_text(*change));
    return kSuccess;
}

int run_allow(const Arguments& arguments, Messages& messages) {
    if (arguments.operands().size() != 1) {
        messages.error("expected the name of one module.");
        return kFailure;
    }
    auto context = open_context(arguments, messages);
    if (!context) return report_failure(context.error(), arguments, messages);
    const auto change = context->allow(arguments.operands().front());
    if (!change) return report_failure(change.error(), arguments, messages);
    print(arguments.has("json") ? change_as_json(*change) : allow_as_text(*change));
    for (const ConfigRule& rule : change->others)
        messages.error(change->module + " is still forbidden by the " +
                       std::string(to_string(rule.kind)) + " line in " +
                       rule.origin.describe());
    return change->others.empty() ? kSuccess : kFailure;
}

}  // namespace

const Tool kForbid = {"forbid", "keep a module from being loaded",
                      "  kmod forbid [options] MODULE [TEXT...]\n", kOptions, run_forbid};
const Tool kAllow = {"allow", "end the effect of kmod forbid",
                     "  kmod allow [options] MODULE\n", kOptions, run_allow};

}  // namespace kmodpp::cli
