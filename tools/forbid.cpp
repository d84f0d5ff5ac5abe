// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod forbid and kmod allow: keep a module from being loaded, and end that.
#include <string>
#include <string_view>

#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/forbid_view.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr auto kOptions = table_of<SystemOptions>({
    {'d', "dirname", "DIR", "change the configuration under DIR",
     sets<&SystemOptions::root>},
    kSetVersionOption,
    kSimulateOption,
    kJsonOption,
    kColorOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

Result<Context> open_context(const SystemOptions& options, Messages& messages) {
    ContextOptions selected = context_options(options);
    selected.config_in_root = true;
    return Context::create(selected, messages);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

int run_forbid(const SystemOptions& options, Messages& messages) {
    const std::vector<std::string>& operands = options.operands;
    if (operands.empty()) {
        messages.error("missing module name.");
        return kFailure;
    }
    auto context = open_context(options, messages);
    if (!context) return report_failure(context.error(), options, messages);
    const auto change =
        context->forbid(operands.front(), joined({operands.begin() + 1, operands.end()}));
    if (!change) return report_failure(change.error(), options, messages);
    print(options.json ? change_as_json(*change) : forbid_as_text(*change));
    return kSuccess;
}

int run_allow(const SystemOptions& options, Messages& messages) {
    if (options.operands.size() != 1) {
        messages.error("expected the name of one module.");
        return kFailure;
    }
    auto context = open_context(options, messages);
    if (!context) return report_failure(context.error(), options, messages);
    const auto change = context->allow(options.operands.front());
    if (!change) return report_failure(change.error(), options, messages);
    print(options.json ? change_as_json(*change) : allow_as_text(*change));
    for (const ConfigRule& rule : change->others)
        messages.error(change->module + " is still forbidden by the " +
                       std::string(to_string(rule.kind)) + " line in " +
                       rule.origin.describe());
    return change->others.empty() ? kSuccess : kFailure;
}

}  // namespace

const Tool kForbid =
    tool_of("forbid", "keep a module from being loaded",
            "  kmod forbid [options] MODULE [TEXT...]\n", kOptions, runs<run_forbid>);
const Tool kAllow = tool_of("allow", "end the effect of kmod forbid",
                            "  kmod allow [options] MODULE\n", kOptions, runs<run_allow>);

}  // namespace kmodpp::cli
