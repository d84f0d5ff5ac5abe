// SPDX-License-Identifier: LGPL-2.1-or-later
// The description file of a simulated kernel, etc/kmodpp/kernel.conf; its grammar is in
// kernel/simulated_kernel.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/decompress.hpp"
#include "io/root.hpp"

namespace kmodpp::kernel {

inline constexpr std::string_view kDescriptionPath = "/etc/kmodpp/kernel.conf";

struct KernelDescription {
    std::string release;                  ///< empty: not said
    std::optional<std::string> vermagic;  ///< the whole text
    std::string command_line;
    std::optional<std::uint16_t> machine;  ///< e_machine of its modules
    std::string symvers;                   ///< path within the root, or empty
    std::string system_map;                ///< path within the root, or empty
    /// What the init function of a module returns; 0 for those that are not here.
    std::map<std::string, int, std::less<>> init_results;
    std::set<std::string, std::less<>> builtins;
    io::Compression compression = io::Compression::none;
};

/// malformed: "line N: …".
[[nodiscard]] Result<KernelDescription> parse_kernel_description(std::string_view text);

/// The file of a root; without one, a kernel of which nothing is said.
[[nodiscard]] Result<KernelDescription> read_kernel_description(const io::Root& root);

}  // namespace kmodpp::kernel
