// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks .modinfo: the kernel that a module was built for, and the taints that loading it
// causes (source: check_modinfo, check_module_license_and_versions).
#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "format/license.hpp"
#include "format/symbols.hpp"
#include "simulated/load_attempt.hpp"
#include "simulated/taints.hpp"

namespace kmodpp::kernel {

namespace {

/// With modversions the CRCs identify the kernel, so the release is not compared.
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
        // The kernel's own vermagic ends with a blank, which a line of the description
        // cannot contain.
        if (module.ends_with(' ')) wanted += ' ';
        return any_release ? without_first_word(module) == without_first_word(wanted)
                           : module == wanted;
    }
    wanted = attempt.release;
    return any_release || wanted.empty() || take_until(module, ' ') == wanted;
}

Status check_vermagic(LoadAttempt& attempt) {
    const auto vermagic = find_info(attempt.info, "vermagic");
    // Like the kernel, treats an ignored vermagic as a missing one.
    if (attempt.flags.ignore_vermagic || !vermagic) return attempt.force("bad vermagic");
    std::string wanted;
    if (!same_vermagic(*vermagic, attempt, wanted))
        return attempt.refuse(ENOEXEC, cat("version magic '", printable(*vermagic),
                                           "' should be '", wanted, "'"));
    return {};
}

Status check_livepatch(LoadAttempt& attempt) {
    if (!find_info(attempt.info, "livepatch")) return {};
    if (attempt.description.livepatch)
        return attempt.taint_once('K', "tainting kernel with TAINT_LIVEPATCH");
    return attempt.refuse(ENOEXEC,
                          "module is marked as livepatch module, but livepatch support "
                          "is disabled");
}

/// True if an export has a CRC, or nothing is exported.
Result<bool> exports_have_versions(const LoadAttempt& attempt) {
    TRY_ASSIGN(const ModuleSymbols symbols, read_symbols(*attempt.image));
    return symbols.exports.empty() ||
           std::ranges::any_of(symbols.exports,
                               [](const ExportedSymbol& e) { return e.crc.has_value(); });
}

}  // namespace

Status check_modinfo(LoadAttempt& attempt) {
    TRY(check_vermagic(attempt));
    if (!find_info(attempt.info, "intree"))
        TRY(attempt.taint_once('O', "loading out-of-tree module taints kernel."));
    if (attempt.description.retpoline && !find_info(attempt.info, "retpoline")) {
        attempt.log_line("System may be vulnerable to spectre v2");
        attempt.remark("loading module not compiled with retpoline compiler.");
    }
    if (find_info(attempt.info, "staging")) {
        TRY(attempt.taint('C'));
        attempt.remark(
            "module is from the staging directory, the quality is unknown, you have been "
            "warned.");
    }
    TRY(check_livepatch(attempt));
    const auto license = find_info(attempt.info, "license").value_or("unspecified");
    if (!is_gpl_compatible(license))
        TRY(attempt.taint_once(
            'P', cat("module license '", printable(license), "' taints kernel.")));
    if (find_info(attempt.info, "test"))
        TRY(attempt.taint_once('N', "loading test module taints kernel."));
    return {};
}

Status note_bad_licenses(LoadAttempt& attempt) {
    const std::string& name = attempt.module.line.name;
    const bool was_tainted = attempt.kernel_is_tainted('P');
    // ndiswrapper itself is GPL but loads proprietary drivers.
    if (name == "ndiswrapper") TRY(attempt.store->add_taints(taint_bit('P')));
    if (name == "driverloader" || name == "lve") TRY(attempt.taint('P'));
    if (!was_tainted && attempt.kernel_is_tainted('P'))
        attempt.remark("module license taints kernel.");

    const auto& vermagic = attempt.description.vermagic;
    if (!vermagic || !vermagic->contains("modversions")) return {};
    const auto versioned = exports_have_versions(attempt);
    if (!versioned)
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", versioned.error().message));
    return *versioned ? Status() : attempt.force("no versions for exported symbols");
}

}  // namespace kmodpp::kernel
