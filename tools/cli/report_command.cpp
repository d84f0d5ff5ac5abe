// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/report_command.hpp"

#include "cli/diagnosis_view.hpp"

namespace kmodpp::cli {

std::optional<Context> open_context(const SystemOptions& options, Messages& messages) {
    auto context = Context::create(context_options(options), messages);
    if (!context) {
        report_failure(context.error(), options, messages, Priority::fatal);
        return std::nullopt;
    }
    if (!context->has_databases())
        show_findings(context->explain_missing({}), {}, Priority::warning, messages);
    return *std::move(context);
}

}  // namespace kmodpp::cli
