// SPDX-License-Identifier: LGPL-2.1-or-later
// Parameters, what is loaded already, what the machine has left, and the module's init.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "diagnose/load_case.hpp"
#include "catalog/parameter_check.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

struct ErrnoMeaning {
    int code;
    std::string_view meaning;
};
/// What drivers mean by what their init functions return.
constexpr std::array<ErrnoMeaning, 11> kInitMeanings = {{
    {ENODEV, "the hardware that it drives is not there, or has another driver"},
    {ENXIO, "the hardware that it drives does not answer"},
    {EIO, "the hardware answers with errors"},
    {ENOENT, "something that it looks for is missing, such as firmware"},
    {EBUSY, "something that it needs is in use by another driver"},
    {EEXIST, "something that it registers is there already"},
    {ENOMEM, "there was not enough memory"},
    {EOPNOTSUPP,
     "the processor or the firmware lacks the feature, or has it switched off"},
    {EINVAL, "it does not like its parameters or the machine"},
    {EPERM, "it is not allowed what it needs"},
    {ETIMEDOUT, "the hardware did not answer in time"},
}};

/// Errnos that the loader itself never returns for a module that it could begin with.
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
        "'modinfo -p ", load.entry() ? load.failure.step.module : load.failure.step.path,
        "' lists its parameters");
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
    // A driver's own rules, which only it knows.
    const auto& limits = load.messages.parameter_limits;
    for (const auto& [name, value] : load.messages.bad_parameters) {
        const auto limit = std::ranges::find(limits, name, &KernelMessages::Pair::first);
        const std::string refusal =
            limit == limits.end() ? cat("does not take '", printable(value, 64), "'")
                                  : cat("takes ", printable(limit->second), " at most");
        load.add(FailureCause::bad_parameter,
                 cat("parameter ", printable(name), ": it ", refusal), advice)
            .facts = {{"parameter", name}, {"value", value}};
    }
}

void examine_state(LoadCase& load) {
    if (load.found_something()) return;
    kernel::Kernel& kernel = load.sources.kernel;
    switch (load.code()) {
        case ETXTBSY:
            load.add(
                FailureCause::file_busy,
                cat(load.file.path(), " is open for writing: somebody is changing it"),
                "try again when it is written");
            return;
        case ENOMEM:
        case ENOSPC:
            load.add(FailureCause::out_of_memory,
                     "there was not enough memory, for the loader or for the module's "
                     "init function",
                     "'dmesg' tells which allocation failed");
            return;
        case ENOSYS:
            load.add(FailureCause::unsupported_by_kernel,
                     "this kernel was built without loadable modules");
            return;
        default: break;
    }
    const InitState state = kernel.state(load.name);
    const std::string_view renamed = load.name != load.failure.step.module
                                         ? ", which is what this file calls itself,"
                                         : "";
    const bool builtin = state == InitState::builtin ||
                         (state == InitState::absent &&
                          load.sources.catalog.is_builtin(load.name).value_or(false));
    if (builtin)
        load.add(FailureCause::builtin, "is part of this kernel already");
    else if (state == InitState::live)
        load.add(FailureCause::already_loaded, "is loaded already",
                 cat("'rmmod ", load.name, "' first, to load it anew"));
    else if (state == InitState::coming)
        load.add(FailureCause::being_loaded, "somebody else is loading it at the moment",
                 "try again");
    else if (state == InitState::going)
        load.add(FailureCause::being_removed, "is being removed at the moment",
                 "try again");
    else
        return;
    Finding& finding = load.out.findings.back();
    finding.text = cat(load.name, renamed, finding.text.substr(load.name.size() + 1));
}

void examine_init(LoadCase& load) {
    const int code = load.code();
    const char* const symbol = strerrorname_np(code);
    const std::string named =
        symbol != nullptr ? std::string(symbol) : cat("error ", code);
    const auto meaning = std::ranges::find(kInitMeanings, code, &ErrnoMeaning::code);
    std::string text = cat("its init function returned ", named);
    // The loader would have said why it refuses; the log may just not be readable.
    const bool sure = is_from_init(code);
    if (!sure) text = cat("nothing is wrong with the file; most likely ", text);
    if (meaning != kInitMeanings.end()) text += cat(": ", meaning->meaning);
    // A file that cannot be a module has no init function.
    if (!load.image || code == ENOEXEC) {
        load.add(FailureCause::unknown,
                 cat("the kernel refused ", load.file.path(), " (", named, ")"),
                 "'dmesg' may tell why");
        return;
    }
    load.add(FailureCause::init_failed, text,
             load.messages.lines.empty() ? "'dmesg' may tell more" : "")
        .facts = {{"errno", named}};
}

}  // namespace kmodpp
