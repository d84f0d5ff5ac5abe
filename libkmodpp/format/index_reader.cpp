// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/index_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/endian.hpp"
#include "base/names.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "format/index_format.hpp"

namespace kmodpp {

namespace layout = index_format;

namespace {

/// Limit of the keys that a search keeps, which are only shown to users. Without it, an
/// index with millions of long matching keys would fill the memory.
constexpr std::size_t kMaxKeyBytes = 1u << 20;

/// Size of the part before the values: in most nodes, and in the largest possible one.
constexpr std::size_t kUsualHead = 512;
constexpr std::size_t kLargestHead =
    kMaxNameLength + 1 + 2 + 4 * (layout::kMaxKeyByte + 1) + 4;

/// Size of the text of most values.
constexpr std::size_t kUsualValue = 128;

std::uint32_t u32(const std::byte* at) { return load<std::uint32_t>(at, layout::kOrder); }

std::unexpected<Error> bad_node(std::uint32_t offset, std::string_view why) {
    return fail(ErrorKind::malformed,
                cat("node ", hex(offset & layout::kOffsetMask), ": ", why));
}

std::unexpected<Error> key_too_long(std::uint32_t offset) {
    return bad_node(offset, cat("key is longer than ", kMaxNameLength, " bytes"));
}

std::unexpected<Error> loops(std::uint32_t offset) {
    return bad_node(offset, "the index loops");
}

}  // namespace

/// A node whose ranges have been checked; values are checked as they are read.
struct IndexReader::Node {
    std::uint32_t offset = 0;
    std::uint32_t value_count = 0;
    std::size_t size = 0;  ///< bytes before the values
    std::string_view prefix;
    unsigned char first = 1, last = 0;  ///< no children if first > last
    const std::byte* children = nullptr;

    /// Offset of the child for \p byte, with its flags; 0 if no key continues with that
    /// byte.
    [[nodiscard]] std::uint32_t child(unsigned byte) const {
        if (byte < first || byte > last) return 0;
        const std::uint32_t child = u32(children + 4 * (byte - first));
        return (child & ~layout::kOffsetMask) == 0 ? 0 : child;
    }

    /// Reads the part before the values. \p window begins at the offset of the node.
    /// Inline, because a dump calls it for nodes of a few bytes.
    /// \returns null, or what is wrong with the node: kBadRange for its children
    [[nodiscard, gnu::always_inline]] const char* parse(std::uint32_t flagged,
                                                        Bytes window) {
        Bytes rest = window;
        if (flagged & layout::kHasPrefix) {
            const std::string_view text =
                as_text(rest.first(std::min(rest.size(), kMaxNameLength + 1)));
            const std::size_t end = text.find('\0');
            if (end == std::string_view::npos) return "prefix is not terminated";
            prefix = text.substr(0, end);
            rest = rest.subspan(end + 1);
        }
        if (flagged & layout::kHasChildren) {
            if (rest.size() < 2) return "child range runs past the end of the file";
            first = static_cast<unsigned char>(rest[0]);
            last = static_cast<unsigned char>(rest[1]);
            if (first > last || last > layout::kMaxKeyByte) return kBadRange;
            if (rest.size() < 2 + table_size())
                return "child range runs past the end of the file";
            children = rest.data() + 2;
            rest = rest.subspan(2 + table_size());
        }
        if (flagged & layout::kHasValues) {
            if (rest.size() < 4) return "value count runs past the end of the file";
            value_count = u32(rest.data());
            rest = rest.subspan(4);
        }
        size = window.size() - rest.size();
        return nullptr;
    }

    /// Bytes of the table of children.
    [[nodiscard]] std::size_t table_size() const { return 4u * (last - first + 1u); }

    static constexpr char kBadRange[] = " is not a range of 7-bit characters";
};

Result<IndexReader> IndexReader::open(Bytes bytes) {
    return check(IndexReader(bytes, nullptr, bytes.size()));
}

Result<IndexReader> IndexReader::open(ByteSource& source) {
    return check(IndexReader({}, &source, source.size()));
}

Result<IndexReader> IndexReader::check(IndexReader reader) {
    if (reader.size_ < layout::kHeaderSize)
        return fail(ErrorKind::malformed,
                    cat("not an index: ", reader.size_, " bytes are less than a header"));
    TRY_ASSIGN(const Bytes header, reader.from(0, layout::kHeaderSize));
    if (u32(header.data()) != layout::kMagic)
        return fail(ErrorKind::malformed,
                    cat("not an index: magic is ", hex(u32(header.data())),
                        " instead of ", hex(layout::kMagic)));
    const std::uint32_t version = u32(header.data() + 4);
    if (version >> 16 != layout::kVersionMajor)
        return fail(ErrorKind::unsupported,
                    cat("index version ", version >> 16, ".", version & 0xffff,
                        " is not ", layout::kVersionMajor, ".x"));
    reader.root_ = u32(header.data() + 8);
    return reader;
}

Result<Bytes> IndexReader::from(std::uint64_t offset, std::size_t least) const {
    if (source_ == nullptr) return bytes_.subspan(offset);
    return source_->slice(offset, std::min<std::uint64_t>(least, size_ - offset));
}

Status IndexReader::read(std::uint32_t flagged, Node& node) const {
    const std::uint32_t offset = flagged & layout::kOffsetMask;
    if (offset < layout::kHeaderSize || offset >= size_)
        return bad_node(flagged, "lies outside the file");
    node = {};
    node.offset = offset;
    TRY_ASSIGN(Bytes window, from(offset, kUsualHead));
    const char* fault = node.parse(flagged, window);
    if (fault != nullptr &&
        window.size() < std::min<std::uint64_t>(kLargestHead, size_ - offset)) {
        TRY_ASSIGN(window, from(offset, kLargestHead));
        fault = node.parse(flagged, window);
    }
    if (fault == Node::kBadRange)
        return bad_node(flagged, cat("child range ", node.first, "..", node.last, fault));
    if (fault != nullptr) return bad_node(flagged, fault);
    constexpr std::size_t kSmallestValue = sizeof(std::uint32_t) + 1;
    if (node.value_count > (size_ - offset - node.size) / kSmallestValue)
        return bad_node(flagged,
                        cat(node.value_count, " values run past the end of the file"));
    return {};
}

/// \param take (const IndexValue&, std::size_t bytes) -> Status
template <class Take>
Status IndexReader::for_each_value(const Node& node, Take take) const {
    std::uint64_t at = node.offset + node.size;
    for (std::uint32_t i = 0; i < node.value_count; ++i) {
        std::size_t room = sizeof(std::uint32_t) + kUsualValue;
        for (;; room *= 2) {
            TRY_ASSIGN(const Bytes window, from(at, room));
            const std::string_view text = as_text(window);
            const std::size_t end = text.find('\0', sizeof(std::uint32_t));
            if (end != std::string_view::npos) {
                TRY(take(IndexValue{text.substr(4, end - 4), u32(window.data())},
                         end + 1));
                at += end + 1;
                break;
            }
            if (window.size() == size_ - at)
                return bad_node(node.offset, "value runs past the end of the file");
        }
    }
    return {};
}

Result<std::optional<std::string_view>> IndexReader::find(std::string_view key) const {
    std::uint32_t offset = root_;
    Node here;
    // Each step consumes at least one byte of the key, so it ends even if the trie
    // loops.
    while ((offset & ~layout::kOffsetMask) != 0) {
        TRY(read(offset, here));
        if (!key.starts_with(here.prefix)) return std::nullopt;
        key.remove_prefix(here.prefix.size());
        if (key.empty()) {
            std::optional<std::string_view> first;
            TRY(for_each_value(here, [&](const IndexValue& v, std::size_t) -> Status {
                if (!first) first = v.value;
                return {};
            }));
            return first;
        }
        offset = here.child(static_cast<unsigned char>(key[0]));
        key.remove_prefix(1);
    }
    return std::nullopt;
}

/// One wildcard search: the path from the root, what was found, and the budget that
/// stops a trie that loops. Not recursive, because keys may be too long for the
/// stack of a thread.
class IndexReader::Walk {
public:
    /// \param query may itself contain wildcard characters. Nodes below such a
    /// character of the index are visited twice, as patterns and as literal text; the
    /// budget allows for that.
    Walk(const IndexReader& index, std::string_view query)
        : index_(index),
          query_(query),
          budget_(index.size_ *
                  (1 + static_cast<std::size_t>(std::ranges::count_if(
                           query, [](char c) { return kWildcards.contains(c); })))) {}

    std::vector<IndexMatch> found;

    /// Follows the query literally. From every wildcard on the path, keys are matched
    /// as patterns against the rest of the query.
    Status search(std::uint32_t offset) {
        std::string_view query = query_;
        Node here;
        while ((offset & ~layout::kOffsetMask) != 0) {
            TRY(step(offset, here));
            const std::size_t wild = find_wildcard(here.prefix);
            const std::string_view literal = here.prefix.substr(0, wild);
            if (!query.starts_with(literal)) return {};
            query.remove_prefix(literal.size());
            if (wild < here.prefix.size()) {
                begin_pattern(query);
                matcher_->save();
                TRY(enter(here, here.prefix.substr(wild), 0));
                return match_below();
            }
            for (const char c : kWildcards) {
                const std::uint32_t child = here.child(static_cast<unsigned char>(c));
                if (child == 0) continue;
                begin_pattern(query);
                TRY(enter_child(child, c));
                TRY(match_below());
            }
            path_.clear();
            if (query.empty()) return collect(here, query_);
            offset = here.child(static_cast<unsigned char>(query[0]));
            query.remove_prefix(1);
        }
        return {};
    }

private:
    /// A node on the path.
    struct Frame {
        Node node;
        unsigned next = 0;       ///< byte of the child to be visited next
        std::size_t length = 0;  ///< of the path without this node
    };

    struct Child {
        std::uint32_t offset;  ///< 0 if there are no more
        unsigned byte;
    };
    /// The next child that exists.
    static Child next_child(Frame& frame) {
        while (frame.next <= frame.node.last) {
            const unsigned byte = frame.next++;
            if (const std::uint32_t child = frame.node.child(byte); child != 0)
                return {child, byte};
        }
        return {0, 0};
    }

    /// From here on, keys are patterns for \p query, which is the end of query_.
    void begin_pattern(std::string_view query) {
        if (!matcher_) matcher_.emplace(query_);
        literal_ = query_.size() - query.size();
        matcher_->restart(literal_);
        path_.clear();
    }

    /// Puts a node on the path if keys below it can match; otherwise restores the
    /// matcher, which the caller has saved.
    /// \param length of the path without this node
    Status enter(const Node& node, std::string_view prefix, std::size_t length) {
        TRY(extend(node.offset, prefix));
        if (std::ranges::all_of(prefix, [&](char c) { return matcher_->add(c); })) {
            frames_.push_back({node, node.first, length});
            return {};
        }
        path_.resize(length);
        matcher_->restore();
        return {};
    }

    /// Same for a child of the last node on the path.
    Status enter_child(std::uint32_t offset, char byte) {
        matcher_->save();
        if (!matcher_->add(byte)) {
            matcher_->restore();
            return {};
        }
        Node node;
        TRY(step(offset, node));
        const std::size_t length = path_.size();
        path_ += byte;
        return enter(node, node.prefix, length);
    }

    /// Collects what matches at and below the node on the path, children first.
    Status match_below() {
        while (!frames_.empty()) {
            Frame& top = frames_.back();
            if (const auto [child, byte] = next_child(top); child != 0) {
                TRY(enter_child(child, static_cast<char>(byte)));
                continue;
            }
            if (top.node.value_count > 0 && matcher_->matches())
                TRY(collect(top.node, query_.substr(0, literal_)));
            path_.resize(top.length);
            matcher_->restore();
            frames_.pop_back();
        }
        return {};
    }

    /// \param literal the part of the query before the path
    Status collect(const Node& here, std::string_view literal) {
        return each_value(here, [&](const IndexValue& value) {
            found.push_back({value, {}});
            key_bytes_ += literal.size() + path_.size();
            if (key_bytes_ <= kMaxKeyBytes) found.back().key = cat(literal, path_);
        });
    }

    Status extend(std::uint32_t offset, std::string_view text) {
        path_ += text;
        if (path_.size() > kMaxNameLength) return key_too_long(offset);
        return {};
    }

    Status step(std::uint32_t offset, Node& node) {
        TRY(index_.read(offset, node));
        return spend(offset, node.size);
    }

    /// \param take (const IndexValue&)
    template <class Take>
    Status each_value(const Node& here, Take take) {
        return index_.for_each_value(here,
                                     [&](const IndexValue& value, std::size_t bytes) {
                                         const Status enough = spend(here.offset, bytes);
                                         if (enough) take(value);
                                         return enough;
                                     });
    }

    /// The nodes of a trie share no bytes, so a walk that reads more than the size of
    /// the file is in a loop.
    Status spend(std::uint32_t offset, std::size_t bytes) {
        if (bytes > budget_) return loops(offset);
        budget_ -= bytes;
        return {};
    }

    const IndexReader& index_;
    std::string_view query_;
    std::uint64_t budget_;  ///< bytes
    std::size_t key_bytes_ = 0;
    std::size_t literal_ = 0;  ///< bytes of the query before the path
    std::string path_;         ///< of the frames; in a search, from the first wildcard on
    std::vector<Frame> frames_;
    std::optional<PrefixMatcher> matcher_;
};

/// Visits all keys of an index in memory. Most nodes have a few bytes, and a Result for
/// each of their parts would take longer than reading them.
class IndexReader::Dump {
public:
    /// \param index has its bytes in memory
    Dump(const IndexReader& index, const Visitor& visit)
        : index_(index), visit_(visit), bytes_(index.bytes_), budget_(index.size_) {}

    Status run() {
        std::uint32_t flagged = index_.root_;
        while ((flagged & ~layout::kOffsetMask) != 0) {
            if (!visit_node(flagged)) return malformed(flagged);
            flagged = next_node();
        }
        return {};
    }

private:
    /// A node on the path, and its children that have not been visited.
    struct Level {
        const std::byte* next;
        const std::byte* end;
        unsigned byte;       ///< of the next child
        std::size_t length;  ///< of the path with this node
    };

    /// \returns false if the node is malformed
    bool visit_node(std::uint32_t flagged) {
        const std::uint32_t offset = flagged & layout::kOffsetMask;
        if (offset < layout::kHeaderSize || offset >= bytes_.size()) return false;
        Node node;
        if (node.parse(flagged, bytes_.subspan(offset)) != nullptr) return false;
        if (node.prefix.size() > path_.size() - length_) {
            length_ = path_.size();
            return false;
        }
        node.prefix.copy(path_.data() + length_, node.prefix.size());
        length_ += node.prefix.size();
        if (length_ > kMaxNameLength) return false;
        if (node.children != nullptr)
            levels_.push_back(
                {node.children, node.children + node.table_size(), node.first, length_});
        const std::byte* at = bytes_.data() + offset + node.size;
        const std::byte* const end = bytes_.data() + bytes_.size();
        for (std::uint32_t i = 0; i < node.value_count; ++i) {
            if (end - at < 4) return false;
            const std::byte* const text = at + 4;
            const auto* const nul = static_cast<const std::byte*>(
                std::memchr(text, 0, static_cast<std::size_t>(end - text)));
            if (nul == nullptr) return false;
            visit_({path_.data(), length_}, {as_text({text, nul}), u32(at)});
            at = nul + 1;
        }
        // As in Walk::spend(), a walk that reads more than the file is in a loop.
        const auto size = static_cast<std::size_t>(at - bytes_.data()) - offset;
        if (size > budget_) return false;
        budget_ -= size;
        return true;
    }

    /// Puts the byte of the next child on the path, and returns the offset of the child;
    /// 0 at the end.
    std::uint32_t next_node() {
        for (; !levels_.empty(); levels_.pop_back()) {
            Level& level = levels_.back();
            while (level.next != level.end) {
                const std::uint32_t child = u32(level.next);
                level.next += 4;
                const unsigned byte = level.byte++;
                if ((child & ~layout::kOffsetMask) == 0) continue;
                length_ = level.length;
                path_[length_++] = static_cast<char>(byte);
                return child;
            }
        }
        return 0;
    }

    /// The error of a node that visit_node() refused.
    Status malformed(std::uint32_t flagged) const {
        Node node;
        TRY(index_.read(flagged, node));
        TRY(index_.for_each_value(
            node, [](const IndexValue&, std::size_t) -> Status { return {}; }));
        if (length_ > kMaxNameLength) return key_too_long(flagged);
        return loops(flagged);
    }

    const IndexReader& index_;
    const Visitor& visit_;
    Bytes bytes_;
    std::uint64_t budget_;    ///< bytes
    std::size_t length_ = 0;  ///< of the path
    std::array<char, kMaxNameLength + 1> path_;
    std::vector<Level> levels_;
};

Result<std::vector<IndexMatch>> IndexReader::search(std::string_view query) const {
    Walk walk(*this, query);
    TRY(walk.search(root_));
    // Among matches of equal priority, the last one found comes first: depmod stores
    // values in that order.
    std::ranges::reverse(walk.found);
    sort_by(walk.found, &IndexMatch::priority);
    return std::move(walk.found);
}

Status IndexReader::for_each(const Visitor& visit) const {
    // All of the file is needed: read it at once, then walk in memory.
    TRY_ASSIGN(const Bytes bytes, from(0, size_));
    IndexReader whole(bytes, nullptr, bytes.size());
    whole.root_ = root_;
    return Dump(whole, visit).run();
}

}  // namespace kmodpp
