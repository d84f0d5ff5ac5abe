// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a tool's remarks go: stderr or syslog, "TOOL: PRIORITY: text".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/message.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp::cli {

/// What a tool says itself, and, as a sink, what the library says to it.
class Messages final : public MessageSink {
public:
    explicit Messages(std::string tool) : tool_(std::move(tool)) {}

    /// Shows everything down to this priority.
    void show_down_to(Priority lowest) {
        lowest_ = lowest;
        library_lowest_ = lowest;
    }
    /// The same for remarks of the library alone; nullopt: shows none of them.
    void show_library_down_to(std::optional<Priority> lowest) {
        library_lowest_ = lowest;
    }
    /// Shows nothing at all.
    void silence() { silent_ = true; }
    void use_syslog() { syslog_ = true; }

    /// A remark of the library.
    void message(Priority priority, std::string_view text) override {
        if (library_lowest_ && priority <= *library_lowest_) write(priority, text);
    }
    /// A remark of the tool.
    void say(Priority priority, std::string_view text) {
        if (priority <= lowest_) write(priority, text);
    }

    void fatal(std::string_view text) { say(Priority::fatal, text); }
    void error(std::string_view text) { say(Priority::error, text); }
    void warning(std::string_view text) { say(Priority::warning, text); }
    /// A NOTICE that belongs to an error: shown wherever errors are.
    void notice(std::string_view text);
    void info(std::string_view text) { say(Priority::info, text); }

private:
    void write(Priority priority, std::string_view text) const;

    std::string tool_;
    Priority lowest_ = Priority::warning;
    std::optional<Priority> library_lowest_ = Priority::warning;
    bool silent_ = false;
    bool syslog_ = false;
};

/// What KMOD_LOG says: "err", "warning", "notice", "info", "debug", or a level of
/// syslog(3) as a number.
struct LogLevel {
    bool known = false;              ///< any other text says nothing
    std::optional<Priority> lowest;  ///< none: not even errors
};
[[nodiscard]] LogLevel read_log_level(std::string_view text);

/// Writes whole characters to stdout; those that a terminal would obey are escaped if it
/// is one. Output that cannot be written is found by finish_output.
void print(std::string_view text);
/// Writes records for programs, byte for byte, to a terminal too.
void print_bytes(std::string_view bytes);
/// Hands what was printed on, before somebody else writes to stdout.
void flush_output();
/// Flushes stdout; false, with a message, when something did not get through.
[[nodiscard]] bool finish_output(Messages& messages);

}  // namespace kmodpp::cli
