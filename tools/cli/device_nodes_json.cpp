// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod static-nodes --format=json.
#include "cli/device_nodes.hpp"
#include "cli/json.hpp"

namespace kmodpp::cli {

std::string nodes_as_json(const std::vector<DeviceNode>& nodes) {
    Json array = Json::array();
    for (const DeviceNode& node : nodes)
        array.push_back({{"module", node.module},
                         {"node", "/dev/" + node.path},
                         {"type", node.block ? "block" : "character"},
                         {"major", node.major},
                         {"minor", node.minor}});
    return json_text(array);
}

}  // namespace kmodpp::cli
