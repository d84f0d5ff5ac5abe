// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the signatures of a whole module tree, for depmod --verify.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kmodpp/message.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp::trust {

/// The modules of a tree, and whose signatures count: see chosen_store(). Borrows.
struct TreeCheck {
    const std::vector<ModuleLocation>& modules;
    const io::Root& host;
    const std::vector<std::string>& certificates;  ///< absolute paths
    const io::Root& root;
    std::string_view release;
    std::string_view module_directory;
    CheckOptions options = {};
};

/// One verdict for each module. Errors are those of chosen_store().
[[nodiscard]] Result<std::vector<VerifiedModule>> check_tree(const TreeCheck& check,
                                                             MessageSink& messages);

}  // namespace kmodpp::trust
