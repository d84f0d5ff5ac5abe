// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the index reader with its three kinds of query.
//
//   | size of the query u8 | query | index |
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "format/index_reader.hpp"
#include "format/index_writer.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/index_model.hpp"

namespace kmodpp::test {

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
    if (!walked) {
        claim(!walked.error().message.empty(), "a bad index has a reason");
        return;
    }
    claim(found.has_value(), "what was walked through can be looked up");
    if (!whole) return;
    claim(*found == model.find(query), "a look-up finds the first value of its key");
    claim(matches.has_value(), "what was walked through can be searched");
    model.check_search(query, *matches);
    for (const std::string& key : model.keys()) {
        const auto one = reader->find(key);
        claim(one && *one == model.find(key), "every key is found");
    }
    model.check_rewritten();
}

}  // namespace kmodpp::test
