// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "base/environment.hpp"

namespace kmodpp::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kInitialDelay = 500ms;
constexpr auto kInterval = 100ms;
/// Moves to the first column and clears the line (ECMA-48).
constexpr std::string_view kClear = "\r\033[K";

/// A terminal without control sequences gets no progress line.
bool is_terminal() {
    const char* const terminal = trusted_variable("TERM");
    return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

}  // namespace

ProgressLine::ProgressLine(std::string label)
    : label_(std::move(label)),
      enabled_(is_terminal()),
      next_(Clock::now() + kInitialDelay) {}

void ProgressLine::update(std::size_t done, std::size_t all) {
    if (done == all) return clear();
    if (!enabled_ || Clock::now() < next_) return;
    next_ = Clock::now() + kInterval;
    shown_ = true;
    const std::string line = std::string(kClear) + label_ + ": " + std::to_string(done) +
                             " of " + std::to_string(all);
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fflush(stderr);
}

void ProgressLine::clear() {
    if (!shown_) return;
    shown_ = false;
    std::fwrite(kClear.data(), 1, kClear.size(), stderr);
    std::fflush(stderr);
}

}  // namespace kmodpp::cli
