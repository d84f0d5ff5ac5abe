// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds compressed modules that the kernel of the tree cannot unpack itself.
#pragma once

#include <string>
#include <vector>

#include "catalog/scan.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// One warning with the number of such modules, the first of them and the reason. Only if
/// the kernel's configuration is known (DIRECTORY/config or /boot/config-RELEASE) and
/// says that the kernel unpacks modules.
void warn_of_packed_modules(const io::Root& root, const std::string& directory,
                            const std::string& release,
                            const std::vector<FoundModule>& modules, unsigned jobs,
                            MessageSink& messages);

}  // namespace kmodpp::index
