// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the index reader with its three kinds of query.
//
//   | size of the query u8 | query | index |
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "format/index_reader.hpp"
#include "format/index_writer.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/index_model.hpp"

namespace kmodpp::test {

namespace {

/// Counts the bytes that are read.
class CountingSource final : public ByteSource {
public:
    explicit CountingSource(Bytes bytes) : source_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override {
        asked += size;
        return source_.slice(offset, size);
    }
    std::uint64_t asked = 0;

private:
    MemorySource source_;
};

/// The status of a dump, and a digest of its keys and values: there can be more of them
/// than fit into memory.
std::pair<bool, std::size_t> dump_of(const IndexReader& reader) {
    std::size_t digest = 0;
    const auto add = [&digest](std::size_t part) { digest = digest * 31 + part; };
    const Status done =
        reader.for_each([&add](std::string_view key, const IndexValue& value) {
            add(std::hash<std::string_view>()(key));
            add(std::hash<std::string_view>()(value.value));
            add(value.priority);
        });
    return {done.has_value(), digest};
}

/// A file that is read on demand gives the same result as one in memory, and the work is
/// linear in its size.
void check_on_demand(Bytes index, std::string_view query,
                     const Result<std::vector<IndexMatch>>& expected) {
    // A node has at least one byte, and is read together with the bytes after it.
    constexpr std::uint64_t kMostPerByte = 1024;
    constexpr std::uint64_t kLeast = 1u << 16;
    CountingSource source(index);
    const auto reader = IndexReader::open(source);
    claim(reader.has_value(), "an index that opens in memory also opens on demand");
    const auto matches = reader->search(query);
    claim(matches.has_value() == expected.has_value(),
          "both ways to read succeed or fail alike");
    claim(!matches || std::ranges::equal(*matches, *expected, {}, &IndexMatch::value,
                                         &IndexMatch::value),
          "both ways to read find the same");
    const auto passes =
        static_cast<std::uint64_t>(1 + std::ranges::count_if(query, [](char c) {
                                       return c == '*' || c == '?' || c == '[';
                                   }));
    claim(source.asked <= kLeast + kMostPerByte * index.size() * passes,
          "the work is linear in the size of the index");
    source.asked = 0;
    claim(dump_of(*reader) == dump_of(*IndexReader::open(index)),
          "both ways to read dump the same");
    claim(source.asked <= kLeast + kMostPerByte * index.size(),
          "the work of a dump is linear in the size of the index");
}

}  // namespace

void fuzz_one(Bytes input) {
    Cutter cut(input);
    const std::string_view query = cut.text();
    const ExactCopy bytes(cut.rest());
    const auto reader = IndexReader::open(bytes.bytes());
    if (!reader) return;

    IndexModel model;
    bool whole = true;
    const Status walked =
        reader->for_each([&](std::string_view key, const IndexValue& value) {
            // Nodes that share bytes can list more entries than the file has bytes.
            whole = whole && model.add(key, value);
        });
    const auto found = reader->find(query);
    const auto matches = reader->search(query);
    check_on_demand(bytes.bytes(), query, matches);
    if (!walked) {
        claim(!walked.error().message.empty(), "the error for a bad index has a message");
        return;
    }
    claim(found.has_value(), "find() works if for_each() works");
    if (!whole) return;
    claim(*found == model.find(query), "find() returns the first value of the key");
    claim(matches.has_value(), "search() works if for_each() works");
    model.check_search(query, *matches);
    for (const std::string& key : model.keys()) {
        const auto one = reader->find(key);
        claim(one && *one == model.find(key), "every key is found");
    }
    model.check_rewritten();
}

}  // namespace kmodpp::test
