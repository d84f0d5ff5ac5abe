// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads depmod's configuration from the depmod.d directories.
#pragma once

#include <string>
#include <vector>

#include "format/depmod_config.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

/// The configuration is always the host's, even if the module tree is in an image.
/// \param overrides files and directories to read instead of the default directories
/// \param messages receives a warning for each invalid line
[[nodiscard]] DepmodConfig read_depmod_config(const io::Root& host,
                                              const std::vector<std::string>& overrides,
                                              MessageSink& messages);

}  // namespace kmodpp
