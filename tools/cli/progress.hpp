// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the progress of a long operation in one line on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace kmodpp::cli {

/// Writes to stderr if that is a terminal. Nothing is shown for the first half second.
class ProgressLine {
public:
    /// \param label "inspecting modules"
    explicit ProgressLine(std::string label);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    /// Cheap enough to call for every item. The call with done == all removes the line.
    void update(std::size_t done, std::size_t all);
    /// Removes the line, so that other text can be printed.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    std::string label_;
    bool enabled_;
    bool shown_ = false;
    Clock::time_point next_;
};

}  // namespace kmodpp::cli
