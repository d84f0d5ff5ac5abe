// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/firmware_search.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "format/parameters.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kFirmware = "/lib/firmware";
constexpr std::array<std::string_view, 3> kSuffixes = {"", ".zst", ".xz"};
/// Limits the directories that wildcards in the name of a directory can match.
constexpr std::size_t kMaxDirectories = 256;

/// firmware_class.path of the running kernel. The command line is only read if the
/// parameter is not in sysfs, because its value can be changed at run time.
std::string custom_path(const System& system) {
    if (auto value =
            system.files.text(cat(kernel::kSysModule, "/firmware_class/parameters/path")))
        return *std::move(value);
    std::string path;
    const auto line = system.kernel.command_line();
    if (!line) return path;
    for (const Parameter& parameter : split_parameters(*line))
        if (parameter.name == "firmware_class.path") path = parameter.value.value_or("");
    return path;
}

}  // namespace

FirmwareSearch::FirmwareSearch(const System& system)
    : files_(system.files.on(system.catalog.root())) {
    if (files_.root().prefix() == system.files.root().prefix())
        if (std::string path = custom_path(system); path.starts_with('/'))
            directories_.push_back(std::move(path));
    const std::string& release = system.catalog.release();
    directories_.push_back(cat(kFirmware, "/updates/", release));
    directories_.push_back(cat(kFirmware, "/updates"));
    directories_.push_back(cat(kFirmware, "/", release));
    directories_.emplace_back(kFirmware);
}

std::string FirmwareSearch::find(std::string_view name) const {
    const bool is_pattern = has_wildcard(name);
    for (const std::string_view suffix : kSuffixes)
        for (const std::string& directory : directories_) {
            const std::string file = cat(name, suffix);
            std::string path =
                is_pattern ? find_matching(directory, file) : cat(directory, "/", file);
            if (!path.empty() && files_.is_regular(path)) return path;
        }
    return {};
}

/// Matches the pattern component by component.
std::string FirmwareSearch::find_matching(const std::string& directory,
                                          std::string_view pattern) const {
    std::vector<std::string> places = {directory};
    while (!pattern.empty() && !places.empty()) {
        const bool is_last = !pattern.contains('/');
        const std::string_view component = take_until(pattern, '/');
        std::vector<std::string> next;
        for (const std::string& place : places) {
            if (!has_wildcard(component)) {
                next.push_back(cat(place, "/", component));
                continue;
            }
            for (const std::string& name : files_.names(place)) {
                if (!wildcard_match(component, name)) continue;
                std::string path = cat(place, "/", name);
                if (is_last && files_.is_regular(path)) return path;
                if (!is_last && next.size() < kMaxDirectories)
                    next.push_back(std::move(path));
            }
        }
        places = std::move(next);
    }
    // The last component has no wildcard.
    for (const std::string& place : places)
        if (files_.is_regular(place)) return place;
    return {};
}

}  // namespace kmodpp
