// SPDX-License-Identifier: LGPL-2.1-or-later
// rmmod: removes modules, without their dependencies.
#include <kmodpp/context.hpp>

#include "cli/diagnosis_view.hpp"
#include "cli/load_errors.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

struct RmmodOptions : SystemOptions {
    bool force = false;
};

constexpr auto kOptions = table_of<RmmodOptions>({
    {'f', "force", nullptr, "remove modules that are in use; may crash the machine",
     sets<&RmmodOptions::force>},
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

struct Obstacle {
    std::string text;     ///< empty: the module can be removed
    bool in_use = false;  ///< if true, a diagnosis can find out what uses it
};

/// Returns the first reason, in kmod's order, why the module cannot be removed now.
Obstacle obstacle(const Context& context, const std::string& name) {
    const auto state = context.state(name);
    if (!state) return {name + ": " + state.error().message};
    switch (*state) {
        case InitState::builtin: return {"Module " + name + " is builtin."};
        case InitState::absent: return {"Module " + name + " is not currently loaded"};
        default: break;
    }
    const auto holders = context.holders(name);
    if (holders && !holders->empty()) {
        std::string text = "Module " + name + " is in use by:";
        for (const std::string& holder : *holders) text += " " + holder;
        return {text, true};
    }
    const auto refcount = context.refcount(name);
    if (!refcount && refcount.error().kind == ErrorKind::not_found)
        return {"Module unloading is not supported"};
    if (refcount.value_or(0) > 0) return {"Module " + name + " is in use", true};
    return {};
}

int run(const RmmodOptions& options, Messages& messages) {
    if (options.operands.empty()) {
        messages.error("missing module name.");
        return kFailure;
    }
    auto context = Context::create(context_options(options), messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
    int status = kSuccess;
    for (const std::string& operand : options.operands) {
        const std::string name = module_name(operand).value_or(operand);
        if (!options.force) {
            if (const auto [reason, in_use] = obstacle(*context, name); !reason.empty()) {
                messages.error(reason);
                status = kFailure;
                if (!in_use) continue;
                show_diagnosis(context->diagnose(busy_removal(name), {}), reason,
                               messages);
                continue;
            }
        }
        messages.info("rmmod " + name);
        const auto removed = context->remove_module(name, options.force);
        if (removed) continue;
        const std::string message =
            "could not remove module " + name + ": " + plain_error_text(removed.error());
        messages.error(message);
        Step step;
        step.action = Step::Action::remove;
        step.module = name;
        show_diagnosis(context->diagnose({step, removed.error()}, {}), message, messages);
        status = kFailure;
    }
    return status;
}

}  // namespace

const Tool kRmmod = tool_of("rmmod", "remove modules from the kernel",
                            "  rmmod [options] MODULE...\n", kOptions, runs<run>);

}  // namespace kmodpp::cli
