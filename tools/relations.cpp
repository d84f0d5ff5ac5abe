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

struct RelationsOptions : SystemOptions {
    bool loaded = false;
};

constexpr auto kOptions = table_of<RelationsOptions>({
    {0, "loaded", nullptr, "show only loaded modules, as the kernel reports them",
     sets<&RelationsOptions::loaded>},
}, kReportRows);

int show(const RelationsOptions& options, Messages& messages, Direction direction) {
    if (options.operands.empty()) {
        messages.error("missing module name.");
        return kFailure;
    }
    const char* const conflict =
        first_given({{"dirname", options.root.has_value()},
                     {"set-version", options.release.has_value()}});
    if (options.loaded && conflict != nullptr) {
        messages.error(std::string("--loaded cannot be combined with --") + conflict +
                       ".");
        return kFailure;
    }
    auto context = Context::create(context_options(options), messages);
    if (!context)
        return report_failure(context.error(), options, messages, Priority::fatal);
    const auto graph = context->relations(
        {.names = options.operands, .direction = direction, .loaded = options.loaded});
    if (!graph) return report_failure(graph.error(), options, messages);
    if (options.json)
        print(graph_as_json(*graph));
    else
        messages.print(relations_as_tree(*graph, direction, branches_for_stdout()));
    return kSuccess;
}

int show_dependencies(const RelationsOptions& options, Messages& messages) {
    return show(options, messages, Direction::dependencies);
}

int show_users(const RelationsOptions& options, Messages& messages) {
    return show(options, messages, Direction::users);
}

}  // namespace

const Tool kTree =
    tool_of("tree", "show the modules that modules depend on as a tree",
            "  kmod tree [options] MODULE...\n", kOptions, runs<show_dependencies>);

const Tool kUsers =
    tool_of("users", "show the modules that depend on modules as a tree",
            "  kmod users [options] MODULE...\n", kOptions, runs<show_users>);

}  // namespace kmodpp::cli
