// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs thousands of hostile inputs in child processes and counts how they ended.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// How the result of a reader compares with that for the valid input.
enum class Answer {
    same,     ///< same as for the valid input
    refused,  ///< an error that names the fault
    changed,  ///< different, and confirmed by a second reader
    wrong,    ///< anything else; described in the finding
};

struct Verdict {
    Answer answer = Answer::same;
    std::string finding = {};
};

/// Results for the inputs of one class.
struct Tally {
    std::size_t inputs = 0, same = 0, refused = 0, changed = 0;
    std::size_t wrong = 0, deaths = 0, hangs = 0;
    long peak_kib = 0;                  ///< largest of all children
    std::vector<std::string> findings;  ///< the first few: "input 17: …"

    /// True if there were no wrong results, deaths or hangs, and no child exceeded the
    /// memory limit.
    [[nodiscard]] bool is_clean() const;
};

inline constexpr int kMostSeconds = 2;              ///< processor time for one input
inline constexpr long kMostMemoryKib = 256 * 1024;  ///< limit for a child

/// Passes the inputs 0 to \p count - 1 to \p judge in child processes, many per child. A
/// child that dies or exceeds kMostSeconds is counted, and another child continues with
/// the next input.
[[nodiscard]] Tally judge_all(std::size_t count,
                              const std::function<Verdict(std::size_t)>& judge);

/// One line of a table.
[[nodiscard]] std::string describe(std::string_view name, const Tally& tally);

}  // namespace kmodpp::test
