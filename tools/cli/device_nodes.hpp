// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats device nodes for kmod static-nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/device_node.hpp>

namespace kmodpp::cli {

enum class NodeFormat { human, tmpfiles, devname, json };

/// The format with that name, such as "tmpfiles"; nullopt: unknown.
[[nodiscard]] std::optional<NodeFormat> node_format(std::string_view name);

/// The formats: readable text; lines of tmpfiles.d(5), each directory once; lines of
/// modules.devname; a JSON array of objects.
[[nodiscard]] std::string nodes_as_text(const std::vector<DeviceNode>& nodes,
                                        NodeFormat format);
[[nodiscard]] std::string nodes_as_json(const std::vector<DeviceNode>& nodes);

}  // namespace kmodpp::cli
