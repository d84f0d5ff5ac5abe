// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints a tool's messages to stderr or syslog as "TOOL: PRIORITY: text", and its
// output to stdout.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/message.hpp>
#include <kmodpp/result.hpp>

#include "cli/styled_text.hpp"
#include "cli/terminal.hpp"

namespace kmodpp::cli {

/// Prints the messages of the tool and, as a MessageSink, those of the library.
class Messages final : public MessageSink {
public:
    explicit Messages(std::string tool) : tool_(std::move(tool)) {}

    /// Prints messages down to this priority.
    void show_down_to(Priority lowest) {
        lowest_ = lowest;
        library_lowest_ = lowest;
    }
    /// The same, only for messages of the library; nullopt: prints none of them.
    void show_library_down_to(std::optional<Priority> lowest) {
        library_lowest_ = lowest;
    }
    /// Suppresses all further messages.
    void silence() { silent_ = true; }
    void use_syslog() { syslog_ = true; }
    /// Whether messages and styled output are in colour.
    void use_colours(ColourUse use) { colours_ = use; }

    /// Prints a message of the library.
    void message(Priority priority, std::string_view text) override {
        if (library_lowest_ && priority <= *library_lowest_) write(priority, text);
    }
    /// Prints a message of the tool.
    void report(Priority priority, std::string_view text) {
        if (priority <= lowest_) write(priority, text);
    }

    void fatal(std::string_view text) { report(Priority::fatal, text); }
    void error(std::string_view text) { report(Priority::error, text); }
    void warning(std::string_view text) { report(Priority::warning, text); }
    /// Prints a NOTICE that belongs to an error, if errors are printed.
    void notice(std::string_view text);
    void info(std::string_view text) { report(Priority::info, text); }

    /// Prints output to stdout, in colour if colours are used. Otherwise the same as
    /// cli::print().
    void print(const StyledText& text) const;

private:
    void write(Priority priority, std::string_view text) const;

    std::string tool_;
    Priority lowest_ = Priority::warning;
    std::optional<Priority> library_lowest_ = Priority::warning;
    bool silent_ = false;
    bool syslog_ = false;
    ColourUse colours_ = ColourUse::automatic;
};

/// The value of KMOD_LOG: "err", "warning", "notice", "info", "debug", or a syslog(3)
/// level as a number.
struct LogLevel {
    bool known = false;              ///< false: another text, to be ignored
    std::optional<Priority> lowest;  ///< nullopt: print no messages, not even errors
};
[[nodiscard]] LogLevel read_log_level(std::string_view text);

/// Prints whole characters to stdout. If stdout is a terminal, control characters are
/// escaped. finish_output() reports write errors.
void print(std::string_view text);
/// Prints bytes to stdout without escaping them, even on a terminal.
void print_bytes(std::string_view bytes);
/// Flushes stdout, before another process writes to it.
void flush_output();
/// Flushes stdout. Prints an error and returns false if output could not be written.
[[nodiscard]] bool finish_output(Messages& messages);

}  // namespace kmodpp::cli
