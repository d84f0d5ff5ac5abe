// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/other_releases.hpp"

#include <utility>

#include "base/text.hpp"

namespace kmodpp {

namespace {

/// More than anyone has installed.
constexpr std::size_t kMaxReleases = 32;

}  // namespace

void OtherReleases::open() {
    opened_ = true;
    const std::string& own = own_.directory();
    const std::string parent = own.substr(0, own.rfind('/'));
    for (std::string& release : files_.names(parent)) {
        if (release == own_.release()) continue;
        if (releases_.size() == kMaxReleases) return;
        std::string directory = cat(parent, "/", release);
        // An empty name of a configuration file means no configuration.
        auto catalog = std::make_unique<Catalog>(
            own_.root(), own_.root(),
            CatalogOptions{std::move(release), std::move(directory), {""}, true}, "",
            silence_);
        Catalog& borrowed = *catalog;
        releases_.push_back({std::move(catalog), DeviceMatches(borrowed, files_)});
    }
}

std::vector<ReleaseModule> OtherReleases::find(const std::string& modalias) {
    if (!opened_) open();
    std::vector<ReleaseModule> found;
    for (Release& release : releases_) {
        const auto modules = release.matches.find(modalias);
        if (!modules) {
            files_.report(modules.error());
            continue;
        }
        for (const NamedModule& module : **modules)
            found.push_back({release.catalog->release(), module.name});
    }
    return found;
}

}  // namespace kmodpp
