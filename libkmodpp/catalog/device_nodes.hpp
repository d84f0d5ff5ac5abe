// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the device nodes of a module directory.
#pragma once

#include <string>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kmodpp/device_node.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

/// Reads modules.devname. not_found if it does not exist.
/// \param directory within the root
[[nodiscard]] Result<DeviceNodes> read_device_nodes(const io::Root& root,
                                                    const std::string& directory,
                                                    MessageSink& messages);

}  // namespace kmodpp
