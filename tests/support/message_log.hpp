// SPDX-License-Identifier: LGPL-2.1-or-later
// A message sink that stores the messages of the library for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kmodpp/message.hpp"

namespace kmodpp::test {

class MessageLog final : public MessageSink {
public:
    void message(Priority priority, std::string_view text) override {
        if (priority == Priority::debug) return;
        constexpr std::string_view kWords[] = {"fatal", "error", "warning", "notice",
                                               "info"};
        lines_.push_back(
            std::string(kWords[std::to_underlying(priority)]).append(": ").append(text));
    }

    /// "warning: TEXT", in the order in which they came.
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// True if a line contains the text.
    [[nodiscard]] bool has(std::string_view text) const { return count(text) > 0; }
    [[nodiscard]] std::size_t count(std::string_view text) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            lines_, [text](const std::string& line) { return line.contains(text); }));
    }
    void clear() { lines_.clear(); }

private:
    std::vector<std::string> lines_;
};

}  // namespace kmodpp::test
