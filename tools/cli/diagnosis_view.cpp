// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/diagnosis_view.hpp"

#include <algorithm>
#include <cerrno>

namespace kmodpp::cli {

namespace {

/// A driver may log many lines when it fails; dmesg shows all of them.
constexpr std::size_t kMaxKernelLines = 8;
/// There may be thousands, such as the unknown symbols of a module.
constexpr std::size_t kMaxFindings = 12;

void show_kernel_log(const Diagnosis& diagnosis, Messages& messages) {
    std::size_t shown = 0, left = 0;
    for (const KernelLine& line : diagnosis.kernel_log) {
        if (line.explained) continue;
        if (shown == kMaxKernelLines) {
            ++left;
            continue;
        }
        messages.notice("kernel: " + line.text);
        ++shown;
    }
    if (left > 0)
        messages.notice("kernel: " + std::to_string(left) + " more lines, see dmesg");
}

}  // namespace

static void print_findings(const std::vector<Finding>& findings,
                           std::string_view headline, Priority priority,
                           Messages& messages) {
    std::vector<std::string_view> advice;  // that was already printed
    std::size_t shown = 0;
    for (const Finding& finding : findings) {
        if (shown == kMaxFindings) {
            messages.report(priority,
                            std::to_string(findings.size() - shown) + " more causes");
            break;
        }
        ++shown;
        if (!headline.contains(finding.text)) messages.report(priority, finding.text);
    }
    for (const Finding& finding : findings) {
        if (finding.advice.empty() ||
            std::ranges::find(advice, finding.advice) != advice.end())
            continue;
        advice.emplace_back(finding.advice);
        messages.notice(finding.advice);
        if (advice.size() == kMaxFindings) break;
    }
}

/// An image may contain no library that explains failures.
static void report_no_explanation(const Error& error, Messages& messages) {
    if (error.kind == ErrorKind::unsupported)
        messages.notice("no explanation: " + error.message);
}

void show_findings(const Result<std::vector<Finding>>& findings,
                   std::string_view headline, Priority priority, Messages& messages) {
    if (!findings) return report_no_explanation(findings.error(), messages);
    print_findings(*findings, headline, priority, messages);
}

StepFailure busy_removal(const std::string& module) {
    StepFailure failure;
    failure.step.action = Step::Action::remove;
    failure.step.module = module;
    failure.error = {ErrorKind::busy, EAGAIN, module + " is in use"};
    return failure;
}

void show_diagnosis(const Result<Diagnosis>& diagnosis, std::string_view headline,
                    Messages& messages) {
    if (!diagnosis) return report_no_explanation(diagnosis.error(), messages);
    print_findings(diagnosis->findings, headline, Priority::error, messages);
    show_kernel_log(*diagnosis, messages);
}

void ParameterWarnings::add(const ParameterProblem& problem) {
    if (problem.kind != ParameterProblem::Kind::bad_value)
        messages_.warning(problem.text);
    else if (std::ranges::find(bad_values_, problem.text) == bad_values_.end())
        bad_values_.push_back(problem.text);
}

void ParameterWarnings::finish(const Diagnosis* reported) {
    const auto is_reported = [reported](const std::string& text) {
        // The warning is the finding followed by the origin of the value.
        return reported != nullptr &&
               std::ranges::any_of(reported->findings, [&](const Finding& finding) {
                   return text.starts_with(finding.text);
               });
    };
    for (const std::string& text : bad_values_)
        if (!is_reported(text)) messages_.warning(text);
    bad_values_.clear();
}

}  // namespace kmodpp::cli
