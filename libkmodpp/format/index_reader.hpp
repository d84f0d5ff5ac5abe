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

/// Borrows its text from the index, or from the window of for_each().
struct IndexValue {
    std::string_view value;
    std::uint32_t priority = 0;
};

/// A value with the key that matched a query; the value borrows its text from the index.
struct IndexMatch : IndexValue {
    std::string key;  ///< empty once the keys of a search exceed 1 MiB
};

/// A view of an index; borrows the bytes. Nodes are checked when they are visited: an
/// offset, prefix or value outside the file, and a trie that loops, are malformed
/// errors that name the node. The cost is linear in the size of the visited nodes,
/// which are those on the path of the query: at most the whole file, and once more for
/// each wildcard character in the query. Thread-safe if its bytes are in memory.
class IndexReader {
public:
    /// Checks the header.
    [[nodiscard]] static Result<IndexReader> open(Bytes bytes);
    /// Same, but reads only the parts of the source that a look-up needs.
    [[nodiscard]] static Result<IndexReader> open(ByteSource& source);

    /// The first value of exactly this key; nullopt if there is none.
    [[nodiscard]] Result<std::optional<std::string_view>> find(
        std::string_view key) const;

    /// The values of all keys that match the query. The keys are patterns (*, ?,
    /// [set]), the query is plain text. Sorted by priority; of equal ones, the last one
    /// found comes first.
    [[nodiscard]] Result<std::vector<IndexMatch>> search(std::string_view query) const;

    /// Called for every key with every value, in the order of the keys. The texts are
    /// valid during the call. A file is read piece by piece, and not kept in memory.
    using Visitor = std::function<void(std::string_view key, const IndexValue& value)>;
    [[nodiscard]] Status for_each(const Visitor& visit) const;

private:
    struct Node;
    class Walk;
    class Dump;
    IndexReader(Bytes bytes, ByteSource* source, std::uint64_t size)
        : bytes_(bytes), source_(source), size_(size) {}
    [[nodiscard]] static Result<IndexReader> check(IndexReader reader);
    /// At least \p least bytes from \p offset on, fewer at the end of the file.
    [[nodiscard]] Result<Bytes> from(std::uint64_t offset, std::size_t least) const;
    [[nodiscard]] Status read(std::uint32_t flagged, Node& node) const;
    template <class Take>
    Status for_each_value(const Node& node, Take take) const;

    Bytes bytes_;         ///< empty if there is a source
    ByteSource* source_;  ///< null if the bytes are in memory
    std::uint64_t size_;
    std::uint32_t root_ = 0;  ///< offset with flags; an index without any flag is empty
};

}  // namespace kmodpp
