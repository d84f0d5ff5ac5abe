// SPDX-License-Identifier: LGPL-2.1-or-later
// lsmod: lists the loaded modules.
#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/module_list.hpp"
#include "cli/terminal.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "sort", "name|size|used", "sort by name, size or number of references", nullptr},
    {0, "tree", nullptr, "show the modules that each module uses as a tree", nullptr},
    {0, "unused", nullptr, "show only modules that are not in use and can be removed",
     nullptr},
    kJsonOption,
    kColorOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

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

int run(const Arguments& arguments, Messages& messages) {
    if (!arguments.operands().empty()) {
        messages.error("too many arguments provided.");
        return kFailure;
    }
    if (arguments.has("unused") && arguments.has("tree")) {
        messages.error("--unused cannot be combined with --tree.");
        return kFailure;
    }
    auto context = Context::create({.simulate = arguments.value("simulate")}, messages);
    if (!context)
        return report_failure(context.error(), arguments, messages, Priority::fatal);
    auto modules = arguments.has("unused") ? removable_modules(*context, messages)
                                           : context->loaded_modules();
    if (!modules) {
        messages.error("could not get list of modules: " + modules.error().message);
        if (arguments.has("json")) print(error_document(modules.error()));
        return kFailure;
    }
    const auto order = arguments.value("sort");
    if (order && !sort_modules(*modules, *order)) {
        messages.error("'" + *order +
                       "' is not a valid order for --sort: expected name, size or used");
        return kFailure;
    }
    if (arguments.has("json"))
        print(modules_as_json(*modules));
    else if (arguments.has("tree"))
        messages.print(modules_as_tree(*modules));
    else
        messages.print(modules_as_table(
            *modules, stdout_is_terminal() ? Columns::fitted : Columns::fixed));
    return kSuccess;
}

}  // namespace

const Tool kLsmod = {"lsmod", "list the loaded modules", "  lsmod [options]\n", kOptions,
                     run};

}  // namespace kmodpp::cli
