// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/report_command.hpp"

#include "cli/diagnosis_view.hpp"

namespace kmodpp::cli {

ContextOptions context_options(const Arguments& arguments) {
    return {.root = arguments.value("dirname").value_or("/"),
            .confined = arguments.has("confined"),
            .simulate = arguments.value("simulate"),
            .release = arguments.value("set-version"),
            .config = arguments.values("config")};
}

std::optional<Context> open_context(const Arguments& arguments, Messages& messages) {
    auto context = Context::create(context_options(arguments), messages);
    if (!context) {
        report_failure(context.error(), arguments, messages, Priority::fatal);
        return std::nullopt;
    }
    if (!context->has_databases())
        if (const auto findings = context->explain_missing({}))
            show_findings(*findings, {}, Priority::warning, messages);
    return *std::move(context);
}

}  // namespace kmodpp::cli
