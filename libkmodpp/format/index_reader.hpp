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
/// name the node. Work is bounded by a small multiple of the size of the file. Immutable:
/// safe for several threads.
class IndexReader {
public:
    /// Checks the header.
    [[nodiscard]] static Result<IndexReader> open(Bytes bytes);

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
    explicit IndexReader(Bytes bytes, std::uint32_t root) : bytes_(bytes), root_(root) {}
    [[nodiscard]] Result<Node> node(std::uint32_t offset) const;

    Bytes bytes_;
    std::uint32_t root_;  ///< offset with flags; none of the flags set: empty
};

}  // namespace kmodpp
