// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod compat: checks whether module files would load on an installed kernel.
#include <algorithm>

#include <kmodpp/context.hpp>

#include "cli/compatibility_view.hpp"
#include "cli/document.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"
#include "cli/weak_updater.hpp"

namespace kmodpp::cli {

namespace {

struct CompatOptions : SystemOptions {
    bool require_signature = false;
    bool link = false;
    bool dry_run = false;
};

constexpr auto kOptions = table_of<CompatOptions>({
    {'k', "set-version", "VERSION", "check for VERSION instead of `uname -r`",
     sets<&CompatOptions::release>},
    {0, "require-signature", nullptr, "check as if signatures were required",
     sets<&CompatOptions::require_signature>},
    {0, "trust", "PATH", "with --require-signature: trust only the certificates in PATH",
     sets<&CompatOptions::trust>},
    {0, "link", nullptr,
     "link compatible modules in extra/ of other kernels into weak-updates/",
     sets<&CompatOptions::link>},
    {'n', "dry-run", nullptr, "with --link: print the links, change nothing",
     sets<&CompatOptions::dry_run>},
    kJsonOption,
    kColorOption,
    kDirnameOption,
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

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
std::string option_conflict(const CompatOptions& options) {
    if (!options.link) {
        if (options.operands.empty()) return "missing module file.";
        if (options.dry_run) return "--dry-run can only be used with --link.";
        if (!options.trust.empty() && !options.require_signature)
            return "--trust can only be used with --require-signature.";
        return {};
    }
    if (!options.operands.empty()) return "--link cannot be combined with module files.";
    const char* const conflict =
        first_given({{"json", options.json},
                     {"require-signature", options.require_signature},
                     {"trust", !options.trust.empty()}});
    if (conflict == nullptr) return {};
    return std::string("--link cannot be combined with --") + conflict + ".";
}

bool update_links(const CompatOptions& options, const std::string& release,
                  Messages& messages) {
    WeakUpdater updater({.root = options.root.value_or(options.simulate.value_or("/")),
                         .confined = options.confined,
                         .dry_run = options.dry_run},
                        messages);
    return updater.update(release, {});
}

int run(const CompatOptions& options, Messages& messages) {
    if (const std::string conflict = option_conflict(options); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    auto context = Context::create(context_options_without_config(options), messages);
    if (!context) return report_failure(context.error(), options, messages);
    if (options.link)
        return update_links(options, context->release(), messages) ? kSuccess : kFailure;
    const auto modules = context->check_compatibility(
        {.files = options.operands, .require_signature = options.require_signature});
    if (!modules) return report_failure(modules.error(), options, messages);
    if (options.json) print(compatibility_as_json(*modules, context->release()));
    int status = kSuccess;
    for (const ModuleCompatibility& module : *modules) {
        if (!options.json)
            messages.print(compatibility_as_text(module, context->release()));
        if (module.refusal)
            status = kFailure;
        else if (!module.unchecked.empty())
            messages.warning(describe_unchecked(module));
    }
    return status;
}

}  // namespace

const Tool kCompat =
    tool_of("compat", "check whether modules would load on an installed kernel",
            "  kmod compat [options] [-k VERSION] FILE...\n"
            "  kmod compat [options] [-k VERSION] --link\n",
            kOptions, runs<run>);

}  // namespace kmodpp::cli
