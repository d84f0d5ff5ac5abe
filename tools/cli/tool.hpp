// SPDX-License-Identifier: LGPL-2.1-or-later
// The description of a tool (name, options, function), and the function that runs one.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;

struct Tool;

/// Parses the words after the tool's name into `options`, and calls `run` with them
/// unless they ask for the help or the version. Returns the exit status.
[[nodiscard]] int run_with_options(
    const Tool& tool, const std::vector<std::string>& words, CommonOptions& options,
    int (*run)(const CommonOptions& options, Messages& messages));

/// Makes the options of a tool and runs it.
template <class Options>
struct Runner {
    int (*run)(const Tool& tool, const std::vector<std::string>& words);
};

namespace detail {

template <class Options>
Options options_of(int (*run)(const Options& options, Messages& messages));

template <auto kRun, class Options>
int run_tool(const Tool& tool, const std::vector<std::string>& words) {
    Options options;
    return run_with_options(
        tool, words, options, [](const CommonOptions& parsed, Messages& messages) {
            return kRun(static_cast<const Options&>(parsed), messages);
        });
}

}  // namespace detail

/// The runner of a tool with this function. The options may be of a derived type.
template <auto kRun, class Options = decltype(detail::options_of(kRun))>
inline constexpr Runner<Options> runs = {detail::run_tool<kRun, Options>};

struct Tool {
    const char* name;
    const char* summary;  ///< one line
    const char* usage;    ///< the lines after "Usage:", each with a newline
    std::span<const Option> options;
    int (*run)(const Tool& tool, const std::vector<std::string>& words);
    /// An environment variable whose words come before the arguments; null: none.
    const char* options_variable = nullptr;
    /// The exit status if the options are not valid or the output cannot be written.
    int failure = kFailure;
};

/// Makes a tool whose function and table are for the same options.
/// \param table outlives the tool
template <class Options, std::size_t kSize>
[[nodiscard]] consteval Tool tool_of(const char* name, const char* summary,
                                     const char* usage,
                                     const OptionTable<Options, kSize>& table,
                                     Runner<Options> runner,
                                     const char* options_variable = nullptr,
                                     int failure = kFailure) {
    return {name, summary, usage, table.rows, runner.run, options_variable, failure};
}

/// Every tool has these two. They take effect before all other options.
inline constexpr Row<CommonOptions> kHelpOption = {'h', "help", nullptr, "show this help",
                                                   sets<&CommonOptions::help>};
inline constexpr Row<CommonOptions> kVersionOption = {
    'V', "version", nullptr, "show version", sets<&CommonOptions::version>};
inline constexpr Row<CommonOptions> kSyslogOption = {
    's', "syslog", nullptr, "print to syslog, not stderr", sets<&CommonOptions::syslog>};
inline constexpr Row<CommonOptions> kVerboseOption = {
    'v', "verbose", nullptr, "print more messages", sets<&CommonOptions::verbose>};
inline constexpr Row<CommonOptions> kColorOption = {0,
                                                    "color",
                                                    "auto|always|never",
                                                    "use colours; auto: on a terminal",
                                                    sets<&CommonOptions::color>,
                                                    true};
inline constexpr Row<CommonOptions> kJsonOption = {0, "json", nullptr, "print JSON",
                                                   sets<&CommonOptions::json>};

/// Parses the argument of --jobs. Prints an error and returns nullopt if it is invalid.
[[nodiscard]] std::optional<unsigned> read_jobs(const std::string& text,
                                                Messages& messages);

/// Parses the words after the tool's name and runs the tool. Returns the exit status.
[[nodiscard]] int run_tool(const Tool& tool, std::vector<std::string> words);

/// Runs a tool with the arguments of main().
[[nodiscard]] int run_program(const Tool& tool, int argc, char** argv);

/// Prints an error and exits. Allocates no memory.
[[noreturn]] void end_without_memory();
/// Calls `main` and returns its result. If memory runs out, everything that was begun is
/// undone before the program ends.
template <class Main>
[[nodiscard]] int with_memory_check(Main main) {
    try {
        return main();
    } catch (const std::bad_alloc&) {
        end_without_memory();
    }
}

inline constexpr const char* kDepmodSummary = "build the databases of a module directory";

extern const Tool kInsmod;
extern const Tool kRmmod;
extern const Tool kModprobe;
extern const Tool kDepmod;
extern const Tool kModinfo;
extern const Tool kLsmod;
extern const Tool kStaticNodes;
extern const Tool kParams;
extern const Tool kFirmware;
extern const Tool kDevices;
extern const Tool kForbid;
extern const Tool kAllow;
extern const Tool kCheck;
extern const Tool kGraph;
extern const Tool kWhy;
extern const Tool kCompat;
extern const Tool kDiff;
extern const Tool kTree;
extern const Tool kWeakModules;
extern const Tool kUsers;

}  // namespace kmodpp::cli
