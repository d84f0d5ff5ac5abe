// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of a load in the kernel's order, and those that need little more than a
// module's .modinfo.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameters.hpp"
#include "format/symbols.hpp"
#include "kernel/load_attempt.hpp"
#include "kernel/load_call.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// modules.builtin lists a few thousand paths at most.
constexpr std::uint64_t kMaxBuiltinList = 16u << 20;

/// module_blacklist= of the command line; the last one counts, names are taken literally.
Status check_blacklist(LoadAttempt& attempt) {
    std::string list;
    for (const Parameter& parameter : split_parameters(attempt.command_line))
        if (same_module_name(parameter.name, "module_blacklist"))
            list = parameter.value.value_or("");
    const std::string& name = attempt.module.line.name;
    for (std::string_view rest = list; !rest.empty();)
        if (take_until(rest, ',') == name)
            return attempt.refuse(EPERM, cat("Module ", name, " is blacklisted"));
    return {};
}

/// Modules with modversions are told by their CRCs, so the release does not count.
bool has_modversions(const LoadAttempt& attempt) {
    return !attempt.flags.ignore_modversions &&
           (attempt.image->find("__versions") != nullptr ||
            attempt.image->find("__version_ext_crcs") != nullptr);
}

std::string_view without_first_word(std::string_view text) {
    return text.substr(std::min(text.find(' '), text.size()));
}

bool same_vermagic(std::string_view module, const LoadAttempt& attempt,
                   std::string& wanted) {
    const bool any_release = has_modversions(attempt);
    if (attempt.description.vermagic) {
        wanted = *attempt.description.vermagic;
        // A kernel's own ends in a blank, which a description file cannot say.
        if (module.ends_with(' ')) wanted += ' ';
        return any_release ? without_first_word(module) == without_first_word(wanted)
                           : module == wanted;
    }
    wanted = attempt.release;
    return any_release || wanted.empty() || take_until(module, ' ') == wanted;
}

Status check_vermagic(LoadAttempt& attempt) {
    const auto vermagic = find_info(attempt.info, "vermagic");
    if (attempt.flags.ignore_vermagic) {
        // Whether it would have fitted is not even looked at.
        attempt.taint('F', "bad vermagic: kernel tainted.");
        return {};
    }
    // The kernel says nothing of this one.
    if (!vermagic) return attempt.refuse(ENOEXEC);
    std::string wanted;
    if (!same_vermagic(*vermagic, attempt, wanted))
        return attempt.refuse(ENOEXEC, cat("version magic '", printable(*vermagic),
                                           "' should be '", wanted, "'"));
    return {};
}

bool is_gpl_compatible(std::string_view license) {
    constexpr std::array<std::string_view, 6> kCompatible = {
        "GPL",          "GPL v2",       "GPL and additional rights",
        "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
    return std::ranges::find(kCompatible, license) != kCompatible.end();
}

/// Refuses nothing; says what loading this module does to the kernel.
Status note_taints(LoadAttempt& attempt) {
    if (!find_info(attempt.info, "intree"))
        attempt.taint('O', "loading out-of-tree module taints kernel.");
    const auto license = find_info(attempt.info, "license").value_or("unspecified");
    if (!is_gpl_compatible(license))
        attempt.taint('P',
                      cat("module license '", printable(license), "' taints kernel."));
    return {};
}

Result<bool> is_builtin(const LoadAttempt& attempt, std::string_view name) {
    if (attempt.description.builtins.contains(normalise_module_name(name)) ||
        read_state(attempt.root, name) == InitState::builtin)
        return true;
    const auto list =
        attempt.root.read_file(cat(attempt.tree, "/modules.builtin"), kMaxBuiltinList);
    if (!list && list.error().kind == ErrorKind::not_found) return false;
    if (!list) return std::unexpected(list.error());
    for (std::string_view rest = *list; !rest.empty();)
        if (same_module_name(module_name_of_path(trim(take_until(rest, '\n'))), name))
            return true;
    return false;
}

Status check_name(LoadAttempt& attempt) {
    const std::string& name = attempt.module.line.name;
    if (const LoadedModule* other = attempt.store.find(name))
        // A real kernel waits for one that is still loading, then answers the same.
        return attempt.refuse(other->state == InitState::going ? EBUSY : EEXIST);
    TRY_ASSIGN(const bool builtin, is_builtin(attempt, name));
    if (builtin) return attempt.refuse(EEXIST, "module is already loaded");
    return {};
}

Status run_init(LoadAttempt& attempt) {
    const auto& results = attempt.description.init_results;
    const auto found = results.find(attempt.module.line.name);
    if (found == results.end()) return {};
    if (found->second < 0) return attempt.refuse(-found->second);
    if (found->second > 0)
        attempt.remark(cat("init suspiciously returned ", found->second,
                           ", it should follow 0/-E convention"));
    return {};
}

/// A step of finit_module (see the reference in kernel/simulated_kernel.hpp).
struct Check {
    std::string_view what;
    Status (*run)(LoadAttempt& attempt);
};

constexpr std::array<Check, 10> kChecks = {{
    {"format", check_format},
    {"blacklist", check_blacklist},
    {"vermagic", check_vermagic},
    {"taints", note_taints},
    {"layout", check_layout},
    {"name", check_name},
    {"symbols", check_symbols},
    {"exports", check_exports},
    {"parameters", check_parameters},
    {"init", run_init},
}};

}  // namespace

void LoadAttempt::remark(std::string_view text) {
    log.push_back(cat(printable(module.line.name), ": ", text));
}

std::unexpected<Error> LoadAttempt::refuse(int code, std::string_view text) {
    remark(text);
    return refuse(code);
}

std::unexpected<Error> LoadAttempt::refuse(int code) const {
    return load_refused(code, file.path());
}

void LoadAttempt::taint(char letter, std::string_view reason) {
    // The order in which the kernel shows them (source: kernel/panic.c).
    constexpr std::string_view kOrder = "PFCOEKXTN";
    std::string& letters = module.line.taint;
    if (letters.find(letter) != std::string::npos) return;
    remark(reason);
    letters += letter;
    std::ranges::sort(letters, {}, [&](char c) { return kOrder.find(c); });
}

Status run_load_checks(LoadAttempt& attempt) {
    for (const Check& check : kChecks) TRY(check.run(attempt));
    return {};
}

}  // namespace kmodpp::kernel
