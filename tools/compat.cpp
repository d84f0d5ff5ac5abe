// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod compat: checks whether module files would load on an installed kernel.
#include <algorithm>

#include <kmodpp/context.hpp>

#include "cli/compatibility_view.hpp"
#include "cli/document.hpp"
#include "cli/tool.hpp"
#include "cli/weak_updater.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'k', "set-version", "VERSION", "check for VERSION instead of `uname -r`", nullptr},
    {0, "require-signature", nullptr, "check as if signatures were required", nullptr},
    {0, "trust", "PATH", "with --require-signature: trust only the certificates in PATH",
     nullptr},
    {0, "link", nullptr,
     "link compatible modules in extra/ of other kernels into weak-updates/", nullptr},
    {'n', "dry-run", nullptr, "with --link: print the links, change nothing", nullptr},
    kJsonOption,
    kColorOption,
    {'d', "dirname", "DIR", "use DIR as the root of the module directory", nullptr},
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

/// "4 symbols of the kernel could not be checked (a, b, …)".
std::string describe_unchecked(const ModuleCompatibility& module) {
    constexpr std::size_t kShown = 4;
    const auto& symbols = module.unchecked;
    std::string names;
    for (std::size_t i = 0; i < std::min(symbols.size(), kShown); ++i)
        names += (i == 0 ? "" : ", ") + symbols[i];
    if (symbols.size() > kShown) names += " and others";
    return module.path + ": without a Module.symvers, " + std::to_string(symbols.size()) +
           (symbols.size() == 1 ? " symbol" : " symbols") +
           " of the kernel could not be checked: " + names;
}

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const Arguments& arguments) {
    if (!arguments.has("link")) {
        if (arguments.operands().empty()) return "missing module file.";
        if (arguments.has("dry-run")) return "--dry-run can only be used with --link.";
        if (arguments.has("trust") && !arguments.has("require-signature"))
            return "--trust can only be used with --require-signature.";
        return {};
    }
    if (!arguments.operands().empty())
        return "--link cannot be combined with module files.";
    for (const char* const option : {"json", "require-signature", "trust"})
        if (arguments.has(option))
            return std::string("--link cannot be combined with --") + option + ".";
    return {};
}

bool update_links(const Arguments& arguments, const std::string& release,
                  Messages& messages) {
    WeakUpdater updater({.root = arguments.value("dirname").value_or(
                             arguments.value("simulate").value_or("/")),
                         .confined = arguments.has("confined"),
                         .dry_run = arguments.has("dry-run")},
                        messages);
    return updater.update(release, {});
}

int run(const Arguments& arguments, Messages& messages) {
    if (const std::string conflict = option_conflict(arguments); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    auto context = Context::create({.root = arguments.value("dirname").value_or("/"),
                                    .confined = arguments.has("confined"),
                                    .simulate = arguments.value("simulate"),
                                    .release = arguments.value("set-version"),
                                    .config = {""},
                                    .trust = arguments.values("trust")},
                                   messages);
    if (!context) return report_failure(context.error(), arguments, messages);
    if (arguments.has("link"))
        return update_links(arguments, context->release(), messages) ? kSuccess
                                                                     : kFailure;
    const auto modules = context->check_compatibility(
        {.files = arguments.operands(),
         .require_signature = arguments.has("require-signature")});
    if (!modules) return report_failure(modules.error(), arguments, messages);
    if (arguments.has("json")) print(compatibility_as_json(*modules, context->release()));
    int status = kSuccess;
    for (const ModuleCompatibility& module : *modules) {
        if (!arguments.has("json"))
            messages.print(compatibility_as_text(module, context->release()));
        if (module.refusal)
            status = kFailure;
        else if (!module.unchecked.empty())
            messages.warning(describe_unchecked(module));
    }
    return status;
}

}  // namespace

const Tool kCompat = {"compat", "check whether modules would load on an installed kernel",
                      "  kmod compat [options] [-k VERSION] FILE...\n"
                      "  kmod compat [options] [-k VERSION] --link\n",
                      kOptions, run};

}  // namespace kmodpp::cli
