// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out what the kernel of an installed release exports, without its image.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "format/depmod_config.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"
#include "kmodpp/release_diff.hpp"

namespace kmodpp {

/// Modules in this part of a module directory were built together with the kernel.
inline constexpr std::string_view kOwnModules = "kernel/";

/// The exports that a Module.symvers lists for the kernel itself.
struct KernelExports {
    std::string file = {};  ///< as seen from outside the root; empty: there is none
    std::vector<std::pair<std::string, ExportedState>> symbols = {};
};

/// Reads the Module.symvers of a release from one of the usual places. Fails if it
/// exists, but cannot be read.
[[nodiscard]] Result<KernelExports> read_kernel_exports(const io::Root& root,
                                                        const std::string& directory,
                                                        const std::string& release);

/// Symbols and their CRCs.
using ExpectedVersions = std::map<std::string, std::uint32_t, std::less<>>;

/// The versions that the modules built together with the kernel expect of all symbols
/// they need. Covers most exports of the kernel, for a release without Module.symvers.
/// Reads all modules, with several threads, and skips those that cannot be read.
[[nodiscard]] Result<ExpectedVersions> read_expected_versions(
    const io::Root& root, const std::string& directory, const std::string& release,
    const DepmodConfig& config, MessageSink& messages);

}  // namespace kmodpp
