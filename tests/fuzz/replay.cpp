// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of a target without libFuzzer: passes it every file in the given
// folders, each in a block of exactly its size, whole and truncated at several lengths.
#include <boost/filesystem.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace fs = boost::filesystem;
using namespace kmodpp;

namespace {

std::string read(const fs::path& path) {
    std::ifstream in(path.string(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void replay(std::string_view text) {
    const test::ExactCopy copy(text);
    test::fuzz_one(copy.bytes());
}

}  // namespace

int main(int count, char** words) {
    std::size_t inputs = 0;
    for (const std::string& folder : std::vector<std::string>(words + 1, words + count)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            const std::string input = read(entry.path());
            // Print the file name first, to find the input of a failed claim.
            std::fprintf(stderr, "%s\n", entry.path().c_str());
            for (const unsigned eighths : {8, 7, 4, 1})
                replay(std::string_view(input).substr(0, input.size() * eighths / 8));
            ++inputs;
        }
    }
    std::printf("%zu inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
