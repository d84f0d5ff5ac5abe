// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verify_modules.hpp"

#include <string>

#include "cli/progress.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

bool verify_modules(const CommonOptions& options, bool all, NameKind kind,
                    const Context& context, Messages& messages) {
    VerdictPrinter printer(options, messages);
    if (all) {
        const auto modules = [&] {
            ProgressLine line("verifying modules");
            return context.verify_all(
                [&line](std::size_t done, std::size_t count) { line.update(done, count); });
        }();
        printer.show_tree(modules);
    }
    for (const std::string& operand : options.operands)
        printer.show(context.verify(operand, kind));
    return printer.finish();
}

}  // namespace kmodpp::cli
