// SPDX-License-Identifier: LGPL-2.1-or-later
// The lists that functions answer with: circular, each entry one value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "capi/border.hpp"
#include "capi/module.hpp"

namespace kmodpp::capi {

/// "KEY" and "VALUE" of modinfo.
struct InfoItem {
    std::string key;
    std::string value;
};
/// An exported or needed symbol, or the version of one. One type for all three: programs
/// read needed symbols with the function for exported ones.
struct SymbolItem {
    std::string symbol;
    std::uint64_t crc = 0;
    kmod_symbol_bind bind = KMOD_SYMBOL_NONE;
};
struct SectionItem {
    std::string name;
    unsigned long address = 0;
};
using Item = std::variant<ModuleRef, InfoItem, SymbolItem, SectionItem>;

/// The item of an entry; null when there is no entry, or it is of another kind of list.
template <class Kind>
[[nodiscard]] const Kind* item_of(const kmod_list* entry);

/// A list on its way to the program. Owns it until release().
class ListBuilder {
public:
    ListBuilder() = default;
    ListBuilder(ListBuilder&& other) noexcept
        : head_(std::exchange(other.head_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    ListBuilder& operator=(ListBuilder&&) = delete;
    ~ListBuilder();

    void append(Item item);
    [[nodiscard]] int size() const { return size_; }
    /// The head; null: the list is empty. Its reader frees it.
    [[nodiscard]] kmod_list* release() { return std::exchange(head_, nullptr); }

private:
    kmod_list* head_ = nullptr;
    int size_ = 0;
};

/// Frees every entry with what it owns.
void free_list(kmod_list* list);

}  // namespace kmodpp::capi

struct kmod_list {
    kmod_list* next;
    kmod_list* previous;
    kmodpp::capi::Item item;
};

template <class Kind>
const Kind* kmodpp::capi::item_of(const kmod_list* entry) {
    return entry == nullptr ? nullptr : std::get_if<Kind>(&entry->item);
}
