// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts that the simulated kernel records about a loaded module.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kmodpp/loaded_module.hpp"
#include "simulated/kernel_symbols.hpp"

namespace kmodpp::kernel {

/// Plain data; owns its strings. Names are single directory entries.
struct NewModule {
    struct File {
        std::string name, contents;
        mode_t mode = 0444;
    };

    LoadedModule line;
    std::uint64_t init_size = 0;  ///< bytes of the init sections
    std::optional<std::string> version, srcversion;
    std::vector<File> parameters;
    std::vector<std::string> sections;
    std::vector<File> notes;
    std::uint16_t machine = 0;
    std::vector<Export> exports;
    std::vector<std::string> owners;  ///< modules whose symbols this one uses
};

}  // namespace kmodpp::kernel
