// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks keys up in a .bin index.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kmodpp {

/// Borrows its text from the index.
struct IndexValue {
    std::string_view value;
    std::uint32_t priority = 0;
};

/// A value with the key that matched a query; the value borrows its text from the index.
struct IndexMatch : IndexValue {
    std::string key;  ///< empty once the keys of a search exceed a mebibyte
};

/// A view of an index; borrows the bytes. Nodes are checked as they are met: an offset,
/// prefix or value outside the file, and a trie that loops, are malformed errors that
/// name the node. The work is linear in the bytes of the nodes that are visited, which
/// are those on the way of the query, and at most the whole file once. Safe for several
/// threads if its bytes are in memory.
class IndexReader {
public:
    /// Checks the header.
    [[nodiscard]] static Result<IndexReader> open(Bytes bytes);
    /// An index of which only those bytes are asked for that a look-up needs.
    [[nodiscard]] static Result<IndexReader> open(ByteSource& source);

    /// The first value of exactly that key.
    [[nodiscard]] Result<std::optional<std::string_view>> find(
        std::string_view key) const;

    /// The values of every key that matches the query; keys of the index are the patterns
    /// (*, ?, [set]), the query is plain text. By priority; among equals the latest met
    /// first.
    [[nodiscard]] Result<std::vector<IndexMatch>> search(std::string_view query) const;

    /// Every key with every value, in the order of the keys.
    using Visitor = std::function<void(std::string_view key, const IndexValue& value)>;
    [[nodiscard]] Status for_each(const Visitor& visit) const;

private:
    struct Node;
    class Walk;
    IndexReader(Bytes bytes, ByteSource* source, std::uint64_t size)
        : bytes_(bytes), source_(source), size_(size) {}
    [[nodiscard]] static Result<IndexReader> check(IndexReader reader);
    /// At least `least` bytes from `offset` on, fewer at the end of the file.
    [[nodiscard]] Result<Bytes> from(std::uint64_t offset, std::size_t least) const;
    [[nodiscard]] Status read(std::uint32_t flagged, Node& node) const;
    template <class Take>
    Status for_each_value(const Node& node, Take take) const;

    Bytes bytes_;         ///< empty if there is a source
    ByteSource* source_;  ///< null if the bytes are in memory
    std::uint64_t size_;
    std::uint32_t root_ = 0;  ///< offset with flags; none of the flags set: empty
};

}  // namespace kmodpp
