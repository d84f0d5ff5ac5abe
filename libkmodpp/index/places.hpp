// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a run of depmod reads and writes.
#pragma once

#include <string>

#include "io/root.hpp"
#include "kmodpp/depmod.hpp"

namespace kmodpp::index {

struct Places {
    io::Root host;
    io::Root root;
    io::Root output;
    std::string directory;  ///< of the release, within root and output
};

/// The root of the output is made when it is not there, unless nothing is to be written.
/// denied where a link would lead a run of root out of it: only other users may have the
/// databases written there.
[[nodiscard]] Result<Places> open_places(const DepmodRequest& request);

}  // namespace kmodpp::index
