// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a tool's remarks go: stderr or syslog, "TOOL: PRIORITY: text".
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/message.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp::cli {

class Messages final : public MessageSink {
public:
    explicit Messages(std::string tool) : tool_(std::move(tool)) {}

    /// Shows everything down to this priority.
    void show_down_to(Priority lowest) { lowest_ = lowest; }
    /// Shows nothing at all.
    void silence() { silent_ = true; }
    void use_syslog() { syslog_ = true; }

    void message(Priority priority, std::string_view text) override;

    void fatal(std::string_view text) { message(Priority::fatal, text); }
    void error(std::string_view text) { message(Priority::error, text); }
    void warning(std::string_view text) { message(Priority::warning, text); }
    /// A NOTICE that belongs to an error: shown wherever errors are.
    void notice(std::string_view text);
    void info(std::string_view text) { message(Priority::info, text); }

private:
    std::string tool_;
    Priority lowest_ = Priority::warning;
    bool silent_ = false;
    bool syslog_ = false;
};

/// Writes to stdout. Output that cannot be written is found by finish_output.
void print(std::string_view text);
/// Hands what was printed on, before somebody else writes to stdout.
void flush_output();
/// Flushes stdout; false, with a message, when something did not get through.
[[nodiscard]] bool finish_output(Messages& messages);

}  // namespace kmodpp::cli
