// SPDX-License-Identifier: LGPL-2.1-or-later
// One line on a terminal that says how far a long piece of work has come.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace kmodpp::cli {

/// Writes to stderr when that is a terminal, else nothing. Work that is done before a
/// person would wonder stays silent.
class ProgressLine {
public:
    /// \param label "inspecting modules"
    explicit ProgressLine(std::string label);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    /// Cheap enough to be called for every piece. The last one takes the line away.
    void update(std::size_t done, std::size_t all);
    /// Takes the line away, so that something else can be printed.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    std::string label_;
    bool enabled_;
    bool shown_ = false;
    Clock::time_point next_;
};

}  // namespace kmodpp::cli
