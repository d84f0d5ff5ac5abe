// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/index_writer.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/endian.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/index_format.hpp"

namespace kmodpp {

namespace {

namespace layout = index_format;

/// Writes the trie bottom-up from sorted entries: a node's children are in the file, and
/// their offsets known, before the node itself.
class TrieWriter {
public:
    explicit TrieWriter(std::string& out) : out_(out) {}

    /// \param entries sorted, not empty, all with the same first `depth` bytes
    /// \return the offset of their node with its flags
    std::uint32_t write_node(std::span<const IndexEntry> entries, std::size_t depth) {
        const std::string_view first = entries.front().key, last = entries.back().key;
        const std::size_t end = common_prefix(first, last, depth);

        // The keys that end here sort before those that go on.
        const auto ending = static_cast<std::size_t>(
            std::ranges::find_if(entries, [end](auto& e) { return e.key.size() > end; }) -
            entries.begin());

        std::array<std::uint32_t, layout::kMaxKeyByte + 1> children{};
        unsigned char low = layout::kMaxKeyByte, high = 0;
        for (std::size_t at = ending; at < entries.size();) {
            const auto byte = static_cast<unsigned char>(entries[at].key[end]);
            std::size_t stop = at + 1;
            while (stop < entries.size() &&
                   static_cast<unsigned char>(entries[stop].key[end]) == byte)
                ++stop;
            children[byte] = write_node(entries.subspan(at, stop - at), end + 1);
            low = std::min(low, byte);
            high = std::max(high, byte);
            at = stop;
        }

        auto offset = static_cast<std::uint32_t>(out_.size());
        if (end > depth) {
            out_ += first.substr(depth, end - depth);
            out_ += '\0';
            offset |= layout::kHasPrefix;
        }
        if (ending < entries.size()) {
            out_ += static_cast<char>(low);
            out_ += static_cast<char>(high);
            for (unsigned byte = low; byte <= high; ++byte)
                append(out_, children[byte], layout::kOrder);
            offset |= layout::kHasChildren;
        }
        if (ending > 0) {
            append(out_, static_cast<std::uint32_t>(ending), layout::kOrder);
            for (const IndexEntry& entry : entries.first(ending)) {
                append(out_, entry.priority, layout::kOrder);
                out_ += entry.value;
                out_ += '\0';
            }
            offset |= layout::kHasValues;
        }
        return offset;
    }

private:
    static std::size_t common_prefix(std::string_view a, std::string_view b,
                                     std::size_t from) {
        const std::size_t limit = std::min(a.size(), b.size());
        while (from < limit && a[from] == b[from]) ++from;
        return from;
    }

    std::string& out_;
};

Status check(const IndexEntry& entry) {
    for (const char c : entry.key)
        if (c == '\0' || static_cast<unsigned char>(c) > layout::kMaxKeyByte)
            return fail(ErrorKind::malformed,
                        cat("index key '", printable(entry.key), "' is not 7-bit text"));
    if (entry.key.size() > kMaxNameLength)
        return fail(ErrorKind::malformed,
                    cat("index key '", printable(entry.key, 40), "' is longer than ",
                        kMaxNameLength, " bytes"));
    return {};
}

}  // namespace

Result<std::string> write_index(std::vector<IndexEntry> entries) {
    std::size_t total = 0;
    for (const IndexEntry& entry : entries) {
        TRY(check(entry));
        total += entry.key.size() + entry.value.size();
    }
    // Newest first among equals: reverse, then sort without disturbing that order.
    std::ranges::reverse(entries);
    std::ranges::stable_sort(entries, [](const IndexEntry& a, const IndexEntry& b) {
        const int order = a.key.compare(b.key);
        return order != 0 ? order < 0 : a.priority < b.priority;
    });

    std::string out;
    out.reserve(layout::kHeaderSize + total + 16 * entries.size());
    append(out, layout::kMagic, layout::kOrder);
    append(out, layout::kVersion, layout::kOrder);
    append(out, layout::kHeaderSize, layout::kOrder);
    if (entries.empty()) return out;

    const std::uint32_t root = TrieWriter(out).write_node(entries, 0);
    if (out.size() > layout::kOffsetMask)
        return fail(ErrorKind::unsupported,
                    cat("an index of ", out.size(), " bytes is beyond its format"));
    store(reinterpret_cast<std::byte*>(out.data()) + 8, root, layout::kOrder);
    return out;
}

}  // namespace kmodpp
