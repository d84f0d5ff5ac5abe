// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing and removing the directories beneath sys/module of a simulated kernel.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kernel/module_store.hpp"

namespace kmodpp::kernel {

/// Makes the whole directory of a module under another name and puts it in place with one
/// rename, so that no reader meets half of it.
[[nodiscard]] Status create_module_directory(const io::Root& root,
                                             const NewModule& module);

/// Absent is fine.
[[nodiscard]] Status remove_module_directory(const io::Root& root, std::string_view name);

/// Makes refcnt and holders/ of a module agree with its line.
[[nodiscard]] Status update_references(const io::Root& root, const LoadedModule& module);

}  // namespace kmodpp::kernel
