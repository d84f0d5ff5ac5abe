// SPDX-License-Identifier: LGPL-2.1-or-later
// What every tool is: a name, a table of options and a function; and how one is started.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;

struct Tool {
    const char* name;
    const char* summary;  ///< one line
    const char* usage;    ///< the lines behind "Usage:", each with its newline
    std::span<const Option> options;
    int (*run)(const Arguments& arguments, Messages& messages);
    /// Words of this variable stand before the arguments; null: none.
    const char* options_variable = nullptr;
};

/// Every tool takes these; they win over everything else.
inline constexpr Option kHelpOption = {'h', "help", nullptr, "show this help", nullptr};
inline constexpr Option kVersionOption = {'V', "version", nullptr, "show version",
                                          nullptr};
inline constexpr Option kSyslogOption = {'s', "syslog", nullptr,
                                         "print to syslog, not stderr", nullptr};
inline constexpr Option kVerboseOption = {'v', "verbose", nullptr, "say more", nullptr};
inline constexpr Option kJsonOption = {0, "json", nullptr, "print JSON", nullptr};
inline constexpr Option kSimulateOption = {
    0, "simulate", "ROOT", "drive the simulated kernel beneath ROOT", nullptr};

inline constexpr Option kConfinedOption = {
    0, "confined", nullptr, "never follow a link out of the root", nullptr, true};

/// The argument of --jobs; nullopt, with a message, when it is no number of threads.
[[nodiscard]] std::optional<unsigned> read_jobs(const std::string& text,
                                                Messages& messages);

/// From here on a tool that memory does not suffice for says so and ends at once, as if it
/// were killed: databases and simulated kernels are made for that, and nothing is thrown
/// through the library, which has a C++ runtime of its own.
void end_when_memory_runs_out();

/// Parses the words behind the tool's name and runs it; the value is the exit status.
[[nodiscard]] int run_tool(const Tool& tool, std::vector<std::string> words);

extern const Tool kInsmod;
extern const Tool kRmmod;
extern const Tool kModprobe;
extern const Tool kDepmod;
extern const Tool kModinfo;
extern const Tool kLsmod;
extern const Tool kStaticNodes;

}  // namespace kmodpp::cli
