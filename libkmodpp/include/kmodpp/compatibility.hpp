// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Whether a module file would load on the kernel of an installed release.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kmodpp/diagnosis.hpp>

namespace kmodpp {

/// A request to check module files. Plain data.
struct CompatibilityRequest {
    /// Paths of module files, relative to the current directory. Each file may use the
    /// exports of the others.
    std::vector<std::string> files;
    /// Check as if the kernel only accepted modules with a valid signature.
    bool require_signature = false;
};

/// The result for one module file. Plain data.
struct ModuleCompatibility {
    std::string path;    ///< absolute
    std::string module;  ///< name of the module
    /// Why the kernel would refuse the module; nullopt: no reason was found.
    std::optional<Diagnosis> refusal = {};
    /// Symbols of the kernel that could not be checked, because there is no
    /// Module.symvers and no module of the release uses them. Sorted.
    std::vector<std::string> unchecked = {};
};

}  // namespace kmodpp
