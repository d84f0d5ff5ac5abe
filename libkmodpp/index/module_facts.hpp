// SPDX-License-Identifier: LGPL-2.1-or-later
// What the databases need to know about one module, packed into one block of bytes that
// is the same in memory and in the inspection cache.
//
//   u32 × 9   numbers of export rows, need rows and aliases, then the sizes of the six
//             text lists
//   row       u8 flags (kHasCrc, kWeak), u16 length of the name, u32 hash_of_name(), u32
//             CRC; exports first, then needs
//   texts     names of exports, names of needs, aliases, softdeps, weakdeps,
//             the release in vermagic; each text ends in NUL
//
// All integers are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "format/symbols.hpp"

namespace kmodpp::index {

/// Consecutive NUL-terminated texts, as a range of string views.
class TextList {
public:
    class Iterator {
    public:
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        explicit Iterator(std::string_view rest) : rest_(rest) { measure(); }
        std::string_view operator*() const { return rest_.substr(0, length_); }
        Iterator& operator++() {
            rest_.remove_prefix(length_ + 1);
            measure();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return rest_.empty(); }

    private:
        void measure() { length_ = rest_.empty() ? 0 : rest_.find('\0'); }
        std::string_view rest_;
        std::size_t length_ = 0;
    };

    /// \param texts empty, or ending in NUL
    explicit TextList(std::string_view texts) : texts_(texts) {}
    [[nodiscard]] Iterator begin() const { return Iterator(texts_); }
    [[nodiscard]] static std::default_sentinel_t end() { return {}; }

private:
    std::string_view texts_;
};

/// The row of an export or need.
namespace fact_row {
inline constexpr auto kOrder = std::endian::little;
inline constexpr std::size_t kLength = 1;
inline constexpr std::size_t kHash = kLength + sizeof(std::uint16_t);
inline constexpr std::size_t kCrc = kHash + sizeof(std::uint32_t);
inline constexpr std::size_t kSize = kCrc + sizeof(std::uint32_t);
inline constexpr std::byte kHasCrc{1};
inline constexpr std::byte kWeak{2};
}  // namespace fact_row

/// Names with one row each, as a range of ExportedSymbol or NeededSymbol.
template <class Symbol>
class SymbolList {
public:
    class Iterator {
    public:
        using value_type = Symbol;
        using difference_type = std::ptrdiff_t;
        Iterator(const std::byte* row, const char* name) : row_(row), name_(name) {}
        Symbol operator*() const {
            Symbol symbol{.name = {name_, length()},
                          .crc = std::nullopt,
                          .hash = word(fact_row::kHash)};
            if ((row_[0] & fact_row::kHasCrc) != std::byte{0})
                symbol.crc = word(fact_row::kCrc);
            if constexpr (requires { symbol.weak; })
                symbol.weak = (row_[0] & fact_row::kWeak) != std::byte{0};
            return symbol;
        }
        Iterator& operator++() {
            name_ += length() + 1;
            row_ += fact_row::kSize;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return row_ == other.row_; }

    private:
        [[nodiscard]] std::size_t length() const {
            return load<std::uint16_t>(row_ + fact_row::kLength, fact_row::kOrder);
        }
        [[nodiscard]] std::uint32_t word(std::size_t at) const {
            return load<std::uint32_t>(row_ + at, fact_row::kOrder);
        }
        const std::byte* row_;
        const char* name_;
    };

    /// \param names as long as the rows say
    SymbolList(Bytes rows, std::string_view names) : rows_(rows), names_(names) {}
    [[nodiscard]] std::size_t size() const { return rows_.size() / fact_row::kSize; }
    [[nodiscard]] Iterator begin() const { return {rows_.data(), names_.data()}; }
    [[nodiscard]] Iterator end() const { return {rows_.data() + rows_.size(), nullptr}; }

private:
    Bytes rows_;
    std::string_view names_;
};

/// The lists of a module before they are packed. Borrows.
struct FactLists {
    std::vector<ExportedSymbol> exports;
    std::vector<NeededSymbol> needs;
    std::vector<std::string_view> aliases;
    std::vector<std::string_view> softdeps;
    std::vector<std::string_view> weakdeps;
    std::string_view release = {};  ///< in vermagic; empty if there is none
};

/// Immutable and move-only. A default object is empty. Others own their bytes (pack) or
/// borrow them (take, view).
class ModuleFacts {
public:
    ModuleFacts() = default;
    /// Packs a copy of the lists. malformed if the length of a symbol's name does not fit
    /// into its row, or if the copy takes more than \p limit bytes: in a
    /// module linked by the kernel build, the facts are smaller than the sections that
    /// they come from, but overlapping strings in a crafted file can make them larger.
    /// \param limit the uncompressed size of the module
    [[nodiscard]] static Result<ModuleFacts> pack(const FactLists& lists,
                                                  std::uint64_t limit);
    /// Removes packed facts from the start of \p rest and borrows them. malformed
    /// unless every list can be iterated safely.
    [[nodiscard]] static Result<ModuleFacts> take(Bytes& rest);

    [[nodiscard]] SymbolList<ExportedSymbol> exports() const {
        return {export_rows_, texts_[kExportNames]};
    }
    [[nodiscard]] SymbolList<NeededSymbol> needs() const {
        return {need_rows_, texts_[kNeedNames]};
    }
    [[nodiscard]] TextList aliases() const { return TextList(texts_[kAliases]); }
    [[nodiscard]] std::size_t alias_count() const { return alias_count_; }
    [[nodiscard]] TextList softdeps() const { return TextList(texts_[kSoftdeps]); }
    [[nodiscard]] TextList weakdeps() const { return TextList(texts_[kWeakdeps]); }

    /// The kernel release in vermagic; empty if there is none.
    [[nodiscard]] std::string_view release() const {
        const TextList texts(texts_[kRelease]);
        return texts.begin() == texts.end() ? std::string_view() : *texts.begin();
    }

    /// True if the names of exports and of needs are the same; CRCs may differ.
    [[nodiscard]] bool same_symbols(const ModuleFacts& other) const {
        return same(kExportNames, other) && same(kNeedNames, other);
    }
    [[nodiscard]] bool same_aliases(const ModuleFacts& other) const {
        return same(kAliases, other);
    }
    /// Compares softdeps and weakdeps.
    [[nodiscard]] bool same_hints(const ModuleFacts& other) const {
        return same(kSoftdeps, other) && same(kWeakdeps, other);
    }

    /// The same facts, borrowed from this object or from what it borrows from.
    [[nodiscard]] ModuleFacts view() const;

    /// The packed form, which take() reads; empty for a default object.
    [[nodiscard]] Bytes bytes() const { return bytes_; }

private:
    /// Same as take(), but does not compare the names with their rows.
    [[nodiscard]] static Result<ModuleFacts> split(Bytes& rest);

    enum Part : std::size_t {
        kExportNames,
        kNeedNames,
        kAliases,
        kSoftdeps,
        kWeakdeps,
        kRelease
    };
    static constexpr std::size_t kParts = 6;
    [[nodiscard]] bool same(Part part, const ModuleFacts& other) const {
        return texts_[part] == other.texts_[part];
    }

    std::unique_ptr<std::byte[]> owned_;
    Bytes bytes_;
    Bytes export_rows_;
    Bytes need_rows_;
    std::size_t alias_count_ = 0;
    std::array<std::string_view, kParts> texts_;
};

}  // namespace kmodpp::index
