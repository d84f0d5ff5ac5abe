// SPDX-License-Identifier: LGPL-2.1-or-later
// The linked lists that the C functions return: circular, with one value per entry.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "capi/error_code.hpp"
#include "capi/module.hpp"

namespace kmodpp::capi {

/// A key and its value in the module information.
struct InfoItem {
    std::string key;
    std::string value;
};
/// An exported symbol, a needed symbol, or a symbol version. One type for all three,
/// because programs read needed symbols with the function for exported ones.
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

/// The item of an entry; null if there is no entry or it belongs to another kind of list.
template <class Kind>
[[nodiscard]] const Kind* item_of(const kmod_list* entry);

/// Builds a list for the program, and owns it until release().
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
    /// The head, or null if the list is empty. The caller frees the list.
    [[nodiscard]] kmod_list* release() { return std::exchange(head_, nullptr); }

private:
    kmod_list* head_ = nullptr;
    int size_ = 0;
};

/// Frees every entry and its contents.
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
