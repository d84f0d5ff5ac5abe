// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the loaded modules, and shows what loading names would do.
//
//   resolve [--simulate ROOT] NAME...
//
// A name is a module, an alias ("pci:v00008086d…", "fs-ext4"), or "symbol:NAME". Nothing
// is loaded: a plan is data. Exit status: 0 on success, 1 on an error such as an unknown
// name, 2 if the arguments are not valid.
#include <iostream>
#include <span>
#include <string>

#include <kmodpp/context.hpp>

#include "messages.hpp"

namespace {

std::string_view in_words(kmodpp::Step::Action action) {
    using enum kmodpp::Step::Action;
    switch (action) {
        case insert: return "load";
        case remove: return "remove";
        case run_install: return "run";
        case run_remove: return "run";
        case builtin: return "built in";
        case already_loaded: return "already loaded";
        case missing: return "not found";
        case kept: return "kept";
        case forbidden: return "forbidden";
    }
    return "?";
}

int list(const kmodpp::Context& context) {
    const auto modules = context.loaded_modules();
    if (!modules) return complain(modules.error());
    std::cout << modules->size() << " modules are loaded\n";
    for (const kmodpp::LoadedModule& module : *modules) {
        std::cout << "  " << module.name << ", " << module.size << " bytes";
        for (const std::string& holder : module.holders)
            std::cout << ", used by " << holder;
        std::cout << '\n';
    }
    return 0;
}

int resolve(const kmodpp::Context& context, const std::string& name) {
    const auto plan = context.plan_insert({.name = name});
    if (!plan) return complain(plan.error());
    for (const kmodpp::Goal& goal : plan->goals) {
        std::cout << name << " is " << goal.module.name << " ("
                  << to_string(goal.module.source) << ")\n";
        if (!goal.skipped.empty()) std::cout << "  skipped: " << goal.skipped << '\n';
        for (const kmodpp::Step& step : goal.steps) {
            std::cout << "  " << in_words(step.action) << ' ' << step.module;
            if (!step.options.empty()) std::cout << " (" << step.options << ')';
            std::cout << ": " << to_string(step.cause) << '\n';
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::span<char*> words(argv + 1, argv + argc);
    kmodpp::ContextOptions options;
    if (words.size() >= 2 && std::string_view(words[0]) == "--simulate") {
        options.simulate = words[1];
        words = words.subspan(2);
    }
    if (!words.empty() && words[0][0] == '-') {
        std::cerr << "usage: resolve [--simulate ROOT] NAME...\n";
        return 2;
    }

    ToStandardError sink;  // outlives the context
    const auto context = kmodpp::Context::create(options, sink);
    if (!context) return complain(context.error());

    int status = list(*context);
    for (const std::string name : words) status |= resolve(*context, name);
    return status;
}
