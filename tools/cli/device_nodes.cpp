// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/device_nodes.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace kmodpp::cli {

namespace {

std::string number(const DeviceNode& node) {
    return std::to_string(node.major) + ":" + std::to_string(node.minor);
}

std::string for_humans(const std::vector<DeviceNode>& nodes) {
    std::string text;
    for (const DeviceNode& node : nodes)
        text += "Module: " + node.module + "\n\tDevice node: /dev/" + node.path +
                "\n\t\tType: " + (node.block ? "block" : "character") +
                " device\n\t\tMajor: " + std::to_string(node.major) +
                "\n\t\tMinor: " + std::to_string(node.minor) + "\n";
    return text;
}

std::string for_tmpfiles(const std::vector<DeviceNode>& nodes) {
    std::string text;
    std::set<std::string> directories;
    for (const DeviceNode& node : nodes) {
        const std::size_t slash = node.path.rfind('/');
        if (slash != std::string::npos) {
            const std::string directory = node.path.substr(0, slash);
            if (directories.insert(directory).second)
                text += "d /dev/" + directory + " 0755 - - -\n";
        }
        text += std::string(node.block ? "b" : "c") + "! /dev/" + node.path +
                " 0600 - - - " + number(node) + "\n";
    }
    return text;
}

std::string for_databases(const std::vector<DeviceNode>& nodes) {
    std::string text;
    for (const DeviceNode& node : nodes)
        text += node.module + " " + node.path + (node.block ? " b" : " c") +
                number(node) + "\n";
    return text;
}

struct FormatRow {
    std::string_view name;
    std::string (*print)(const std::vector<DeviceNode>&);
};
/// In the order of the enumerators of NodeFormat.
constexpr std::array<FormatRow, 4> kFormats = {{
    {"human", for_humans},
    {"tmpfiles", for_tmpfiles},
    {"devname", for_databases},
    {"json", nodes_as_json},
}};

}  // namespace

std::optional<NodeFormat> node_format(std::string_view name) {
    const auto* const row = std::ranges::find(kFormats, name, &FormatRow::name);
    if (row == kFormats.end()) return std::nullopt;
    return static_cast<NodeFormat>(row - kFormats.begin());
}

std::string nodes_as_text(const std::vector<DeviceNode>& nodes, NodeFormat format) {
    return kFormats[std::to_underlying(format)].print(nodes);
}

}  // namespace kmodpp::cli
