// SPDX-License-Identifier: LGPL-2.1-or-later
// The symbols that the simulated kernel itself exports, and those that modules of the
// tree export.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "format/symvers.hpp"
#include "io/root.hpp"
#include "simulated/kernel_description.hpp"

namespace kmodpp::kernel {

/// One symbol that the kernel or a loaded module exports.
struct Export {
    std::string name;
    std::optional<std::uint32_t> crc;
    bool gpl_only = false;
    std::string symbol_namespace = {};  ///< that users must import; usually empty
};

/// If the description has a symvers or system-map line, the kernel exports exactly the
/// symbols in that file. Otherwise it exports every symbol that no module of the tree
/// exports.
class KernelSymbols {
public:
    /// \param tree the module directory within the image: "/lib/modules/RELEASE"
    [[nodiscard]] static Result<KernelSymbols> read(const KernelRoots& roots,
                                                    const KernelDescription& description,
                                                    std::string_view tree);

    /// Whether all exports of the kernel are known.
    [[nodiscard]] bool listed() const { return listed_; }
    /// The kernel's own export of that name.
    [[nodiscard]] std::optional<Export> find(std::string_view name) const;
    /// The modules of the tree that export the symbol; empty if the exports are
    /// listed().
    [[nodiscard]] std::vector<std::string> providers(std::string_view name) const;

private:
    [[nodiscard]] Status add_symvers(std::string_view text);
    void add(const std::vector<KernelExport>& exports);
    void add_tree(std::string_view text);

    bool listed_ = false;  ///< own_ is complete
    std::map<std::string, Export, std::less<>> own_;
    std::multimap<std::string, std::string, std::less<>> providers_;
};

}  // namespace kmodpp::kernel
