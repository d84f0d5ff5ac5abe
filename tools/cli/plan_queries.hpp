// SPDX-License-Identifier: LGPL-2.1-or-later
// The queries of modprobe that only make plans, without executing them.
#pragma once

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"
#include "cli/modprobe_options.hpp"
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

/// What the run is about. -R takes precedence over -r.
[[nodiscard]] inline Answer::Question question_of(const ModprobeOptions& options) {
    if (options.resolve_alias) return Answer::Question::resolve;
    return options.remove || options.remove_holders ? Answer::Question::remove
                                                    : Answer::Question::insert;
}

/// Prints the result of Mode::graph, explain or show_plans. Returns whether all names
/// were found and no required load would fail.
[[nodiscard]] bool run_plan_query(const ModprobeOptions& options, Mode mode,
                                  const Context& context, Messages& messages);

}  // namespace kmodpp::cli
