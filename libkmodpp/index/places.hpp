// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a run of depmod reads and writes, and its configuration.
#pragma once

#include <string>

#include "format/depmod_config.hpp"
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
[[nodiscard]] Result<Places> open_places(const DepmodRequest& request);

/// Configuration and the kernel's files are the host's even when the tree is an image.
[[nodiscard]] DepmodConfig read_config(const io::Root& host, const DepmodRequest& request,
                                       MessageSink& messages);

}  // namespace kmodpp::index
