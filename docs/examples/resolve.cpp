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

namespace {

kmodpp::Status list(const kmodpp::Context& context) {
    const auto modules = context.loaded_modules();
    if (!modules) return std::unexpected(modules.error());
    std::cout << modules->size() << " modules are loaded\n";
    for (const kmodpp::LoadedModule& module : *modules) {
        std::cout << "  " << module.name << ", " << module.size << " bytes";
        for (const std::string& holder : module.holders)
            std::cout << ", used by " << holder;
        std::cout << '\n';
    }
    return {};
}

kmodpp::Status resolve(const kmodpp::Context& context, const std::string& name) {
    const auto plan = context.plan_insert({.name = name});
    if (!plan) return std::unexpected(plan.error());
    for (const kmodpp::Goal& goal : plan->goals) {
        std::cout << name << " is " << goal.module.name << " ("
                  << to_string(goal.module.source) << ")\n";
        if (!goal.skipped.empty()) std::cout << "  skipped: " << goal.skipped << '\n';
        for (const kmodpp::Step& step : goal.steps) {
            std::cout << "  " << to_string(step.action) << ' ' << step.module;
            if (!step.options.empty()) std::cout << " (" << step.options << ')';
            std::cout << ": " << to_string(step.cause) << '\n';
        }
    }
    return {};
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

    kmodpp::StandardErrorSink sink;  // outlives the context
    int status = 0;
    const auto check = [&](const kmodpp::Status& done) {
        if (done) return;
        sink.message(kmodpp::Priority::error, done.error().message);
        status = 1;
    };
    const auto context = kmodpp::Context::create(options, sink);
    check(context ? list(*context) : std::unexpected(context.error()));
    if (context)
        for (const std::string name : words) check(resolve(*context, name));
    return status;
}
