// SPDX-License-Identifier: LGPL-2.1-or-later
// Maps symbols to their providers: the kernel or one of the modules.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/name_table.hpp"
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
    SymbolTable(const SymbolTable&) = delete;
    SymbolTable& operator=(const SymbolTable&) = delete;

    /// Must be called before that number of modules' symbols is added.
    void reserve(std::size_t symbols) { positions_.reserve(entries_.size() + symbols); }

    /// Adds the kernel's symbols from a Module.symvers. malformed, with the line
    /// number, if it cannot be parsed.
    [[nodiscard]] Status add_symvers(std::string_view text);
    /// Adds the kernel's symbols from a System.map. False, without any effect, if it
    /// lists no exports: Debian installs a stub.
    [[nodiscard]] bool add_system_map(std::string_view text);

    /// \return the module that provided the name before, if any
    std::optional<std::uint32_t> add(std::string_view name, Provider provider);
    /// Null if the symbol has no provider. A leading '.' and the symbol prefix are
    /// ignored.
    /// \param hash hash_of_name() of the name
    [[nodiscard]] const Provider* find(std::string_view name, std::uint32_t hash) const {
        const std::string_view key = stem(name);
        if (key.size() != name.size()) hash = hash_of_name(key);
        const std::uint32_t at = positions_.find(key, hash);
        return at == positions_.kNone ? nullptr : &entries_[at].provider;
    }

    /// The name without the symbol prefix, as it appears in "symbol:NAME" requests.
    [[nodiscard]] std::string_view without_prefix(std::string_view name) const {
        if (prefix_ && name.starts_with(*prefix_)) name.remove_prefix(1);
        return name;
    }

    /// True if the kernel's symbols have been added, so that unknown ones can be
    /// reported.
    [[nodiscard]] bool knows_kernel() const { return knows_kernel_; }

private:
    void add_kernel(const std::vector<KernelExport>& exports);
    void add_kernel_symbol(std::string_view name, std::optional<std::uint32_t> crc);
    [[nodiscard]] std::string_view stem(std::string_view name) const {
        if (name.starts_with('.')) name.remove_prefix(1);
        return without_prefix(name);
    }

    struct Entry {
        std::string_view name;
        Provider provider;
    };
    struct NameOfEntry {
        const std::vector<Entry>& entries;
        std::string_view operator()(std::uint32_t position) const {
            return entries[position].name;
        }
    };

    std::optional<char> prefix_;
    bool knows_kernel_ = false;
    std::deque<std::string> kernel_names_;
    std::vector<Entry> entries_;
    NameTable<NameOfEntry> positions_{{entries_}};
};

}  // namespace kmodpp::index
