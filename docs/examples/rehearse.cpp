// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests the module loading of an image without booting it: builds the databases of its
// modules, then loads names into a simulated kernel under its root, which makes the same
// checks as a real one.
//
//   rehearse ROOT RELEASE NAME...
//
// ROOT is an unpacked image with lib/modules/RELEASE; the databases and the state of the
// simulated kernel are written into it. Exit status: 0 if everything loads, 1 if not, 2
// if the arguments are not valid.
#include <iostream>
#include <span>
#include <string>

#include <kmodpp/context.hpp>
#include <kmodpp/depmod.hpp>

namespace {

int fail(kmodpp::MessageSink& sink, const kmodpp::Error& error) {
    sink.message(kmodpp::Priority::error, error.message);
    return 1;
}

int load(kmodpp::Context& context, const std::string& name, kmodpp::MessageSink& sink) {
    const auto plan = context.plan_insert({.name = name});
    if (!plan) return fail(sink, plan.error());
    int status = 0;
    for (const kmodpp::Goal& goal : plan->goals) {
        const auto done = context.execute(goal, {.observe = [](const kmodpp::Step& step) {
                                              std::cout << "load " << step.module << '\n';
                                          }});
        if (done) continue;
        status = fail(sink, done.error());
        const auto diagnosis = context.diagnose(done.error(), {});
        if (!diagnosis) continue;
        for (const kmodpp::Finding& finding : diagnosis->findings)
            std::cout << "  " << to_string(finding.cause) << ": " << finding.text << '\n';
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: rehearse ROOT RELEASE NAME...\n";
        return 2;
    }
    const std::string root = argv[1];
    const std::string release = argv[2];

    kmodpp::StandardErrorSink sink;
    const auto report = kmodpp::run_depmod(
        {.root = root, .release = release, .config = {root + "/etc/depmod.d"}}, sink);
    if (!report) return fail(sink, report.error());
    std::cout << report->modules << " modules, " << report->aliases << " aliases\n";

    auto context = kmodpp::Context::create({.simulate = root, .release = release}, sink);
    if (!context) return fail(sink, context.error());
    int status = 0;
    for (const std::string name : std::span(argv + 3, argv + argc))
        status |= load(*context, name, sink);
    return status;
}
