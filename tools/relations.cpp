// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod tree and kmod users: print the dependencies and the users of modules as a tree.
#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/plan_views.hpp"
#include "cli/relation_tree.hpp"
#include "cli/report_command.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

using Direction = RelationsRequest::Direction;

constexpr Option kOptions[] = {
    {0, "loaded", nullptr, "show only loaded modules, as the kernel reports them",
     nullptr},
    kJsonOption,
    kColorOption,
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

int show(const Arguments& arguments, Messages& messages, Direction direction) {
    if (arguments.operands().empty()) {
        messages.error("missing module name.");
        return kFailure;
    }
    for (const char* const option : {"dirname", "set-version"})
        if (arguments.has("loaded") && arguments.has(option)) {
            messages.error(std::string("--loaded cannot be combined with --") + option +
                           ".");
            return kFailure;
        }
    auto context = Context::create(context_options(arguments), messages);
    if (!context)
        return report_failure(context.error(), arguments, messages, Priority::fatal);
    const auto graph = context->relations({.names = arguments.operands(),
                                           .direction = direction,
                                           .loaded = arguments.has("loaded")});
    if (!graph) return report_failure(graph.error(), arguments, messages);
    if (arguments.has("json"))
        print(graph_as_json(*graph));
    else
        messages.print(relations_as_tree(*graph, direction, branches_for_stdout()));
    return kSuccess;
}

int show_dependencies(const Arguments& arguments, Messages& messages) {
    return show(arguments, messages, Direction::dependencies);
}

int show_users(const Arguments& arguments, Messages& messages) {
    return show(arguments, messages, Direction::users);
}

}  // namespace

const Tool kTree = {"tree", "show the modules that modules depend on as a tree",
                    "  kmod tree [options] MODULE...\n", kOptions, show_dependencies};

const Tool kUsers = {"users", "show the modules that depend on modules as a tree",
                     "  kmod users [options] MODULE...\n", kOptions, show_users};

}  // namespace kmodpp::cli
