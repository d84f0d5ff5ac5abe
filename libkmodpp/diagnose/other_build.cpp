// SPDX-License-Identifier: LGPL-2.1-or-later
// Describes a module that was built for another release, and the file that it hides.
#include <algorithm>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/scan.hpp"
#include "diagnose/load_case.hpp"

namespace kmodpp {

namespace {

/// The part of a path below the module directory.
std::string_view below(std::string_view path, std::string_view directory) {
    if (path.starts_with(directory)) path.remove_prefix(directory.size() + 1);
    return path;
}

/// The release that the module would be loaded into.
std::string target_release(const LoadCase& load) {
    return load.sources.is_other_kernel ? load.sources.catalog.release()
                                        : load.sources.kernel.release().value_or("");
}

}  // namespace

std::string hidden_file(const LoadCase& load) {
    Catalog& catalog = load.sources.catalog;
    const std::string shown = cat(catalog.display_directory(), "/");
    const auto entry = load.entry();
    if (!entry || catalog.root().display(entry->path) != load.failure.step.path)
        return {};
    const auto files =
        files_of_module(catalog.root(), catalog.directory(), load.failure.step.module);
    const auto other = std::ranges::find_if(
        files, [&](const std::string& path) { return path != entry->path; });
    return other == files.end() ? std::string()
                                : std::string(below(*other, catalog.directory()));
}

std::string release_of(std::string_view vermagic) {
    return printable(take_until(vermagic, ' '), 64);
}

std::string other_release(const LoadCase& load) {
    const auto vermagic = find_info(load.info, "vermagic");
    const std::string kernel = target_release(load);
    if (!vermagic || kernel.empty()) return {};
    std::string release = release_of(*vermagic);
    return release == kernel ? std::string() : release;
}

std::string describe_other_release(const LoadCase& load) {
    const std::string release = other_release(load);
    if (release.empty()) return {};
    std::string text = cat(load.failure.step.path, " was built for kernel ", release,
                           ", but this kernel is ", target_release(load));
    if (const std::string hidden = hidden_file(load); !hidden.empty())
        text += cat("; ", hiding(load, hidden));
    return text;
}

std::string hiding(const LoadCase& load, std::string_view hidden) {
    return cat(below(load.failure.step.path, load.sources.catalog.display_directory()),
               " hides ", hidden);
}

std::string advice_for_other_build(const LoadCase& load, std::string_view hidden) {
    const std::string release = target_release(load);
    if (hidden.empty())
        return cat("build it against the headers of ", release,
                   ", or install the package with the module for this kernel");
    return cat("to use ", hidden, ", run 'rm ", quote_for_shell(load.failure.step.path),
               " && ", depmod_command(load.sources.catalog),
               "'; or build the module against the "
               "headers of ",
               release);
}

}  // namespace kmodpp
