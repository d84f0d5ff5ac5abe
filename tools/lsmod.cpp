// SPDX-License-Identifier: LGPL-2.1-or-later
// lsmod: lists the loaded modules.
#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/module_list.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "sort", "name|size|used", "sort by name, size or number of references", nullptr},
    {0, "tree", nullptr, "show the modules that each module uses as a tree", nullptr},
    kJsonOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

int run(const Arguments& arguments, Messages& messages) {
    if (!arguments.operands().empty()) {
        messages.error("too many arguments provided.");
        return kFailure;
    }
    auto context = Context::create({.simulate = arguments.value("simulate")}, messages);
    if (!context) {
        messages.fatal(context.error().message);
        if (arguments.has("json")) print(error_document(context.error()));
        return kFailure;
    }
    auto modules = context->loaded_modules();
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
        print(modules_as_tree(*modules));
    else
        print(modules_as_table(*modules));
    return kSuccess;
}

}  // namespace

const Tool kLsmod = {"lsmod", "list the loaded modules", "  lsmod [options]\n", kOptions,
                     run};

}  // namespace kmodpp::cli
