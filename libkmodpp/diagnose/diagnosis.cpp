// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/diagnosis.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <span>

#include "base/names.hpp"
#include "base/text.hpp"
#include "diagnose/load_case.hpp"
#include "format/modprobe_config.hpp"
#include "plan/step_file.hpp"

namespace kmodpp {

namespace {

using Examination = void (*)(LoadCase&);

/// Where an errno of a load can come from, the most telling first.
struct ErrnoRow {
    int code;
    std::array<Examination, 7> examinations;
};

constexpr std::array<ErrnoRow, 18> kErrnos = {{
    {ENOEXEC,
     {examine_file, examine_vermagic, examine_symbol_versions, examine_duplicates}},
    {ENOENT, {examine_missing_symbols}},
    {EINVAL,
     {examine_file, examine_parameters, examine_namespaces, examine_symbol_versions,
      examine_missing_symbols, examine_signature_form, examine_state}},
    {ESRCH, {examine_symbol_versions}},
    {ERANGE, {examine_parameters}},
    {ENOSPC, {examine_parameters, examine_state}},
    {EKEYREJECTED, {examine_signature}},
    {ENOKEY, {examine_signature}},
    {ENOPKG, {examine_signature}},
    {EBADMSG, {examine_signature}},
    {EPERM, {examine_permission}},
    {EACCES, {examine_permission}},
    {EEXIST, {examine_state}},
    {EBUSY, {examine_state}},
    {ENOMEM, {examine_state}},
    {ETXTBSY, {examine_state}},
    {ENOSYS, {examine_state}},
    {EOPNOTSUPP, {examine_file}},
}};

/// What the library itself found before any kernel was asked.
Finding library_finding(const Error& error, bool is_packed) {
    FailureCause cause = FailureCause::unknown;
    if (error.kind == ErrorKind::unsupported)
        cause = FailureCause::unsupported_by_kernel;
    else if (error.kind == ErrorKind::malformed && is_packed)
        cause = FailureCause::damaged_compression;
    return {cause, error.message, {}, {}};
}

Finding missing_file(const StepFailure& failure, const DiagnosisSources& sources) {
    const bool from_database =
        failure.step.path.starts_with(sources.catalog.display_directory() + "/");
    Finding finding{
        FailureCause::file_missing, cat(failure.step.path, " does not exist"), {}, {}};
    if (from_database) {
        finding.text += ", though modules.dep names it";
        finding.advice = cat("reinstall it, or let 'depmod ", sources.catalog.release(),
                             "' forget it");
    }
    return finding;
}

void examine_load(const StepFailure& failure, LoadFlags flags,
                  const DiagnosisSources& sources, Diagnosis& out) {
    auto file = open_step_file(sources.root, failure.step.path);
    if (!file) {
        if (file.error().kind == ErrorKind::not_found)
            out.findings.push_back(missing_file(failure, sources));
        else
            out.findings.push_back(
                {FailureCause::file_unusable, file.error().message, {}, {}});
        return;
    }
    // Without an errno it is not the kernel that refused.
    if (failure.error.code == 0) {
        out.findings.push_back(
            library_finding(failure.error, file->compression() != io::Compression::none));
        return;
    }
    LoadCase load{failure, flags, sources, out, *file};
    load.name = failure.step.module;
    if (auto image = elf::Image::parse(*file)) {
        load.image = *std::move(image);
        if (auto info = read_modinfo(*load.image)) load.info = *std::move(info);
        if (const auto name = find_info(load.info, "name")) load.name = printable(*name);
    }
    load.messages =
        read_kernel_messages({load.name, failure.step.module},
                             failure.kernel_log.value_or(std::vector<std::string>{}));
    out.module = load.name;
    if (failure.lacks_signature) return examine_required_signature(load);
    const auto row = std::ranges::find(kErrnos, failure.error.code, &ErrnoRow::code);
    if (row != kErrnos.end())
        for (const Examination examine : row->examinations)
            if (examine != nullptr) examine(load);
    if (!load.found_something()) examine_init(load);
    out.kernel_log = std::move(load.messages.lines);
}

void examine_removal(const StepFailure& failure, const DiagnosisSources& sources,
                     Diagnosis& out) {
    kernel::Kernel& kernel = sources.kernel;
    const std::string& name = out.module;
    const auto add = [&](FailureCause cause, std::string_view text,
                         std::string advice = {}, std::vector<Fact> facts = {}) {
        out.findings.push_back(
            {cause, cat(name, text), std::move(advice), std::move(facts)});
    };
    const auto line = [&]() -> std::optional<LoadedModule> {
        const auto modules = kernel.modules();
        if (!modules) return std::nullopt;
        const auto found = std::ranges::find(*modules, name, &LoadedModule::name);
        return found == modules->end() ? std::nullopt : std::optional(*found);
    }();
    switch (failure.error.code) {
        case ENOENT: return add(FailureCause::not_loaded, " is not loaded");
        case ENOSYS:
            return add(FailureCause::unsupported_by_kernel,
                       ": this kernel was built without the removal of modules");
        case EPERM: {
            const auto policy = kernel.policy();
            if (policy.privileged == false)
                return add(FailureCause::not_privileged,
                           ": this process may not remove modules: it lacks "
                           "CAP_SYS_MODULE",
                           "run it as root");
            if (policy.modules_disabled)
                return add(FailureCause::modules_disabled,
                           ": the kernel removes no modules until it is rebooted "
                           "(kernel.modules_disabled=1)");
            break;
        }
        case EAGAIN:
        case EBUSY:
            if (!line) break;
            if (line->state == InitState::going)
                return add(FailureCause::being_removed, " is being removed already");
            if (line->state == InitState::coming)
                return add(FailureCause::being_loaded, " is still being loaded");
            if (!line->holders.empty()) {
                std::string users;
                std::vector<Fact> facts;
                for (const std::string& holder : line->holders) {
                    users += " " + printable(holder);
                    facts.push_back({"holder", holder});
                }
                return add(FailureCause::in_use, cat(" is in use by:", users),
                           cat("remove them first, or use 'modprobe -r "
                               "--remove-holders ",
                               name, "'"),
                           std::move(facts));
            }
            if (line->refcount.value_or(0) > 0)
                return add(FailureCause::in_use,
                           cat(" is in use: ", *line->refcount,
                               " references are held by a mounted file system, an open "
                               "device or the like"),
                           {}, {{"references", cat(*line->refcount)}});
            if (line->permanent)
                return add(FailureCause::permanent,
                           " has no exit function: it stays until the next boot");
            break;
        default: break;
    }
    out.findings.push_back({FailureCause::unknown, failure.error.message, {}, {}});
}

/// Names the line of the configuration: a command that does nothing else is how a module
/// is forbidden.
Finding failed_command(const StepFailure& failure) {
    const Step& step = failure.step;
    const std::string where = step.command_origin.describe();
    Finding finding{FailureCause::command_failed, failure.error.message, {}, {}};
    if (where.empty()) return finding;
    const bool forbids =
        step.action == Step::Action::run_install && only_forbids(step.command);
    finding.advice =
        forbids ? cat(where, " forbids ", step.module, "; --ignore-install overrides it")
                : cat("the command is the one of ", where);
    return finding;
}

}  // namespace

Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                   const DiagnosisSources& sources) {
    Diagnosis out;
    out.module = failure.step.module;
    out.path = failure.step.path;
    out.code = failure.error.code;
    switch (failure.step.action) {
        case Step::Action::insert: examine_load(failure, flags, sources, out); break;
        case Step::Action::remove: examine_removal(failure, sources, out); break;
        case Step::Action::run_install:
        case Step::Action::run_remove:
            out.findings.push_back(failed_command(failure));
            break;
        default:
            out.findings.push_back(
                {FailureCause::unknown, failure.error.message, {}, {}});
    }
    return out;
}

Finding& LoadCase::add(FailureCause cause, std::string_view text, std::string advice) {
    out.findings.push_back({cause, cat(name, ": ", text), std::move(advice), {}});
    return out.findings.back();
}

std::optional<ModuleEntry> LoadCase::entry() const {
    auto found = sources.catalog.find_module(failure.step.module);
    if (!found || !*found) return std::nullopt;
    return **std::move(found);
}

std::string LoadCase::depmod_advice() const {
    return cat("'depmod ", sources.catalog.release(),
               "' brings the databases up to date");
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 4;
    std::string text;
    const std::size_t shown = names.size() <= kShown + 1 ? names.size() : kShown;
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += printable(names[i], 128);
    }
    if (shown < names.size()) text += cat(" and ", names.size() - shown, " more");
    return text;
}

}  // namespace kmodpp
