// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/release_place.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp {

namespace {

/// Where a root has its module directories. Unpacked packages may lack the link from
/// /lib to /usr/lib.
constexpr std::array<std::string_view, 3> kModuleDirectories = {
    KMODPP_MODULE_DIR, "/lib/modules", "/usr/lib/modules"};

bool is_directory(const io::Root& root, std::string_view path) {
    const auto status = root.stat(path);
    return status && S_ISDIR(status->st_mode);
}

Result<io::Root> open_root(std::string_view path, io::Links links) {
    return io::Root::open(path.empty() ? "/" : std::string(path), links);
}

std::unexpected<Error> not_found(std::string_view text, std::string_view why) {
    return fail(ErrorKind::not_found, cat(printable(text), ": ", why), ENOENT);
}

Result<ReleasePlace> release_in(io::Root root, std::string_view release) {
    if (is_entry_name(release))
        for (const std::string_view parent : kModuleDirectories)
            if (std::string directory = cat(parent, "/", release);
                is_directory(root, directory))
                return ReleasePlace{std::move(root), std::move(directory),
                                    std::string(release)};
    return not_found(release,
                     cat("no such release in ", root.display(KMODPP_MODULE_DIR)));
}

/// The release of a root that has a single one; nullopt if the directory is not a root.
Result<std::optional<ReleasePlace>> only_release(io::Root root) {
    for (const std::string_view parent : kModuleDirectories) {
        if (!is_directory(root, parent)) continue;
        TRY_ASSIGN(const auto releases, root.list(parent));
        if (releases.size() == 1) {
            TRY_ASSIGN(auto place, release_in(std::move(root), releases.front()));
            return place;
        }
        if (releases.empty()) return not_found(root.display(parent), "it has no release");
        return fail(ErrorKind::conflict,
                    cat(root.display(parent), ": it has ", releases.size(),
                        " releases; choose one, as in ", root.prefix(), ":",
                        printable(releases.front())));
    }
    return std::nullopt;
}

/// \param path an existing directory, absolute
Result<ReleasePlace> module_directory(std::string_view path, io::Links links) {
    const std::string_view release = base_name(path);
    const std::string_view parent = path.substr(0, path.size() - release.size() - 1);
    // The longest match first: /usr/lib/modules also ends in /lib/modules.
    for (const std::string_view modules : {"/usr/lib/modules", "/lib/modules"}) {
        if (!parent.ends_with(modules)) continue;
        TRY_ASSIGN(auto root,
                   open_root(parent.substr(0, parent.size() - modules.size()), links));
        return ReleasePlace{std::move(root), cat(modules, "/", release),
                            std::string(release)};
    }
    TRY_ASSIGN(auto host, open_root("/", io::Links::stay_inside));
    return ReleasePlace{std::move(host), std::string(path), std::string(release)};
}

}  // namespace

Result<ReleasePlace> find_release(const io::Root& root, std::string_view text) {
    if (!text.contains('/')) {
        TRY_ASSIGN(auto same, open_root(root.prefix(), root.links()));
        return release_in(std::move(same), text);
    }
    std::string path = io::absolute_path(text);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    TRY_ASSIGN(const auto host, open_root("/", io::Links::stay_inside));
    if (is_directory(host, path)) {
        TRY_ASSIGN(auto own, open_root(path, root.links()));
        TRY_ASSIGN(auto place, only_release(std::move(own)));
        if (place) return *std::move(place);
        return module_directory(path, root.links());
    }
    const std::size_t colon = path.rfind(':');
    if (colon == std::string::npos) return not_found(text, "no such directory");
    TRY_ASSIGN(auto other, open_root(path.substr(0, colon), root.links()));
    return release_in(std::move(other), std::string_view(path).substr(colon + 1));
}

}  // namespace kmodpp
