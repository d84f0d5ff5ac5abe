// SPDX-License-Identifier: LGPL-2.1-or-later
// Who provides a symbol: the kernel itself, or one of the modules.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "format/symvers.hpp"

namespace kmodpp::index {

struct Provider {
    static constexpr std::uint32_t kKernel = UINT32_MAX;
    std::uint32_t module = kKernel;  ///< position in the order of the databases
    std::optional<std::uint32_t> crc;
};

/// Borrows the names of modules' symbols; owns those of the kernel.
class SymbolTable {
public:
    explicit SymbolTable(std::optional<char> prefix) : prefix_(prefix) {}

    void reserve(std::size_t symbols) { providers_.reserve(symbols); }

    /// The kernel's symbols in a Module.symvers. malformed names the line.
    [[nodiscard]] Status add_symvers(std::string_view text);
    /// The kernel's symbols in a System.map. False, and nothing is known of the kernel,
    /// when it lists no export: Debian installs a stub.
    [[nodiscard]] bool add_system_map(std::string_view text);

    /// \return the module that provided the name before, if one did
    std::optional<std::uint32_t> add(std::string_view name, Provider provider);
    /// Null when nobody provides it. A leading '.' and the symbol prefix do not count.
    [[nodiscard]] const Provider* find(std::string_view name) const;

    /// As people ask for it: without the symbol prefix.
    [[nodiscard]] std::string_view without_prefix(std::string_view name) const;

    /// True once a file told the symbols of the kernel, so that an unknown one is
    /// missing.
    [[nodiscard]] bool knows_kernel() const { return knows_kernel_; }

private:
    void add_kernel(const std::vector<KernelExport>& exports);
    void add_kernel_symbol(std::string_view name, std::optional<std::uint32_t> crc);
    [[nodiscard]] std::string_view stem(std::string_view name) const;

    std::optional<char> prefix_;
    bool knows_kernel_ = false;
    std::deque<std::string> kernel_names_;
    std::unordered_map<std::string_view, Provider> providers_;
};

}  // namespace kmodpp::index
