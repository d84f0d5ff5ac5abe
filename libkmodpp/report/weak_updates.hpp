// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans and makes the links in the directory weak-updates of a release.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "format/depmod_config.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"
#include "kmodpp/weak_updates.hpp"

namespace kmodpp {

/// The changes that are needed so that weak-updates has a link for each module in extra/
/// of another release that the kernel would load, and that the release does not have
/// itself. Of several releases, the newest is preferred. Removals come first. Links that
/// do not lead to extra/ of a release, and other files, are left as they are.
/// not_found: the release has no databases.
/// \param catalog of the release
[[nodiscard]] Result<std::vector<WeakUpdate>> plan_weak_updates(
    const WeakUpdatesRequest& request, Catalog& catalog, const DepmodConfig& config,
    MessageSink& messages);

/// Makes and removes the links. Directories are created, and removed if they are then
/// empty.
[[nodiscard]] Status apply_weak_updates(const io::Root& root,
                                        const std::vector<WeakUpdate>& updates);

/// All releases that have a module directory, newest first.
[[nodiscard]] Result<std::vector<std::string>> installed_releases(const io::Root& root);

}  // namespace kmodpp
