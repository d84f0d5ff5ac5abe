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

/// The examinations for an errno of a failed load, the most specific first.
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

/// For an error of the library itself, before the kernel was called.
Finding library_finding(const Error& error, bool is_packed) {
    FailureCause cause = FailureCause::unknown;
    std::string advice;
    if (error.kind == ErrorKind::unsupported) cause = FailureCause::unsupported_by_kernel;
    if (error.kind == ErrorKind::malformed && is_packed) {
        cause = FailureCause::damaged_compression;
        advice = kReinstall;
    }
    return {cause, error.message, std::move(advice), {}};
}

/// Whether the cause is only a guess, so that the kernel's log may show more.
bool is_guess(const Diagnosis& diagnosis) {
    switch (diagnosis.findings.front().cause) {
        case FailureCause::unknown:
        case FailureCause::init_failed:
        case FailureCause::denied_by_policy:
        case FailureCause::out_of_memory: return true;
        default: return false;
    }
}

void examine_load(const StepFailure& failure, LoadFlags flags,
                  const DiagnosisSources& sources, Diagnosis& out) {
    auto file = open_step_file(sources.root, failure.step.path);
    if (!file) {
        out.findings.push_back(unusable_file(file.error(), failure.step.path, sources));
        return;
    }
    // Without an errno, the library failed before it called the kernel.
    if (failure.error.code == 0) {
        out.findings.push_back(
            library_finding(failure.error, file->compression() != io::Compression::none));
        return;
    }
    LoadCase load(failure, flags, sources, out, *file);
    load.messages =
        read_kernel_messages({load.name, failure.step.module}, failure.step.path,
                             failure.kernel_log.value_or(std::vector<std::string>{}));
    out.module = load.name;
    if (failure.lacks_signature) return examine_required_signature(load);
    const auto row = std::ranges::find(kErrnos, failure.error.code, &ErrnoRow::code);
    if (row != kErrnos.end())
        for (const Examination examine : row->examinations)
            if (examine != nullptr) examine(load);
    if (!load.found_something()) examine_init(load);
    out.kernel_log = std::move(load.messages.lines);
    if (is_guess(out) && std::ranges::all_of(out.kernel_log, &KernelLine::explained))
        out.kernel_log.insert(out.kernel_log.end(), load.messages.latest.begin(),
                              load.messages.latest.end());
}

/// Names the configuration line of the command. A command such as /bin/false is the
/// usual way to forbid a module.
Finding failed_command(const StepFailure& failure) {
    const Step& step = failure.step;
    const std::string where = step.command_origin.describe();
    Finding finding{FailureCause::command_failed, failure.error.message, {}, {}};
    if (where.empty()) return finding;
    const bool forbids =
        step.action == Step::Action::run_install && only_prevents_load(step.command);
    finding.advice =
        forbids ? cat(where, " forbids ", step.module, "; --ignore-install overrides it")
                : cat("the command is in ", where);
    return finding;
}

Finding forbidden_step(const StepFailure& failure) {
    const Origin& line = failure.step.forbid;
    Finding finding{FailureCause::forbidden,
                    failure.error.message,
                    cat("--ignore-forbid=", failure.step.module, " overrides it"),
                    {{"file", line.file}}};
    if (line.line != 0) finding.facts.push_back({"line", cat(line.line)});
    return finding;
}

}  // namespace

Finding unusable_file(const Error& error, const std::string& path,
                      const DiagnosisSources& sources) {
    if (error.kind != ErrorKind::not_found)
        return {FailureCause::file_unusable, error.message, {}, {}};
    const bool from_database =
        path.starts_with(sources.catalog.display_directory() + "/");
    Finding finding{FailureCause::file_missing, cat(path, " does not exist"), {}, {}};
    if (from_database) {
        finding.text += ", although modules.dep lists it";
        finding.advice =
            cat("reinstall the package that contains it, or run '",
                depmod_command(sources.catalog), "' to remove it from the databases");
    }
    return finding;
}

Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                   const DiagnosisSources& sources) {
    Diagnosis out;
    out.module = failure.step.module;
    out.path = failure.step.path;
    out.code = failure.error.code;
    switch (failure.step.action) {
        case Step::Action::insert: examine_load(failure, flags, sources, out); break;
        case Step::Action::remove: examine_removal(failure.error, sources, out); break;
        case Step::Action::run_install:
        case Step::Action::run_remove:
            out.findings.push_back(failed_command(failure));
            break;
        case Step::Action::forbidden:
            out.findings.push_back(forbidden_step(failure));
            break;
        default:
            out.findings.push_back(
                {FailureCause::unknown, failure.error.message, {}, {}});
    }
    return out;
}

LoadCase::LoadCase(const StepFailure& failed, LoadFlags load_flags,
                   const DiagnosisSources& where, Diagnosis& diagnosis,
                   io::ModuleFile& module_file)
    : failure(failed),
      flags(load_flags),
      sources(where),
      out(diagnosis),
      file(module_file),
      name(failed.step.module) {
    auto parsed = elf::Image::parse(file);
    if (!parsed) return;
    image = *std::move(parsed);
    if (auto read = read_modinfo(*image)) info = *std::move(read);
    if (const auto own_name = find_info(info, "name")) name = printable(*own_name);
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
    return cat("run '", depmod_command(sources.catalog), "' to update the databases");
}

std::string depmod_command(const Catalog& catalog) {
    const std::string& prefix = catalog.root().prefix();
    return prefix.empty()
               ? cat("depmod ", catalog.release())
               : cat("depmod -b ", quote_for_shell(prefix), " ", catalog.release());
}

Status require_databases(Catalog& catalog) {
    TRY_ASSIGN(const bool has_databases, catalog.has(Database::dep));
    if (has_databases) return {};
    return fail(ErrorKind::not_found,
                cat(catalog.display_directory(), " has no modules.dep.bin: run '",
                    depmod_command(catalog), "'"),
                ENOENT);
}

std::string quote_for_shell(std::string_view word) {
    const bool is_plain = std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') || std::string_view("/._+-=:@%,").contains(c);
    });
    if (is_plain && !word.empty()) return std::string(word);
    std::string quoted = "'";
    for (const char c : word)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
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
