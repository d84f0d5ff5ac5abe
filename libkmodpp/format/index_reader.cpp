// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/index_reader.hpp"

#include <algorithm>
#include <cstring>

#include "base/endian.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "format/index_format.hpp"

namespace kmodpp {

namespace layout = index_format;

namespace {

/// Keys of matches are for people, who read a few; an index of millions of matches with
/// long keys would fill memory with them.
constexpr std::size_t kMaxKeyBytes = 1u << 20;

/// Patterns of real indexes against the longest query take a tenth of it, and it takes
/// half a second. Keys made for it could need hours.
constexpr std::size_t kMaxMatchSteps = 1u << 28;

/// What begins a pattern in a key of the index.
constexpr std::string_view kWildcards = "*?[";

std::uint32_t u32(const std::byte* at) { return load<std::uint32_t>(at, layout::kOrder); }

std::unexpected<Error> bad_node(std::uint32_t offset, std::string_view why) {
    return fail(ErrorKind::malformed,
                cat("node ", hex(offset & layout::kOffsetMask), ": ", why));
}

}  // namespace

/// One node, its ranges checked; values are checked as they are read.
struct IndexReader::Node {
    std::uint32_t offset = 0;
    std::size_t size = 0;  ///< bytes before the values
    std::string_view prefix;
    unsigned char first = 1, last = 0;  ///< first > last: no children
    const std::byte* children = nullptr;
    std::uint32_t value_count = 0;
    Bytes values;  ///< from the first value to the end of the file

    [[nodiscard]] std::uint32_t child(unsigned char byte) const {
        return byte < first || byte > last ? 0 : u32(children + 4 * (byte - first));
    }

    /// \param take (const IndexValue&, std::size_t bytes) -> Status
    template <class Take>
    Status for_each_value(Take take) const {
        Bytes rest = values;
        for (std::uint32_t i = 0; i < value_count; ++i) {
            if (rest.size() < 4)
                return bad_node(offset, "value runs past the end of the file");
            const std::uint32_t priority = u32(rest.data());
            const std::string_view text = as_text(rest.subspan(4));
            const std::size_t end = text.find('\0');
            if (end == std::string_view::npos)
                return bad_node(offset, "value runs past the end of the file");
            const std::size_t bytes = sizeof priority + end + 1;
            TRY(take(IndexValue{text.substr(0, end), priority}, bytes));
            rest = rest.subspan(bytes);
        }
        return {};
    }
};

Result<IndexReader> IndexReader::open(Bytes bytes) {
    if (bytes.size() < layout::kHeaderSize)
        return fail(ErrorKind::malformed,
                    cat("not an index: ", bytes.size(), " bytes are less than a header"));
    if (u32(bytes.data()) != layout::kMagic)
        return fail(ErrorKind::malformed,
                    cat("not an index: magic is ", hex(u32(bytes.data())), " instead of ",
                        hex(layout::kMagic)));
    const std::uint32_t version = u32(bytes.data() + 4);
    if (version >> 16 != layout::kVersionMajor)
        return fail(ErrorKind::unsupported,
                    cat("index version ", version >> 16, ".", version & 0xffff,
                        " is not ", layout::kVersionMajor, ".x"));
    return IndexReader(bytes, u32(bytes.data() + 8));
}

Result<IndexReader::Node> IndexReader::node(std::uint32_t flagged) const {
    const std::uint32_t offset = flagged & layout::kOffsetMask;
    if (offset < layout::kHeaderSize || offset >= bytes_.size())
        return bad_node(flagged, "lies outside the file");
    Node node;
    node.offset = offset;
    Bytes rest = bytes_.subspan(offset);
    if (flagged & layout::kHasPrefix) {
        const std::string_view text =
            as_text(rest.first(std::min(rest.size(), kMaxNameLength + 1)));
        const std::size_t end = text.find('\0');
        if (end == std::string_view::npos)
            return bad_node(flagged, "prefix is not terminated");
        node.prefix = text.substr(0, end);
        rest = rest.subspan(end + 1);
    }
    if (flagged & layout::kHasChildren) {
        if (rest.size() < 2)
            return bad_node(flagged, "child range runs past the end of the file");
        node.first = static_cast<unsigned char>(rest[0]);
        node.last = static_cast<unsigned char>(rest[1]);
        if (node.first > node.last || node.last > layout::kMaxKeyByte)
            return bad_node(flagged, cat("child range ", node.first, "..", node.last,
                                         " is not a range of 7-bit characters"));
        const std::size_t size = 4u * (node.last - node.first + 1u);
        if (rest.size() < 2 + size)
            return bad_node(flagged, "child range runs past the end of the file");
        node.children = rest.data() + 2;
        rest = rest.subspan(2 + size);
    }
    if (flagged & layout::kHasValues) {
        if (rest.size() < 4)
            return bad_node(flagged, "value count runs past the end of the file");
        node.value_count = u32(rest.data());
        node.values = rest.subspan(4);
        constexpr std::size_t kSmallestValue = sizeof(std::uint32_t) + 1;
        if (node.value_count > node.values.size() / kSmallestValue)
            return bad_node(
                flagged, cat(node.value_count, " values run past the end of the file"));
        rest = node.values;
    }
    node.size = bytes_.size() - offset - rest.size();
    return node;
}

Result<std::optional<std::string_view>> IndexReader::find(std::string_view key) const {
    std::uint32_t offset = root_;
    // Each step takes at least one byte of the key, so a trie that loops ends too.
    while ((offset & ~layout::kOffsetMask) != 0) {
        TRY_ASSIGN(const Node here, node(offset));
        if (!key.starts_with(here.prefix)) return std::nullopt;
        key.remove_prefix(here.prefix.size());
        if (key.empty()) {
            std::optional<std::string_view> first;
            TRY(here.for_each_value([&](const IndexValue& v, std::size_t) -> Status {
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

/// One wildcard search or dump: the path from the root, what was found, and the budget
/// that stops a trie that loops.
class IndexReader::Walk {
public:
    /// \param query may hold wildcards itself. The nodes below such a character of the
    /// index are met once as patterns, and again by the query that spells it out.
    explicit Walk(const IndexReader& index, std::string_view query = {})
        : index_(index),
          query_(query),
          budget_(index.bytes_.size() *
                  (1 + static_cast<std::size_t>(std::ranges::count_if(
                           query, [](char c) { return kWildcards.contains(c); })))) {}

    std::vector<IndexMatch> found;

    /// Follows `query` literally until the index shows a wildcard.
    Status search(std::uint32_t offset, std::string_view query) {
        while ((offset & ~layout::kOffsetMask) != 0) {
            TRY_ASSIGN(const Node here, step(offset));
            const std::size_t wild = here.prefix.find_first_of(kWildcards);
            const std::string_view literal = here.prefix.substr(0, wild);
            if (!query.starts_with(literal)) return {};
            query.remove_prefix(literal.size());
            if (wild != std::string_view::npos) return match_below(here, wild, query);

            for (const char c : kWildcards) {
                const std::uint32_t child = here.child(static_cast<unsigned char>(c));
                if ((child & ~layout::kOffsetMask) == 0) continue;
                path_ = c;
                TRY_ASSIGN(const Node below, step(child));
                TRY(match_below(below, 0, query));
            }
            path_.clear();
            if (query.empty()) return collect(here, 0);
            offset = here.child(static_cast<unsigned char>(query[0]));
            query.remove_prefix(1);
        }
        return {};
    }

    /// Visits every key from `offset` down.
    Status dump(std::uint32_t offset, const Visitor& visit) {
        if ((offset & ~layout::kOffsetMask) == 0) return {};
        TRY_ASSIGN(const Node here, step(offset));
        const std::size_t length = path_.size();
        TRY(extend(here, here.prefix));
        TRY(each_value(here, [&](const IndexValue& value) { visit(path_, value); }));
        for (unsigned byte = here.first; byte <= here.last; ++byte) {
            path_ += static_cast<char>(byte);
            TRY(dump(here.child(static_cast<unsigned char>(byte)), visit));
            path_.pop_back();
        }
        path_.resize(length);
        return {};
    }

private:
    /// Every key below `here` is a pattern for the rest of the query.
    Status match_below(const Node& here, std::size_t from, std::string_view query) {
        const std::size_t length = path_.size();
        TRY(extend(here, here.prefix.substr(from)));
        for (unsigned byte = here.first; byte <= here.last; ++byte) {
            const std::uint32_t child = here.child(static_cast<unsigned char>(byte));
            if ((child & ~layout::kOffsetMask) == 0) continue;
            path_ += static_cast<char>(byte);
            TRY_ASSIGN(const Node below, step(child));
            TRY(match_below(below, 0, query));
            path_.pop_back();
        }
        if (here.value_count > 0) {
            const auto matches = wildcard_match_within(path_, query, match_steps_);
            if (!matches) return bad_node(here.offset, "its keys take too long to match");
            if (*matches) TRY(collect(here, query.size()));
        }
        path_.resize(length);
        return {};
    }

    /// \param left how many characters of the query the path stands for; those before
    ///             them were met literally
    Status collect(const Node& here, std::size_t left) {
        const std::string_view literal = query_.substr(0, query_.size() - left);
        return each_value(here, [&](const IndexValue& value) {
            found.push_back({value, {}});
            key_bytes_ += literal.size() + path_.size();
            if (key_bytes_ <= kMaxKeyBytes) found.back().key = cat(literal, path_);
        });
    }

    Status extend(const Node& here, std::string_view text) {
        path_ += text;
        if (path_.size() > kMaxNameLength)
            return bad_node(here.offset,
                            cat("key is longer than ", kMaxNameLength, " bytes"));
        return {};
    }

    Result<Node> step(std::uint32_t offset) {
        TRY_ASSIGN(const Node node, index_.node(offset));
        TRY(spend(offset, node.size));
        return node;
    }

    /// \param take (const IndexValue&)
    template <class Take>
    Status each_value(const Node& here, Take take) {
        return here.for_each_value([&](const IndexValue& value, std::size_t bytes) {
            const Status enough = spend(here.offset, bytes);
            if (enough) take(value);
            return enough;
        });
    }

    /// The nodes of a trie share no bytes; whoever meets more than the file has goes
    /// round in circles.
    Status spend(std::uint32_t offset, std::size_t bytes) {
        if (bytes > budget_) return bad_node(offset, "the index loops");
        budget_ -= bytes;
        return {};
    }

    const IndexReader& index_;
    std::string_view query_;
    std::size_t budget_;  ///< bytes
    std::size_t match_steps_ = kMaxMatchSteps;
    std::size_t key_bytes_ = 0;
    std::string path_;
};

Result<std::vector<IndexMatch>> IndexReader::search(std::string_view query) const {
    Walk walk(*this, query);
    TRY(walk.search(root_, query));
    // Among equals the latest met first, as the tools that write these files sort them.
    std::ranges::reverse(walk.found);
    std::ranges::stable_sort(walk.found, {}, &IndexValue::priority);
    return std::move(walk.found);
}

Status IndexReader::for_each(const Visitor& visit) const {
    return Walk(*this).dump(root_, visit);
}

}  // namespace kmodpp
