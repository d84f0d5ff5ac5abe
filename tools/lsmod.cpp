// SPDX-License-Identifier: LGPL-2.1-or-later
// lsmod: lists the loaded modules.
#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/module_list.hpp"
#include "cli/system_options.hpp"
#include "cli/terminal.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

struct LsmodOptions : SystemOptions {
    std::optional<std::string> sort;
    bool tree = false;
    bool unused = false;
};

constexpr auto kOptions = table_of<LsmodOptions>({
    {0, "sort", "name|size|used", "sort by name, size or number of references",
     sets<&LsmodOptions::sort>},
    {0, "tree", nullptr, "show the modules that each module uses as a tree",
     sets<&LsmodOptions::tree>},
    {0, "unused", nullptr, "show only modules that are not in use and can be removed",
     sets<&LsmodOptions::unused>},
    kJsonOption,
    kColorOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

/// Why an unused module is not listed by --unused.
std::string why_kept(const UnusedModule& unused) {
    const std::string start = unused.module.name + " has no references, but ";
    if (unused.devices.empty()) return start + "it has no exit function";
    const BoundDevice& device = unused.devices.front();
    std::string text = start + "its driver " + device.driver +
                       " is bound to the device " + device.device;
    if (const auto more = unused.devices.size() - 1; more > 0)
        text += " and " + std::to_string(more) + " more";
    return text;
}

/// The modules that can be removed. Reports why other unused modules are kept.
Result<ModuleList> removable_modules(const Context& context, Messages& messages) {
    auto unused = context.unused_modules();
    if (!unused) return std::unexpected(std::move(unused).error());
    ModuleList modules;
    for (UnusedModule& module : *unused) {
        if (is_removable(module))
            modules.push_back(std::move(module.module));
        else
            messages.info(why_kept(module));
    }
    return modules;
}

int run(const LsmodOptions& options, Messages& messages) {
    if (!options.operands.empty()) {
        messages.error("too many arguments provided.");
        return kFailure;
    }
    if (options.unused && options.tree) {
        messages.error("--unused cannot be combined with --tree.");
        return kFailure;
    }
    auto context = Context::create(context_options(options), messages);
    if (!context)
        return report_failure(context.error(), options, messages, Priority::fatal);
    auto modules = options.unused ? removable_modules(*context, messages)
                                  : context->loaded_modules();
    if (!modules) {
        messages.error("could not get list of modules: " + modules.error().message);
        if (options.json) print(error_document(modules.error()));
        return kFailure;
    }
    const auto& order = options.sort;
    if (order && !sort_modules(*modules, *order)) {
        messages.error("'" + *order +
                       "' is not a valid order for --sort: expected name, size or used");
        return kFailure;
    }
    if (options.json)
        print(modules_as_json(*modules));
    else if (options.tree)
        messages.print(modules_as_tree(*modules));
    else
        messages.print(modules_as_table(
            *modules, stdout_is_terminal() ? Columns::fitted : Columns::fixed));
    return kSuccess;
}

}  // namespace

const Tool kLsmod = tool_of("lsmod", "list the loaded modules", "  lsmod [options]\n",
                            kOptions, runs<run>);

}  // namespace kmodpp::cli
