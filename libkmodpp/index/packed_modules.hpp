// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds compressed modules that the kernel of the tree cannot unpack itself.
#pragma once

#include <string>
#include <vector>

#include "catalog/scan.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// Warns once, with the number of such modules, the first of them and the reason.
/// Requires a kernel configuration (DIRECTORY/config or /boot/config-RELEASE) in which
/// the kernel unpacks modules itself.
void warn_of_packed_modules(const io::Root& root, const std::string& directory,
                            const std::string& release,
                            const std::vector<FoundModule>& modules, unsigned jobs,
                            MessageSink& messages);

}  // namespace kmodpp::index
