// SPDX-License-Identifier: LGPL-2.1-or-later
// A hash table that finds the positions of names in a list of the caller.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace kmodpp {

/// A hash for NameTable: of the length and of the first and last eight bytes, by which
/// most names differ. The same on every machine of one byte order.
[[nodiscard]] inline std::uint32_t hash_of_name(std::string_view name) {
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
    std::uint64_t head = 0, tail = 0;
    if (name.size() >= sizeof head) {
        std::memcpy(&head, name.data(), sizeof head);
        std::memcpy(&tail, name.data() + name.size() - sizeof tail, sizeof tail);
    } else if (!name.empty()) {
        std::memcpy(&head, name.data(), name.size());
    }
    const std::uint64_t mixed =
        ((head + name.size()) * kFactor ^ std::rotl(tail, 32)) * kFactor;
    return static_cast<std::uint32_t>(mixed >> 32);
}

/// Maps names to their positions. `NameOf` is called with a position and returns its
/// name, which must stay valid as long as the table is used. Open addressing; the names
/// may come from untrusted files and be made to collide, so the number of slots that are
/// tried for a name is limited.
template <class NameOf>
class NameTable {
public:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    explicit NameTable(NameOf name_of, std::size_t names = 0)
        : name_of_(std::move(name_of)),
          bits_(bits_for(names)),
          slots_(std::make_unique<Slot[]>(size())) {}

    /// Prepares for that number of names; add() does not grow the table.
    void reserve(std::size_t names) {
        if (bits_for(names) > bits_) resize(bits_for(names));
    }

    /// The position of the name; kNone if it is not in the table.
    [[nodiscard]] std::uint32_t find(std::string_view name) const {
        return find(name, hash_of_name(name));
    }
    /// \param hash hash_of_name() of the name
    [[nodiscard]] std::uint32_t find(std::string_view name, std::uint32_t hash) const {
        std::size_t at = first_slot(hash);
        for (int tries = 0; tries < kMaxTries; ++tries, at = after(at)) {
            const Slot slot = slots_[at];
            if (slot.position_plus_1 == 0) break;
            if (slot.hash == hash && name_of_(slot.position_plus_1 - 1) == name)
                return slot.position_plus_1 - 1;
        }
        if (others_.empty()) return kNone;
        const auto other = others_.find(name);
        return other == others_.end() ? kNone : other->second;
    }

    /// Adds the name at \p position, unless the name is already in the table.
    /// \return its position in the table
    std::uint32_t add(std::string_view name, std::uint32_t position) {
        const std::uint32_t hash = hash_of_name(name);
        std::size_t at = first_slot(hash);
        for (int tries = 0; tries < kMaxTries; ++tries, at = after(at)) {
            Slot& slot = slots_[at];
            if (slot.position_plus_1 == 0) {
                if (!others_.empty()) break;
                slot = {hash, position + 1};
                return position;
            }
            if (slot.hash == hash && name_of_(slot.position_plus_1 - 1) == name)
                return slot.position_plus_1 - 1;
        }
        return others_.try_emplace(name, position).first->second;
    }

private:
    static constexpr int kMaxTries = 32;
    struct Slot {
        std::uint32_t hash;
        std::uint32_t position_plus_1;  ///< 0 if the slot is unused
    };

    /// The number of slots is a power of two, at least twice the names.
    static unsigned bits_for(std::size_t names) {
        return static_cast<unsigned>(std::bit_width(2 * names));
    }
    [[nodiscard]] std::size_t size() const { return std::size_t{1} << bits_; }
    /// The high bits of a hash depend on all its input.
    [[nodiscard]] std::size_t first_slot(std::uint32_t hash) const {
        return std::uint64_t{hash} << bits_ >> 32;
    }
    [[nodiscard]] std::size_t after(std::size_t slot) const {
        return (slot + 1) & (size() - 1);
    }

    void insert(Slot added) {
        std::size_t at = first_slot(added.hash);
        for (int tries = 0; tries < kMaxTries; ++tries, at = after(at)) {
            if (slots_[at].position_plus_1 != 0) continue;
            slots_[at] = added;
            return;
        }
        others_.try_emplace(name_of_(added.position_plus_1 - 1),
                            added.position_plus_1 - 1);
    }
    void resize(unsigned bits) {
        const std::size_t old_size = size();
        bits_ = bits;
        const auto old = std::exchange(slots_, std::make_unique<Slot[]>(size()));
        for (const Slot slot : std::span(old.get(), old_size))
            if (slot.position_plus_1 != 0) insert(slot);
    }

    NameOf name_of_;
    unsigned bits_;  ///< the binary logarithm of the number of slots
    std::unique_ptr<Slot[]> slots_;
    std::map<std::string_view, std::uint32_t> others_;  ///< those that found no slot
};

}  // namespace kmodpp
