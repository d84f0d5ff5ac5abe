// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/index_writer.hpp"

#include <algorithm>
#include <span>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/index_format.hpp"

namespace kmodpp {

namespace {

namespace layout = index_format;

/// Writes the trie bottom-up in one pass over the sorted keys: the children of a node
/// are written first, so that their offsets are known.
class TrieWriter {
public:
    explicit TrieWriter(std::string& out) : out_(out) {}

    /// \param entries sorted, not empty
    /// \return the offset of the root with its flags
    std::uint32_t write(std::span<const IndexEntry> entries) {
        for (std::size_t at = 0; at < entries.size();) {
            const std::string_view key = entries[at].key;
            std::size_t stop = at + 1;
            while (stop < entries.size() && entries[stop].key == key) ++stop;
            if (!path_.empty()) leave(common_prefix(path_.back().key, key));
            // A key sorts before longer keys that begin with it, so its node does not
            // exist yet.
            path_.push_back(
                {key, key.size(), children_.size(), entries.subspan(at, stop - at)});
            at = stop;
        }
        while (path_.size() > 1) leave(path_[path_.size() - 2].length);
        return write_node(path_.front(), 0);
    }

private:
    /// A node on the path of the latest key. Its prefix is known once its parent is.
    struct Node {
        std::string_view key;  ///< any key that begins with the node's key
        std::size_t length;    ///< of the node's key
        std::size_t children;  ///< index of its first child in children_
        std::span<const IndexEntry> values;
    };
    struct Child {
        unsigned char byte;
        std::uint32_t offset;
    };

    /// Writes the nodes that are complete: those longer than the common prefix of the
    /// latest and the next key.
    void leave(std::size_t common) {
        while (path_.back().length > common) {
            const Node node = path_.back();
            path_.pop_back();
            const bool branches = path_.empty() || path_.back().length < common;
            const std::size_t parent = branches ? common : path_.back().length;
            const Child child{static_cast<unsigned char>(node.key[parent]),
                              write_node(node, parent + 1)};
            if (branches) path_.push_back({node.key, common, node.children, {}});
            children_.push_back(child);
        }
    }

    /// \param from where the prefix of the node begins in its key
    std::uint32_t write_node(const Node& node, std::size_t from) {
        auto offset = static_cast<std::uint32_t>(out_.size());
        if (node.length > from) {
            out_ += node.key.substr(from, node.length - from);
            out_ += '\0';
            offset |= layout::kHasPrefix;
        }
        if (children_.size() > node.children) {
            write_children(std::span(children_).subspan(node.children));
            children_.resize(node.children);
            offset |= layout::kHasChildren;
        }
        if (!node.values.empty()) {
            append(out_, static_cast<std::uint32_t>(node.values.size()), layout::kOrder);
            for (const IndexEntry& entry : node.values) {
                append(out_, entry.priority, layout::kOrder);
                out_ += entry.value;
                out_ += '\0';
            }
            offset |= layout::kHasValues;
        }
        return offset;
    }

    /// \param children in the order of their bytes
    void write_children(std::span<const Child> children) {
        const unsigned char first = children.front().byte, last = children.back().byte;
        out_ += static_cast<char>(first);
        out_ += static_cast<char>(last);
        const std::size_t table = out_.size();
        out_.resize(table + kOffsetSize * (last - first + 1u), '\0');
        auto* const at = reinterpret_cast<std::byte*>(out_.data()) + table;
        for (const Child& child : children)
            store(at + kOffsetSize * (child.byte - first), child.offset, layout::kOrder);
    }

    static std::size_t common_prefix(std::string_view a, std::string_view b) {
        return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    }

    static constexpr std::size_t kOffsetSize = sizeof(std::uint32_t);

    std::string& out_;
    std::vector<Node> path_{};  ///< each key begins with those before it
    std::vector<Child>
        children_{};  ///< of all nodes on the path, those of the last one last
};

constexpr unsigned char kFirstPrintable = 0x20;

/// Whether a text is printable ASCII, as nearly all are, by looking at eight bytes at a
/// time. Also false for short texts.
bool is_printable(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    static_assert(layout::kMaxKeyByte == 0x7f);
    if (text.size() < sizeof kOnes) return false;
    const auto is_printable_at = [bytes = as_bytes(text).data()](std::size_t at) {
        const auto word = load<std::uint64_t>(bytes + at, std::endian::native);
        // The top bit of a byte is set if it is not ASCII, and after the subtraction also
        // if it is below kFirstPrintable.
        return (((word - kOnes * kFirstPrintable) | word) & kOnes * 0x80) == 0;
    };
    const std::size_t last = text.size() - sizeof kOnes;
    for (std::size_t at = 0; at < last; at += sizeof kOnes)
        if (!is_printable_at(at)) return false;
    return is_printable_at(last);
}

Status check(const IndexEntry& entry) {
    if (key_fault(entry.key).empty()) return {};  // the usual case, quickly checked
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

std::string_view key_fault(std::string_view text) {
    if (text.size() > kMaxNameLength) return "it is too long";
    if (is_printable(text)) return {};
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > index_format::kMaxKeyByte) return "it is not ASCII";
        if (byte < kFirstPrintable && c != '\t') return "it contains a control character";
    }
    return {};
}

Result<std::string> write_index(std::vector<IndexEntry> entries) {
    std::size_t total = 0;
    for (const IndexEntry& entry : entries) {
        TRY(check(entry));
        total += entry.key.size() + entry.value.size();
    }
    // Among equals, the last one added comes first: reverse, then sort stably.
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

    const std::uint32_t root = TrieWriter(out).write(entries);
    if (out.size() > layout::kOffsetMask)
        return fail(ErrorKind::unsupported, cat("an index of ", out.size(),
                                                " bytes is too large for its format"));
    store(reinterpret_cast<std::byte*>(out.data()) + 8, root, layout::kOrder);
    return out;
}

}  // namespace kmodpp
