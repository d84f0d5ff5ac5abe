// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests the library with hostile inputs of one class, or writes such inputs to files:
//
//   hostile judge CLASS COUNT SEEDS        checks COUNT inputs, evenly spread; 0: all
//   hostile write CLASS COUNT SEEDS FOLDER the same inputs as files named NUMBER
//   hostile list                           lists the classes
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/text.hpp"
#include "hostile/subjects.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace kmodpp;
using namespace kmodpp::test;

int run(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0] == "list") {
        for (const SubjectRow& row : all_subjects())
            std::printf("%.*s\n", static_cast<int>(row.name.size()), row.name.data());
        return 0;
    }
    const bool writes = words.size() == 5 && words[0] == "write";
    if (!writes && (words.size() != 4 || words[0] != "judge")) {
        std::fputs("usage: hostile judge|write|list …\n", stderr);
        return 2;
    }
    for (const SubjectRow& row : all_subjects()) {
        if (row.name != words[1]) continue;
        const TemporaryDirectory root;
        const auto subject = row.make({words[3], root.string()});
        const std::size_t wanted = parse_unsigned<std::size_t>(words[2]).value_or(0);
        const std::size_t all = subject->count(std::max(row.usual, wanted));
        const std::size_t count =
            wanted == 0 ? std::min(all, row.usual) : std::min(all, wanted);
        const auto number = [&](std::size_t i) { return i * (all / count); };
        if (writes) {
            for (std::size_t i = 0; i < count; ++i)
                write_file(cat(words[4], "/", number(i)), subject->input(number(i)));
            return 0;
        }
        const Tally tally = judge_all(count, [&](std::size_t i) {
            return subject->judge(subject->input(number(i)), number(i));
        });
        std::fputs(describe(row.name, tally).c_str(), stdout);
        return tally.is_clean() ? 0 : 1;
    }
    std::fprintf(stderr, "no class '%s'\n", words[1].c_str());
    return 2;
}

}  // namespace

int main(int count, char** words) {
    try {
        return run(std::vector<std::string>(words + 1, words + count));
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "hostile: %s\n", fault.what());
        return 2;
    }
}
