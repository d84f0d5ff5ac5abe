// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod static-nodes: prints the device nodes to create before any module is loaded.
#include <kmodpp/context.hpp>

#include "cli/device_nodes.hpp"
#include "cli/document.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"
#include "io/output_file.hpp"

namespace kmodpp::cli {

namespace {

struct StaticNodesOptions : SystemOptions {
    std::optional<std::string> format;
    std::optional<std::string> output;
};

constexpr auto kOptions = table_of<StaticNodesOptions>({
    {'f', "format", "human|tmpfiles|devname|json", "choose the output format",
     sets<&StaticNodesOptions::format>},
    {'o', "output", "FILE", "write to FILE instead of stdout",
     sets<&StaticNodesOptions::output>},
    kColorOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

int run(const StaticNodesOptions& options, Messages& messages) {
    const std::string name = options.format.value_or("human");
    const auto format = node_format(name);
    if (!format) {
        messages.error("unknown format '" + name +
                       "': expected human, tmpfiles, devname or json");
        return kFailure;
    }
    auto context = Context::create(context_options(options), messages);
    if (!context) {
        messages.fatal(context.error().message);
        if (format == NodeFormat::json) print(error_document(context.error()));
        return kFailure;
    }
    auto nodes = context->device_nodes();
    if (!nodes && nodes.error().kind == ErrorKind::not_found) {
        // Services run this early at boot, also on kernels without modules.
        messages.warning(context->module_directory() +
                         "/modules.devname not found - ignoring");
        if (format == NodeFormat::json && !options.output)
            print(nodes_as_text({}, *format));
        return kSuccess;
    }
    if (!nodes) {
        messages.error(nodes.error().message);
        if (format == NodeFormat::json) print(error_document(nodes.error()));
        return kFailure;
    }
    const std::string text = nodes_as_text(nodes->nodes, *format);
    if (options.output) {
        if (const auto written = write_output_file(*options.output, text); !written) {
            messages.error(written.error().message);
            return kFailure;
        }
    } else {
        print(text);
    }
    return nodes->refused == 0 ? kSuccess : kFailure;
}

}  // namespace

const Tool kStaticNodes =
    tool_of("static-nodes", "show the device nodes that modules provide",
            "  kmod static-nodes [options]\n", kOptions, runs<run>);

}  // namespace kmodpp::cli
