// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/forbid_remarks.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "diagnose/dependents.hpp"
#include "diagnose/load_case.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

namespace {

/// In the order of the enumerators of ForbidRemark::Kind.
constexpr std::array<std::string_view, 5> kRemarkKinds = {"unknown", "builtin", "loaded",
                                                          "dependents", "other_programs"};

}  // namespace

std::string_view to_string(ForbidRemark::Kind kind) {
    return kRemarkKinds[std::to_underlying(kind)];
}

Result<std::vector<ForbidRemark>> remarks_on_forbidding(Catalog& catalog,
                                                        const std::string& module,
                                                        bool loaded,
                                                        std::string_view command_line) {
    using Kind = ForbidRemark::Kind;
    TRY_ASSIGN(const NameClass found, classify_name(catalog, module));
    if (found == NameClass::alias)
        return fail(ErrorKind::malformed,
                    cat("'", printable(module), "' is an alias: name the module, which ",
                        "'modprobe -R ", printable(module), "' prints"));
    if (found == NameClass::builtin)
        return std::vector{ForbidRemark{
            Kind::builtin,
            cat(module, " is built into the kernel, so the file has no effect; ",
                "initcall_blacklist=FUNCTION on the kernel command line keeps it from ",
                "starting, where FUNCTION is the init function of the driver")}};
    std::vector<ForbidRemark> remarks;
    if (found == NameClass::unknown) {
        TRY_ASSIGN(const std::string nearest, nearest_module(catalog, module));
        remarks.push_back(
            {Kind::unknown,
             cat(catalog.display_directory(), " has no module ", module,
                 nearest.empty() ? "" : cat("; the nearest name is '", nearest, "'"))});
    }
    if (loaded)
        remarks.push_back(
            {Kind::loaded,
             cat(module, " is loaded, and stays loaded until it is removed ",
                 "with 'modprobe -r ", module, "' or the system restarts")});
    TRY_ASSIGN(const Dependents dependents, dependents_of(catalog, {module}));
    if (!dependents.empty())
        remarks.push_back(
            {Kind::dependents, cat("needed by ", some_of(dependents.begin()->second),
                                   ", which cannot be loaded either")});
    if (!on_command_line(command_line, "module_blacklist", module))
        remarks.push_back({Kind::other_programs,
                           cat("insmod and other programs that ignore the "
                               "configuration can still load it; ",
                               "module_blacklist=", module,
                               " on the kernel command line also prevents that")});
    return remarks;
}

std::vector<ConfigRule> lines_that_forbid(const Catalog& catalog,
                                          const std::string& module) {
    std::vector<ConfigRule> lines;
    for (const ForbidRule& rule : catalog.config().forbid)
        if (wildcard_match(rule.module, module))
            lines.push_back({RuleKind::forbid, rule.module, rule.text, rule.origin});
    for (const CommandRule& rule : catalog.config().install)
        if (wildcard_match(rule.module, module) && only_prevents_load(rule.command))
            lines.push_back({RuleKind::install, rule.module, rule.command, rule.origin});
    return lines;
}

}  // namespace kmodpp
