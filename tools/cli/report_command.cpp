// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/report_command.hpp"

#include "cli/diagnosis_view.hpp"
#include "cli/document.hpp"

namespace kmodpp::cli {

std::optional<Context> open_context(const Arguments& arguments, Messages& messages) {
    auto context = Context::create({.root = arguments.value("dirname").value_or("/"),
                                    .confined = arguments.has("confined"),
                                    .simulate = arguments.value("simulate"),
                                    .release = arguments.value("set-version"),
                                    .config = arguments.values("config")},
                                   messages);
    if (!context) {
        messages.fatal(context.error().message);
        if (arguments.has("json")) print(error_document(context.error()));
        return std::nullopt;
    }
    if (!context->has_databases())
        if (const auto findings = context->explain_missing({}))
            show_findings(*findings, {}, Priority::warning, messages);
    return *std::move(context);
}

int report_failure(const Error& error, const Arguments& arguments, Messages& messages) {
    messages.error(error.message);
    if (arguments.has("json")) print(error_document(error));
    return kFailure;
}

}  // namespace kmodpp::cli
