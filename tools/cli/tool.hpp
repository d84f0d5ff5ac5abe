// SPDX-License-Identifier: LGPL-2.1-or-later
// The description of a tool (name, options, function), and the function that runs one.
#pragma once

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

struct Tool {
    const char* name;
    const char* summary;  ///< one line
    const char* usage;    ///< the lines after "Usage:", each with a newline
    std::span<const Option> options;
    int (*run)(const Arguments& arguments, Messages& messages);
    /// An environment variable whose words come before the arguments; null: none.
    const char* options_variable = nullptr;
    /// The exit status if the options are not valid or the output cannot be written.
    int failure = kFailure;
};

/// Every tool has these two. They take effect before all other options.
inline constexpr Option kHelpOption = {'h', "help", nullptr, "show this help", nullptr};
inline constexpr Option kVersionOption = {'V', "version", nullptr, "show version",
                                          nullptr};
inline constexpr Option kSyslogOption = {'s', "syslog", nullptr,
                                         "print to syslog, not stderr", nullptr};
inline constexpr Option kVerboseOption = {'v', "verbose", nullptr, "print more messages",
                                          nullptr};
inline constexpr Option kColorOption = {
    0, "color", "auto|always|never", "use colours; auto: on a terminal", nullptr, true};
inline constexpr Option kJsonOption = {0, "json", nullptr, "print JSON", nullptr};
inline constexpr Option kSimulateOption = {
    0, "simulate", "ROOT", "use the simulated kernel under ROOT", nullptr};

inline constexpr Option kConfigOption = {
    'C', "config", "PATH", "use PATH instead of the default modprobe.d directories",
    nullptr};
inline constexpr Option kDirnameOption = {
    'd', "dirname", "DIR", "use DIR as the root of the module directory", nullptr};
inline constexpr Option kSetVersionOption = {
    'S', "set-version", "VERSION", "use VERSION instead of `uname -r`", nullptr};
inline constexpr Option kIgnoreForbidOption = {
    0, "ignore-forbid", "[=MODULE]", "ignore the forbid lines for all modules or MODULE",
    nullptr};
inline constexpr Option kConfinedOption = {
    0, "confined", nullptr, "never follow symlinks that leave the root", nullptr, true};

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

inline constexpr const char* kDepmodSummary =
    "build the databases of a module directory";

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
