// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/module_facts.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp::index {

namespace {

constexpr auto kFactOrder = fact_row::kOrder;
constexpr std::size_t kWord = sizeof(std::uint32_t);
constexpr std::size_t kHeaderSize = 9 * kWord;
using fact_row::kHasCrc;
using fact_row::kWeak;
constexpr std::size_t kRowSize = fact_row::kSize;

bool is_weak(const ExportedSymbol&) { return false; }
bool is_weak(const NeededSymbol& symbol) { return symbol.weak; }

std::size_t size_of_texts(const std::vector<std::string_view>& texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts) size += text.size() + 1;
    return size;
}

/// Size of the names in bytes; nullopt if the length of one does not fit into its row.
template <class Symbol>
std::optional<std::size_t> size_of_names(const std::vector<Symbol>& symbols) {
    std::size_t size = 0, longest = 0;
    for (const Symbol& symbol : symbols) {
        size += symbol.name.size() + 1;
        longest = std::max(longest, symbol.name.size());
    }
    if (longest > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return size;
}

/// Whether the names take as many bytes as their rows say.
bool match(const Bytes rows, std::string_view names) {
    std::size_t size = 0;
    for (std::size_t at = 0; at < rows.size(); at += kRowSize)
        size += load<std::uint16_t>(rows.data() + at + fact_row::kLength, kFactOrder) + 1;
    return size == names.size();
}

/// Writes into a block whose size was computed in advance.
class Packer {
public:
    explicit Packer(std::byte* at) : at_(at) {}

    template <std::unsigned_integral T>
    void number(T value) {
        store(at_, value, kFactOrder);
        at_ += sizeof value;
    }
    void text(std::string_view text) {
        // std::ranges::copy() would copy byte by byte.
        if (!text.empty()) std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
        *at_++ = std::byte{0};
    }
    /// Writes the rows here and the names to \p names.
    template <class Symbol>
    void rows(const std::vector<Symbol>& symbols, Packer& names) {
        for (const Symbol& symbol : symbols) {
            *at_++ = (symbol.crc ? kHasCrc : std::byte{0}) |
                     (is_weak(symbol) ? kWeak : std::byte{0});
            number(static_cast<std::uint16_t>(symbol.name.size()));
            number(symbol.hash);
            number(symbol.crc.value_or(0));
            names.text(symbol.name);
        }
    }
    void texts(const std::vector<std::string_view>& texts) {
        for (const std::string_view one : texts) text(one);
    }

private:
    std::byte* at_;
};

std::unexpected<Error> malformed() {
    return fail(ErrorKind::malformed, "inconsistent module data");
}

}  // namespace

Result<ModuleFacts> ModuleFacts::pack(const FactLists& lists, std::uint64_t limit) {
    std::vector<std::string_view> releases;
    if (!lists.release.empty()) releases.push_back(lists.release);
    const auto exports_size = size_of_names(lists.exports);
    const auto needs_size = size_of_names(lists.needs);
    if (!exports_size || !needs_size)
        return fail(ErrorKind::malformed, "the name of a symbol is too long");
    const std::array<std::size_t, kParts> sizes = {*exports_size,
                                                   *needs_size,
                                                   size_of_texts(lists.aliases),
                                                   size_of_texts(lists.softdeps),
                                                   size_of_texts(lists.weakdeps),
                                                   size_of_texts(releases)};
    const std::size_t texts_at =
        kHeaderSize + (lists.exports.size() + lists.needs.size()) * kRowSize;
    std::size_t total = texts_at;
    for (const std::size_t size : sizes) total += size;
    limit = std::min<std::uint64_t>(limit, std::numeric_limits<std::uint32_t>::max());
    if (total > limit)
        return fail(ErrorKind::malformed,
                    cat("its symbols and texts take ", total, " bytes, more than the ",
                        limit, " bytes of the module: its strings overlap"));

    ModuleFacts facts;
    facts.owned_ = std::make_unique_for_overwrite<std::byte[]>(total);
    Packer packer(facts.owned_.get());
    packer.number(static_cast<std::uint32_t>(lists.exports.size()));
    packer.number(static_cast<std::uint32_t>(lists.needs.size()));
    packer.number(static_cast<std::uint32_t>(lists.aliases.size()));
    for (const std::size_t size : sizes) packer.number(static_cast<std::uint32_t>(size));
    Packer texts(facts.owned_.get() + texts_at);
    packer.rows(lists.exports, texts);
    packer.rows(lists.needs, texts);
    texts.texts(lists.aliases);
    texts.texts(lists.softdeps);
    texts.texts(lists.weakdeps);
    texts.texts(releases);

    Bytes packed(facts.owned_.get(), total);
    TRY_ASSIGN(ModuleFacts views, split(packed));
    views.owned_ = std::move(facts.owned_);
    return views;
}

Result<ModuleFacts> ModuleFacts::split(Bytes& rest) {
    if (rest.size() < kHeaderSize) return malformed();
    const auto word = [&rest](std::size_t i) {
        return std::size_t{load<std::uint32_t>(rest.data() + i * kWord, kFactOrder)};
    };
    std::size_t at = kHeaderSize;
    // A 32-bit count times kRowSize does not overflow 64 bits.
    const auto cut = [&](std::uint64_t size) -> std::optional<Bytes> {
        if (!in_range(at, size, rest.size())) return std::nullopt;
        const Bytes part = rest.subspan(at, size);
        at += size;
        return part;
    };

    ModuleFacts facts;
    const auto export_rows = cut(std::uint64_t{word(0)} * kRowSize);
    const auto need_rows =
        export_rows ? cut(std::uint64_t{word(1)} * kRowSize) : export_rows;
    if (!export_rows || !need_rows) return malformed();
    facts.export_rows_ = *export_rows;
    facts.need_rows_ = *need_rows;
    facts.alias_count_ = word(2);
    for (std::size_t part = 0; part < kParts; ++part) {
        const auto texts = cut(word(3 + part));
        if (!texts || (!texts->empty() && texts->back() != std::byte{0}))
            return malformed();
        facts.texts_[part] = as_text(*texts);
    }
    facts.bytes_ = rest.first(at);
    rest = rest.subspan(at);
    return facts;
}

Result<ModuleFacts> ModuleFacts::take(Bytes& rest) {
    TRY_ASSIGN(ModuleFacts facts, split(rest));
    if (!match(facts.export_rows_, facts.texts_[kExportNames]) ||
        !match(facts.need_rows_, facts.texts_[kNeedNames]))
        return malformed();
    return facts;
}

ModuleFacts ModuleFacts::view() const {
    ModuleFacts facts;
    facts.bytes_ = bytes_;
    facts.export_rows_ = export_rows_;
    facts.need_rows_ = need_rows_;
    facts.alias_count_ = alias_count_;
    facts.texts_ = texts_;
    return facts;
}

}  // namespace kmodpp::index
