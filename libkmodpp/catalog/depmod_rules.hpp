// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration of depmod, read from its directories.
#pragma once

#include <string>
#include <vector>

#include "format/depmod_config.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

/// The configuration is the host's even when the tree is an image.
/// \param overrides files and directories that replace the default depmod.d list
/// \param messages told of lines that cannot be read
[[nodiscard]] DepmodConfig read_depmod_config(const io::Root& host,
                                              const std::vector<std::string>& overrides,
                                              MessageSink& messages);

}  // namespace kmodpp
