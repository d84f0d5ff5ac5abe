// SPDX-License-Identifier: LGPL-2.1-or-later
// Device nodes as kmod static-nodes prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/device_node.hpp>

namespace kmodpp::cli {

enum class NodeFormat { human, tmpfiles, devname, json };

/// "tmpfiles" and the like; nullopt: there is no such format.
[[nodiscard]] std::optional<NodeFormat> node_format(std::string_view name);

/// For people; lines of tmpfiles.d(5), each directory once; lines of modules.devname; an
/// array of objects.
[[nodiscard]] std::string nodes_as_text(const std::vector<DeviceNode>& nodes,
                                        NodeFormat format);

}  // namespace kmodpp::cli
