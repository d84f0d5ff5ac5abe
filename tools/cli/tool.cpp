// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/tool.hpp"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "base/environment.hpp"
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

std::string help_text(const Tool& tool) {
    std::string text =
        std::string(tool.name) + " - " + tool.summary + "\n\nUsage:\n" + tool.usage;
    return text + "\nOptions:\n" + describe(tool.options);
}

std::string version_text() {
    return "kmod version " KMODPP_KMOD_LEVEL "\n" KMODPP_FEATURES
           "\nkmodpp " KMODPP_VERSION "\n";
}

/// Child processes of daemons may have no stderr; messages then go to syslog.
bool stderr_is_closed() { return fcntl(STDERR_FILENO, F_GETFD) < 0; }

}  // namespace

void end_without_memory() {
    constexpr const char* kText = "out of memory";
    std::fflush(stdout);
    if (stderr_is_closed())
        syslog(LOG_DAEMON | LOG_CRIT, "FATAL: %s", kText);
    else
        std::fprintf(stderr, "%s: FATAL: %s\n", program_invocation_short_name, kText);
    ::_exit(kFailure);
}

std::optional<unsigned> read_jobs(const std::string& text, Messages& messages) {
    constexpr unsigned kMost = 9999;
    unsigned jobs = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, jobs);
    if (failure == std::errc{} && stop == end && jobs >= 1 && jobs <= kMost) return jobs;
    messages.error("'" + text + "' is not a valid number of jobs: expected 1 to " +
                   std::to_string(kMost));
    return std::nullopt;
}

int run_with_options(const Tool& tool, const std::vector<std::string>& words,
                     CommonOptions& options,
                     int (*run)(const CommonOptions& options, Messages& messages)) {
    if (!parse(tool.options, tool.name, words, options)) return tool.failure;

    Messages messages(tool.name);
    if (options.help || options.version) {
        print(options.help ? help_text(tool) : version_text());
        return finish_output(messages) ? kSuccess : tool.failure;
    }
    if (options.syslog || stderr_is_closed()) messages.use_syslog();
    if (options.color) {
        const auto use = read_colour_use(*options.color);
        if (!use) {
            messages.error("'" + *options.color +
                           "' is not valid for --color: expected auto, always or never");
            return tool.failure;
        }
        messages.use_colours(*use);
    }
    if (options.verbose) messages.show_down_to(Priority::info);
    if (const char* const level = trusted_variable("KMOD_LOG")) {
        const LogLevel read = read_log_level(level);
        if (read.known) messages.show_library_down_to(read.lowest);
    }
    const int status = run(options, messages);
    return finish_output(messages) ? status : tool.failure;
}

int run_tool(const Tool& tool, std::vector<std::string> words) {
    if (tool.options_variable != nullptr) {
        const char* const more = trusted_variable(tool.options_variable);
        if (more != nullptr) {
            auto split = split_shell_words(more);
            words.insert(words.begin(), split.begin(), split.end());
        }
    }
    return tool.run(tool, words);
}

int run_program(const Tool& tool, int argc, char** argv) {
    return with_memory_check([&] {
        return run_tool(tool, {argv + std::min(argc, 1), argv + argc});
    });
}

}  // namespace kmodpp::cli
