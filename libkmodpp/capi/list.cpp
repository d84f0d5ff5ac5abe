// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/list.hpp"

namespace kmodpp::capi {

void ListBuilder::append(Item item) {
    auto* const entry = new kmod_list{nullptr, nullptr, std::move(item)};
    if (head_ == nullptr) head_ = entry->next = entry->previous = entry;
    entry->next = head_;
    entry->previous = head_->previous;
    head_->previous->next = entry;
    head_->previous = entry;
    ++size_;
}

ListBuilder::~ListBuilder() { free_list(head_); }

void free_list(kmod_list* list) {
    if (list == nullptr) return;
    list->previous->next = nullptr;
    while (list != nullptr) delete std::exchange(list, list->next);
}

}  // namespace kmodpp::capi

kmod_list* kmod_list_next(const kmod_list* list, const kmod_list* curr) {
    if (list == nullptr || curr == nullptr || curr->next == list) return nullptr;
    return curr->next;
}

kmod_list* kmod_list_prev(const kmod_list* list, const kmod_list* curr) {
    if (list == nullptr || curr == nullptr || curr == list) return nullptr;
    return curr->previous;
}

kmod_list* kmod_list_last(const kmod_list* list) {
    return list == nullptr ? nullptr : list->previous;
}
