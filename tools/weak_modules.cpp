// SPDX-License-Identifier: LGPL-2.1-or-later
// weak-modules: makes the modules of one kernel available to compatible other kernels,
// with the options that packages of EL systems use in their scripts.
#include <stdio.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <kmodpp/context.hpp>

#include "cli/tool.hpp"
#include "cli/weak_updater.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "add-modules", nullptr,
     "link the modules whose paths are read from stdin for other kernels", nullptr},
    {0, "remove-modules", nullptr,
     "remove or replace links to the modules whose paths are read from stdin", nullptr},
    {0, "add-kernel", nullptr, "link modules of other kernels for VERSION, or `uname -r`",
     nullptr},
    {0, "remove-kernel", nullptr,
     "remove the links of VERSION, and replace those to its modules", nullptr},
    {0, "dry-run", nullptr, "print the links that would change, change nothing", nullptr},
    {0, "no-initramfs", nullptr, "ignored: no initramfs is ever rebuilt", nullptr},
    {0, "basedir", "DIR", "use DIR as the root of the module directories", nullptr},
    kConfinedOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

constexpr std::array<std::string_view, 4> kActions = {"add-modules", "remove-modules",
                                                      "add-kernel", "remove-kernel"};

/// The lines of standard input that are not empty.
std::vector<std::string> read_paths() {
    std::vector<std::string> paths;
    char* line = nullptr;
    std::size_t capacity = 0;
    for (ssize_t length; (length = ::getline(&line, &capacity, stdin)) > 0;) {
        std::string path(line, static_cast<std::size_t>(length));
        if (path.ends_with('\n')) path.pop_back();
        if (!path.empty()) paths.push_back(std::move(path));
    }
    std::free(line);
    return paths;
}

/// Options and standard input of a run.
struct Input {
    std::string_view action;
    std::string release;             ///< for the actions on a kernel
    std::vector<std::string> paths;  ///< for the actions on modules
};

/// What changes for one of the installed releases; nullopt: nothing.
std::optional<WeakUpdatesRequest> request_for(const Input& input,
                                              const std::string& release) {
    WeakUpdatesRequest request;
    if (input.action == "add-kernel") {
        if (release != input.release) return std::nullopt;
    } else if (input.action == "remove-kernel") {
        request.remove_all = release == input.release;
        request.without_release = input.release;
    } else {
        for (const std::string& path : input.paths)
            if (auto name = module_name(path))
                request.modules.push_back(*std::move(name));
        if (request.modules.empty()) return std::nullopt;
        if (input.action == "remove-modules") request.without_files = input.paths;
    }
    return request;
}

int run(const Arguments& arguments, Messages& messages) {
    Input input;
    input.action = arguments.last_of(kActions);
    const auto count = std::ranges::count_if(
        kActions, [&](std::string_view action) { return arguments.has(action); });
    if (count != 1) {
        messages.error(
            "expected one of --add-modules, --remove-modules, --add-kernel and "
            "--remove-kernel.");
        return kFailure;
    }
    WeakUpdater updater({.root = arguments.value("basedir").value_or("/"),
                         .confined = arguments.has("confined"),
                         .dry_run = arguments.has("dry-run")},
                        messages);
    const bool of_kernel = input.action.ends_with("-kernel");
    if (arguments.operands().size() > (of_kernel ? 1u : 0u)) {
        messages.error(of_kernel ? "expected one kernel release."
                                 : "expected paths of modules on stdin, not operands.");
        return kFailure;
    }
    if (!of_kernel) {
        input.paths = read_paths();
    } else if (!arguments.operands().empty()) {
        input.release = arguments.operands().front();
    } else {
        const auto running = Context::create({.config = {""}}, messages);
        if (!running) {
            messages.fatal(running.error().message);
            return kFailure;
        }
        input.release = running->release();
    }
    const auto releases = updater.releases();
    if (!releases) return kFailure;
    if (input.action == "add-kernel" &&
        std::ranges::find(*releases, input.release) == releases->end()) {
        messages.error("no modules are installed for " + input.release);
        return kFailure;
    }
    int status = kSuccess;
    for (const std::string& release : *releases)
        if (const auto request = request_for(input, release))
            if (!updater.update(release, *request)) status = kFailure;
    return status;
}

}  // namespace

const Tool kWeakModules = {"weak-modules", "share modules among compatible kernels",
                           "  weak-modules [options] --add-modules|--remove-modules\n"
                           "  weak-modules [options] --add-kernel|--remove-kernel "
                           "[VERSION]\n",
                           kOptions, run};

}  // namespace kmodpp::cli
