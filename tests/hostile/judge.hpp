// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs thousands of hostile inputs in child processes and counts how they ended.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// How a reader answered an input that was made of a sound one.
enum class Answer {
    same,     ///< as it answers the sound one
    refused,  ///< with an error that names the fault
    changed,  ///< something else, as the bytes say by another reader
    wrong,    ///< anything else; the finding says what
};

struct Verdict {
    Answer answer = Answer::same;
    std::string finding = {};
};

/// What became of the inputs of one class.
struct Tally {
    std::size_t inputs = 0, same = 0, refused = 0, changed = 0;
    std::size_t wrong = 0, deaths = 0, hangs = 0;
    long peak_kib = 0;                  ///< of the greediest child
    std::vector<std::string> findings;  ///< the first few: "input 17: …"

    /// No wrong answer, no death, no hang, and no more memory than is allowed.
    [[nodiscard]] bool is_clean() const;
};

inline constexpr int kMostSeconds = 2;              ///< of computing, for one input
inline constexpr long kMostMemoryKib = 256 * 1024;  ///< for a child

/// Hands the inputs 0 to \p count to \p judge, in children that each take many of them.
/// One that dies, or computes for longer than kMostSeconds, is counted, and the next
/// child goes on behind the input.
[[nodiscard]] Tally judge_all(std::size_t count,
                              const std::function<Verdict(std::size_t)>& judge);

/// One line for people and for the documents.
[[nodiscard]] std::string describe(std::string_view name, const Tally& tally);

}  // namespace kmodpp::test
