// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/device_nodes.hpp"

#include <utility>

#include "base/text.hpp"
#include "format/devname.hpp"

namespace kmodpp {

namespace {

/// A thousand times the size in a distribution kernel.
constexpr std::uint64_t kMaxDevname = 1u << 20;

}  // namespace

Result<DeviceNodes> read_device_nodes(const io::Root& root, const std::string& directory,
                                      MessageSink& messages) {
    const std::string path = cat(directory, "/modules.devname");
    TRY_ASSIGN(const std::string text, root.read_file(path, kMaxDevname));
    DevnameFile file = parse_devname(text);
    for (const std::string& remark : file.remarks)
        messages.message(Priority::warning, cat(root.display(path), ": ", remark));
    return DeviceNodes{std::move(file.nodes), file.remarks.size()};
}

}  // namespace kmodpp
