// SPDX-License-Identifier: LGPL-2.1-or-later
// lsmod: the modules that the kernel holds.
#include <cstdio>

#include <kmodpp/context.hpp>

#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    kSimulateOption, kSyslogOption, kVerboseOption, kVersionOption, kHelpOption,
};

std::string row(const LoadedModule& module) {
    char columns[320];
    const int length = std::snprintf(
        columns, sizeof columns, "%-19s %8llu  %ld", module.name.c_str(),
        static_cast<unsigned long long>(module.size), module.refcount.value_or(0));
    std::string line(columns, static_cast<std::size_t>(length));
    const char* separator = " ";
    for (const std::string& holder : module.holders) {
        line += separator + holder;
        separator = ",";
    }
    return line + "\n";
}

int run(const Arguments& arguments, Messages& messages) {
    if (!arguments.operands().empty()) {
        messages.error("too many arguments provided.");
        return kFailure;
    }
    auto context = Context::create({.simulate = arguments.value("simulate")}, messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
    const auto modules = context->loaded_modules();
    if (!modules) {
        messages.error("could not get list of modules: " + modules.error().message);
        return kFailure;
    }
    print("Module                  Size  Used by\n");
    for (const LoadedModule& module : *modules) print(row(module));
    return kSuccess;
}

}  // namespace

const Tool kLsmod = {"lsmod", "show the modules in the kernel", "  lsmod [options]\n",
                     kOptions, run};

}  // namespace kmodpp::cli
