// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/index_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

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

/// Length of the text that begins at \p bytes, up to its NUL; npos if there is none.
inline std::size_t text_length(Bytes bytes) {
    const void* const nul = std::memchr(bytes.data(), 0, bytes.size());
    if (nul == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const std::byte*>(nul) - bytes.data());
}

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
            const std::size_t end =
                text_length(rest.first(std::min(rest.size(), kMaxNameLength + 1)));
            if (end == std::string_view::npos) return "prefix is not terminated";
            prefix = as_text(rest.first(end));
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

/// Visits all keys of an index. Most nodes have a few bytes, and a Result for each of
/// their parts would take longer than reading them.
///
/// A file is read through a window, because the kernel takes longer to provide the pages
/// of a buffer for the whole file than to read the file. depmod writes the nodes below a
/// node directly before it: what lies between the last leaf and a node is visited next.
/// If that fits into the window, it is read together, otherwise only the node.
class IndexReader::Dump {
public:
    Dump(const IndexReader& index, const Visitor& visit)
        : index_(index), visit_(visit), budget_(index.size_) {
        if (index.source_ == nullptr) window_.bytes = index.bytes_;
    }

    Status run() {
        std::uint32_t flagged = index_.root_;
        while ((flagged & ~layout::kOffsetMask) != 0) {
            if (!visit_node(flagged)) return malformed(flagged);
            flagged = next_node();
        }
        return {};
    }

private:
    static constexpr std::size_t kWindow = 64u << 10;
    /// In the first byte of an offset.
    static constexpr std::byte kFlags{
        static_cast<unsigned char>(~layout::kOffsetMask >> 24)};

    /// Bytes of the index.
    struct Part {
        std::uint64_t begin = 0;
        Bytes bytes;
        std::unique_ptr<std::byte[]> room;
        std::size_t capacity = 0;
    };

    /// A child of a visited node.
    struct Child {
        std::uint32_t flagged;
        std::uint16_t length;  ///< of the path to its parent
        char byte;
    };

    /// \returns false if the node is malformed, or cannot be read
    bool visit_node(std::uint32_t flagged) {
        const std::uint32_t offset = flagged & layout::kOffsetMask;
        if (offset < layout::kHeaderSize || offset >= index_.size_) return false;
        Node node;
        Bytes rest = from(offset, kUsualHead);
        while (node.parse(flagged, rest) != nullptr) {
            if (rest.size() >=
                std::min<std::uint64_t>(kLargestHead, index_.size_ - offset))
                return false;
            rest = from(offset, kLargestHead);
            if (rest.empty()) return false;
        }
        if (length_ + node.prefix.size() > kMaxNameLength) {
            length_ = path_.size();
            return false;
        }
        node.prefix.copy(path_.data() + length_, node.prefix.size());
        length_ += node.prefix.size();
        const std::uint64_t values = offset + node.size;
        if (node.children != nullptr)
            add_children(node);
        else
            leaf_end_ = values;
        std::uint64_t size = node.size;
        if (node.value_count != 0) {
            const std::uint64_t read =
                visit_values(values, rest.subspan(node.size), node.value_count);
            if (read == 0) return false;
            size += read;
        }
        // As in Walk::spend(), a walk that reads more than the file is in a loop.
        if (size > budget_) return false;
        budget_ -= size;
        return true;
    }

    /// \param rest bytes from \p begin on
    /// \returns the bytes of the values; 0 if they run past the end of the file, or
    /// cannot be read
    std::uint64_t visit_values(std::uint64_t begin, Bytes rest, std::uint32_t count) {
        std::uint64_t at = begin;
        for (; count != 0; --count) {
            std::size_t length = std::string_view::npos;
            while (rest.size() < 4 ||
                   (length = text_length(rest.subspan(4))) == std::string_view::npos) {
                if (rest.size() == index_.size_ - at) return 0;
                rest = from(at, kUsualValue + 2 * rest.size());
                if (rest.empty()) return 0;
            }
            visit_({path_.data(), length_},
                   {as_text(rest.subspan(4, length)), u32(rest.data())});
            const std::size_t size = 4 + length + 1;
            rest = rest.subspan(size);
            at += size;
        }
        return at - begin;
    }

    void add_children(const Node& node) {
        const auto length = static_cast<std::uint16_t>(length_);
        const std::byte* const first = node.children;
        const std::byte* at = first + node.table_size();
        for (unsigned byte = node.last; at != first; --byte) {
            at -= sizeof(std::uint32_t);
            // Most places are empty.
            if ((*at & kFlags) != std::byte{0})
                children_.push_back({u32(at), length, static_cast<char>(byte)});
        }
    }

    /// Puts the byte of the next child on the path, and returns the offset of the child;
    /// 0 at the end.
    std::uint32_t next_node() {
        if (children_.empty()) return 0;
        const Child child = children_.back();
        children_.pop_back();
        length_ = child.length;
        path_[length_++] = child.byte;
        return child.flagged;
    }

    /// \returns at least \p least bytes from \p offset on, fewer at the end of the file;
    /// none if they cannot be read
    [[gnu::always_inline]] Bytes from(std::uint64_t offset, std::size_t least) {
        if (in_range(offset - window_.begin, least, window_.bytes.size()))
            return window_.bytes.subspan(offset - window_.begin);
        return read(offset, std::min<std::uint64_t>(least, index_.size_ - offset));
    }

    [[gnu::noinline]] Bytes read(std::uint64_t offset, std::size_t size) {
        if (in_range(offset - window_.begin, size, window_.bytes.size()))
            return window_.bytes.subspan(offset - window_.begin);
        // Windows overlap by at most half, whatever the order of the nodes is.
        if (leaf_end_ >= next_window_ && offset >= leaf_end_ &&
            in_range(offset - leaf_end_, size, kWindow)) {
            next_window_ = leaf_end_ + kWindow / 2;
            fill(window_, leaf_end_,
                 std::min<std::uint64_t>(kWindow, index_.size_ - leaf_end_));
            if (!read_) return {};
            return window_.bytes.subspan(offset - leaf_end_);
        }
        fill(single_, offset, size);
        return single_.bytes;
    }

    void fill(Part& part, std::uint64_t begin, std::size_t size) {
        if (part.capacity < size) {
            part.room = std::make_unique_for_overwrite<std::byte[]>(size);
            part.capacity = size;
        }
        read_ = index_.source_->copy(begin, {part.room.get(), size});
        part.begin = begin;
        part.bytes = {part.room.get(), read_ ? size : 0};
    }

    /// The error of a node that visit_node() refused.
    Status malformed(std::uint32_t flagged) const {
        TRY(read_);
        Node node;
        TRY(index_.read(flagged, node));
        TRY(index_.for_each_value(
            node, [](const IndexValue&, std::size_t) -> Status { return {}; }));
        if (length_ > kMaxNameLength) return key_too_long(flagged);
        return loops(flagged);
    }

    const IndexReader& index_;
    const Visitor& visit_;
    std::uint64_t budget_;    ///< bytes
    std::size_t length_ = 0;  ///< of the path
    std::array<char, kMaxNameLength + 1> path_;
    std::vector<Child> children_;  ///< that are visited next, the first one last
    Part window_;
    Part single_;                                   ///< a node that is not in the window
    Status read_;                                   ///< the last error
    std::uint64_t leaf_end_ = layout::kHeaderSize;  ///< of the last one visited
    std::uint64_t next_window_ = 0;                 ///< least offset of the next window
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
    return Dump(*this, visit).run();
}

}  // namespace kmodpp
