// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The modules of a kernel release, and where they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// The part of a release that a module belongs to, by the first directory of its path in
/// the module directory.
enum class ModulePlace {
    kernel,        ///< kernel/: built and installed together with the kernel
    updates,       ///< updates/: built separately, for example by DKMS
    extra,         ///< extra/: built separately
    weak_updates,  ///< weak-updates/: a link to a module of another release
    other,         ///< another directory, or one outside the module directory
    builtin,       ///< built into the kernel, without a file
};
/// A stable name for programs: "weak_updates".
[[nodiscard]] KMODPP_API std::string_view to_string(ModulePlace place);

/// A module of a release. Plain data.
struct InstalledModule {
    std::string name = {};                    ///< normalised
    ModulePlace place = ModulePlace::kernel;  ///< where the file is
    /// The file, as seen from outside the root; empty if the module is built in.
    std::string path = {};
    /// The size of the file in bytes, compressed or not. nullopt: the module is built in,
    /// or the file does not exist or cannot be examined.
    std::optional<std::uint64_t> size = {};
};

}  // namespace kmodpp
