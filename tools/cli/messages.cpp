// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.hpp"

#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

struct PriorityRow {
    std::string_view word;
    int syslog_level;
    Style style;
};
/// In the order of the enumerators of Priority.
constexpr std::array<PriorityRow, 6> kPriorities = {{
    {"FATAL", LOG_CRIT, Style::bad},
    {"ERROR", LOG_ERR, Style::bad},
    {"WARNING", LOG_WARNING, Style::warning},
    {"NOTICE", LOG_NOTICE, Style::plain},
    {"INFO", LOG_INFO, Style::plain},
    {"DEBUG", LOG_DEBUG, Style::plain},
}};

}  // namespace

LogLevel read_log_level(std::string_view text) {
    struct Row {
        std::string_view word;
        std::optional<Priority> lowest;
    };
    // The numbers of syslog(3) in their order, then the words.
    static constexpr std::array<Row, 13> kRows = {{
        {"0", std::nullopt},
        {"1", std::nullopt},
        {"2", Priority::fatal},
        {"3", Priority::error},
        {"4", Priority::warning},
        {"5", Priority::notice},
        {"6", Priority::info},
        {"7", Priority::debug},
        {"err", Priority::error},
        {"warning", Priority::warning},
        {"notice", Priority::notice},
        {"info", Priority::info},
        {"debug", Priority::debug},
    }};
    const auto* const row = std::ranges::find(kRows, text, &Row::word);
    if (row == kRows.end()) return {};
    return {true, row->lowest};
}

void Messages::write(Priority priority, std::string_view untrusted) const {
    if (silent_) return;
    // Names and paths in the message may contain control characters.
    const std::string text = terminal_line(untrusted);
    const PriorityRow& row = kPriorities[std::to_underlying(priority)];
    if (syslog_) {
        openlog(tool_.c_str(), LOG_CONS, LOG_DAEMON);
        syslog(row.syslog_level, "%.*s: %.*s", static_cast<int>(row.word.size()),
               row.word.data(), static_cast<int>(text.size()), text.data());
        return;
    }
    std::string body(row.word);
    body += ": " + text;
    if (is_in_colour(colours_, STDERR_FILENO)) body = coloured(row.style, body);
    // One write per line, so that the lines of several processes do not mix.
    const std::string line = tool_ + ": " + body + "\n";
    std::fflush(stdout);
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void Messages::notice(std::string_view text) {
    if (lowest_ >= Priority::error) write(Priority::notice, text);
}

void Messages::print(const StyledText& text) const {
    if (is_in_colour(colours_, STDOUT_FILENO))
        print_bytes(text.in_colour());
    else
        cli::print(text.plain());
}

void print(std::string_view text) {
    if (stdout_is_terminal())
        print_bytes(terminal_output(text));
    else
        print_bytes(text);
}

void print_bytes(std::string_view bytes) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

void flush_output() { std::fflush(stdout); }

bool finish_output(Messages& messages) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
    messages.error(std::string("could not write the output: ") + std::strerror(errno));
    return false;
}

}  // namespace kmodpp::cli
