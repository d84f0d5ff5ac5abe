// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens libkmodpp for libkmodpp-load and libkmodpp-index.
#pragma once

#include <vector>

#include "io/shared_object.hpp"
#include "trust/tree_check.hpp"

namespace kmodpp {

/// Opens libkmodpp at the first call. unsupported: it cannot be opened, or is of another
/// version.
[[nodiscard]] Result<io::SharedObject> open_complete();

/// trust::check_tree() of libkmodpp, for libkmodpp-index. Also fails like
/// open_complete().
[[nodiscard]] KMODPP_API Result<std::vector<VerifiedModule>> check_tree_in_libkmodpp(
    const trust::TreeCheck& check, MessageSink& messages);

}  // namespace kmodpp
