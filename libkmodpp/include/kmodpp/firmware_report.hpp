// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The firmware files that modules may request, and where they are. Plain data.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// A file that a module may request from the kernel's firmware loader.
struct FirmwareFile {
    /// The "firmware" field of the module, relative to a firmware directory. May contain
    /// wildcards, if the driver makes the name when it runs.
    std::string name = {};
    /// The first file in the order of the kernel, as seen from outside the root; maybe
    /// with .zst or .xz at the end. Empty: the file is missing.
    std::string path = {};
};

/// The firmware of one module.
struct ModuleFirmware {
    std::string module = {};                ///< normalised
    bool builtin = false;                   ///< built into the kernel
    std::vector<FirmwareFile> files = {};   ///< in the order of the module; each once
    std::vector<std::string> devices = {};  ///< paths in /sys of devices it matches
    /// Why the module file cannot be read; else empty.
    std::string file_fault = {};

    /// The number of files that are missing.
    [[nodiscard]] std::size_t missing() const {
        std::size_t count = 0;
        for (const FirmwareFile& file : files) count += file.path.empty();
        return count;
    }
};

/// The firmware of several modules.
struct FirmwareReport {
    /// The directories that the kernel searches, in order, as seen from outside the
    /// root, whether they exist or not.
    std::vector<std::string> directories = {};
    std::vector<ModuleFirmware> modules = {};  ///< sorted by name
};

/// The modules of a FirmwareReport.
enum class FirmwareScope {
    loaded,  ///< loaded modules with firmware fields
    all,     ///< all modules of the release with firmware fields, and the built-in ones
};
/// A stable name for programs: "loaded".
[[nodiscard]] KMODPP_API std::string_view to_string(FirmwareScope scope);

}  // namespace kmodpp
