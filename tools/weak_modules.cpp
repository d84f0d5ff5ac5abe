// SPDX-License-Identifier: LGPL-2.1-or-later
// weak-modules: makes the modules of one kernel available to compatible other kernels,
// with the options that packages of EL systems use in their scripts.
#include <stdio.h>

#include <algorithm>
#include <cstdlib>

#include <kmodpp/context.hpp>

#include "cli/system_options.hpp"
#include "cli/programs.hpp"
#include "cli/tool.hpp"
#include "cli/weak_updater.hpp"

namespace kmodpp::cli {

namespace {

struct WeakModulesOptions : SystemOptions {
    // Exactly one of these four is given.
    bool add_modules = false;
    bool remove_modules = false;
    bool add_kernel = false;
    bool remove_kernel = false;
    bool dry_run = false;
};

constexpr auto kOptions = table_of<WeakModulesOptions>({
    {0, "add-modules", nullptr,
     "link the modules whose paths are read from stdin for other kernels",
     sets<&WeakModulesOptions::add_modules>},
    {0, "remove-modules", nullptr,
     "remove or replace links to the modules whose paths are read from stdin",
     sets<&WeakModulesOptions::remove_modules>},
    {0, "add-kernel", nullptr, "link modules of other kernels for VERSION, or `uname -r`",
     sets<&WeakModulesOptions::add_kernel>},
    {0, "remove-kernel", nullptr,
     "remove the links of VERSION, and replace those to its modules",
     sets<&WeakModulesOptions::remove_kernel>},
    {0, "dry-run", nullptr, "print the links that would change, change nothing",
     sets<&WeakModulesOptions::dry_run>},
    {0, "no-initramfs", nullptr, "ignored: no initramfs is ever rebuilt", NoEffect{}},
    {0, "basedir", "DIR", "use DIR as the root of the module directories",
     sets<&WeakModulesOptions::root>},
    kConfinedOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

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

/// What a run works on.
struct Input {
    std::string release;             ///< for the actions on a kernel
    std::vector<std::string> paths;  ///< for the actions on modules
};

/// What changes for one of the installed releases; nullopt: nothing.
std::optional<WeakUpdatesRequest> request_for(const WeakModulesOptions& options,
                                              const Input& input,
                                              const std::string& release) {
    WeakUpdatesRequest request;
    if (options.add_kernel) {
        if (release != input.release) return std::nullopt;
    } else if (options.remove_kernel) {
        request.remove_all = release == input.release;
        request.without_release = input.release;
    } else {
        for (const std::string& path : input.paths)
            if (auto name = module_name(path))
                request.modules.push_back(*std::move(name));
        if (request.modules.empty()) return std::nullopt;
        if (options.remove_modules) request.without_files = input.paths;
    }
    return request;
}

int run(const WeakModulesOptions& options, Messages& messages) {
    if (options.add_modules + options.remove_modules + options.add_kernel +
            options.remove_kernel !=
        1) {
        messages.error(
            "expected one of --add-modules, --remove-modules, --add-kernel and "
            "--remove-kernel.");
        return kFailure;
    }
    WeakUpdater updater({.root = options.root.value_or("/"),
                         .confined = options.confined,
                         .dry_run = options.dry_run},
                        messages);
    const bool of_kernel = options.add_kernel || options.remove_kernel;
    if (options.operands.size() > (of_kernel ? 1u : 0u)) {
        messages.error(of_kernel ? "expected one kernel release."
                                 : "expected paths of modules on stdin, not operands.");
        return kFailure;
    }
    Input input;
    if (!of_kernel) {
        input.paths = read_paths();
    } else if (!options.operands.empty()) {
        input.release = options.operands.front();
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
    if (options.add_kernel &&
        std::ranges::find(*releases, input.release) == releases->end()) {
        messages.error("no modules are installed for " + input.release);
        return kFailure;
    }
    int status = kSuccess;
    for (const std::string& release : *releases)
        if (const auto request = request_for(options, input, release))
            if (!updater.update(release, *request)) status = kFailure;
    return status;
}

}  // namespace

const Tool kWeakModules =
    tool_of("weak-modules", "share modules among compatible kernels",
            "  weak-modules [options] --add-modules|--remove-modules\n"
            "  weak-modules [options] --add-kernel|--remove-kernel "
            "[VERSION]\n",
            kOptions, runs<run>);

}  // namespace kmodpp::cli

int kmodpp_weak_modules(int argc, char** argv) {
    return kmodpp::cli::run_program(kmodpp::cli::kWeakModules, argc, argv);
}
