// SPDX-License-Identifier: LGPL-2.1-or-later
// All that the simulated kernel records of a module that it has taken.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulated/kernel_symbols.hpp"
#include "kmodpp/loaded_module.hpp"

namespace kmodpp::kernel {

/// Plain data; owns its texts. Names are single entries of a directory.
struct NewModule {
    struct File {
        std::string name, contents;
        mode_t mode = 0444;
    };

    LoadedModule line;
    std::uint64_t init_size = 0;  ///< bytes that only init needs
    std::optional<std::string> version, srcversion;
    std::vector<File> parameters;
    std::vector<std::string> sections;
    std::vector<File> notes;
    std::uint16_t machine = 0;
    std::vector<Export> exports;
    std::vector<std::string> owners;  ///< modules whose symbols it uses
};

}  // namespace kmodpp::kernel
