// SPDX-License-Identifier: LGPL-2.1-or-later
// Examines the parameters, the module's state in the kernel, memory, and the module's
// init function.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/errno_name.hpp"
#include "base/text.hpp"
#include "catalog/parameter_check.hpp"
#include "diagnose/load_case.hpp"

namespace kmodpp {

namespace {

struct ErrnoMeaning {
    int code;
    std::string_view meaning;
};
/// What drivers usually mean by the errno that their init functions return.
constexpr std::array<ErrnoMeaning, 11> kInitMeanings = {{
    {ENODEV, "its hardware is not present, or another driver uses it"},
    {ENXIO, "its hardware does not respond"},
    {EIO, "its hardware reports errors"},
    {ENOENT, "something that it needs is missing, such as firmware"},
    {EBUSY, "a resource that it needs is in use by another driver"},
    {EEXIST, "something that it registers already exists"},
    {ENOMEM, "there was not enough memory"},
    {EOPNOTSUPP, "the processor or the firmware lacks the feature, or it is disabled"},
    {EINVAL, "it does not support its parameters or this machine"},
    {EPERM, "something that it needs is not permitted"},
    {ETIMEDOUT, "its hardware did not respond in time"},
}};

/// Whether the errno must come from an init function: the kernel's loader never returns
/// it.
bool is_from_init(int code) {
    constexpr std::array kOfLoader = {EINVAL, ENOEXEC, ENOENT, EPERM,  EEXIST,
                                      EBUSY,  ENOMEM,  ENOSPC, EACCES, ERANGE};
    return std::ranges::find(kOfLoader, code) == kOfLoader.end();
}

}  // namespace

void examine_parameters(LoadCase& load) {
    const std::string& parameters = load.failure.step.options;
    if (load.found_something() || parameters.empty()) return;
    const std::string advice = cat(
        "run 'modinfo -p ",
        load.entry() ? load.failure.step.module : quote_for_shell(load.failure.step.path),
        "' for the parameters of the module");
    for (const ParameterProblem& problem :
         check_parameters(load.name, parameters, load.file)) {
        if (problem.kind != ParameterProblem::Kind::bad_value) continue;
        load.out.findings.push_back(
            {FailureCause::bad_parameter, problem.text, advice, {}});
        auto& facts = load.out.findings.back().facts;
        facts = {{"parameter", problem.name}};
        if (problem.value) facts.push_back({"value", *problem.value});
        if (!problem.type.empty()) facts.push_back({"type", problem.type});
    }
    if (load.found_something()) return;
    // A driver may check its parameters itself; only the kernel's log shows that.
    const auto& limits = load.messages.parameter_limits;
    for (const auto& [name, value] : load.messages.bad_parameters) {
        const auto limit = std::ranges::find(limits, name, &KernelMessages::Pair::first);
        const std::string refusal =
            limit == limits.end()
                ? cat("the module refuses the value '", printable(value, 64), "'")
                : cat("at most ", printable(limit->second), " are allowed");
        load.add(FailureCause::bad_parameter,
                 cat("parameter ", printable(name), ": ", refusal), advice)
            .facts = {{"parameter", name}, {"value", value}};
    }
}

void examine_state(LoadCase& load) {
    if (load.found_something()) return;
    kernel::Kernel& kernel = load.sources.kernel;
    switch (load.code()) {
        case ETXTBSY:
            load.add(FailureCause::file_busy,
                     cat(load.file.path(), " is open for writing in another process"),
                     "try again when it has been written");
            return;
        case ENOMEM:
        case ENOSPC:
            load.add(FailureCause::out_of_memory,
                     "there was not enough memory for the loader or the module's init "
                     "function",
                     "run 'dmesg' to see which allocation failed");
            return;
        case ENOSYS:
            load.add(FailureCause::unsupported_by_kernel,
                     "this kernel was built without loadable modules");
            return;
        default: break;
    }
    const InitState state = kernel.state(load.name);
    const std::string_view renamed =
        load.name != load.failure.step.module ? ", which is the name in this file," : "";
    const bool builtin = state == InitState::builtin ||
                         (state == InitState::absent &&
                          load.sources.catalog.is_builtin(load.name).value_or(false));
    if (builtin)
        load.add(FailureCause::builtin, "is built into this kernel");
    else if (state == InitState::live)
        load.add(FailureCause::already_loaded, "is already loaded",
                 cat("to reload it, run 'rmmod ", load.name, "' first"));
    else if (state == InitState::coming)
        load.add(FailureCause::being_loaded, "is being loaded by another process",
                 "try again");
    else if (state == InitState::going)
        load.add(FailureCause::being_removed, "is being removed by another process",
                 "try again");
    else
        return;
    Finding& finding = load.out.findings.back();
    finding.text = cat(load.name, renamed, finding.text.substr(load.name.size() + 1));
}

void examine_init(LoadCase& load) {
    const int code = load.code();
    const std::string_view symbol = errno_name(code);
    const std::string named = symbol.empty() ? cat("error ", code) : std::string(symbol);
    const bool has_lines = std::ranges::any_of(
        load.messages.lines, [](const KernelLine& line) { return !line.explained; });
    // If no line is about the module, the diagnosis shows the latest lines.
    const bool has_log = has_lines || !load.messages.latest.empty();
    const std::string advice = !load.failure.kernel_log
                                   ? "run 'dmesg' as root: the kernel may have logged why"
                               : has_log ? "see the kernel's log below"
                                         : "";
    // A file that cannot be a module has no init function.
    const bool sure = is_from_init(code);
    if (!load.image || code == ENOEXEC || (!sure && has_log)) {
        load.add(FailureCause::unknown,
                 cat("the kernel refused ", load.file.path(), " (", named, ")"), advice)
            .facts = {{"errno", named}};
        return;
    }
    std::string text = cat("its init function returned ", named);
    if (!sure)
        text = cat(load.failure.kernel_log ? "the kernel logged no reason; " : "",
                   "no problem was found in the file; most likely ", text);
    const auto meaning = std::ranges::find(kInitMeanings, code, &ErrnoMeaning::code);
    if (meaning != kInitMeanings.end()) text += cat(": ", meaning->meaning);
    load.add(FailureCause::init_failed, text, advice).facts = {{"errno", named}};
}

}  // namespace kmodpp
