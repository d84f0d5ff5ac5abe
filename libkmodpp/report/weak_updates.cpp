// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/weak_updates.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/names.hpp"
#include "base/silent_sink.hpp"
#include "base/text.hpp"
#include "catalog/listing.hpp"
#include "catalog/scan.hpp"
#include "report/compatibility.hpp"

namespace kmodpp {

namespace {

using Action = WeakUpdate::Action;
using NameSet = std::set<std::string, std::less<>>;

constexpr std::string_view kExtra = "extra/";
constexpr std::string_view kWeakUpdates = "weak-updates";
/// Deeper than any package installs modules.
constexpr unsigned kMaxDepth = 16;

std::string directory_of(std::string_view release) {
    return cat(KMODPP_MODULE_DIR, "/", release);
}

/// A link in weak-updates. Paths are within the root.
struct Link {
    std::string module;
    std::string path;
    std::string target;
};

/// Whether a target is a module in extra/ of any release.
bool leads_to_extra(std::string_view target) {
    const std::string prefix = cat(KMODPP_MODULE_DIR, "/");
    if (!target.starts_with(prefix)) return false;
    target.remove_prefix(prefix.size());
    const std::string_view release = take_until(target, '/');
    return is_entry_name(release) && target.starts_with(kExtra);
}

/// Finds the links to extra/ in a directory; nothing if it does not exist.
void find_links(const io::Root& root, const std::string& directory, unsigned depth,
                std::vector<Link>& links) {
    const auto listing = list_directory(root, directory, read_names);
    const auto fd = root.open_file(directory, O_RDONLY | O_DIRECTORY);
    if (!listing || !fd) return;
    for (const Listing::Entry& entry : listing->entries) {
        const std::string path = cat(directory, "/", entry.name);
        if (S_ISDIR(entry.status.st_mode) && depth < kMaxDepth)
            find_links(root, path, depth + 1, links);
        if (!S_ISLNK(entry.status.st_mode)) continue;
        char target[PATH_MAX];
        const ssize_t length =
            ::readlinkat(fd->get(), entry.name.c_str(), target, sizeof target);
        if (length <= 0) continue;
        const std::string_view text(target, static_cast<std::size_t>(length));
        if (leads_to_extra(text))
            links.push_back({module_name_of_path(path), path, std::string(text)});
    }
}

/// Plans the links of one release.
class Planner {
public:
    Planner(const WeakUpdatesRequest& request, Catalog& catalog,
            const DepmodConfig& config, MessageSink& messages)
        : request_(request), catalog_(catalog), config_(config), messages_(messages) {}

    Result<std::vector<WeakUpdate>> plan() {
        const std::string directory =
            cat(directory_of(catalog_.release()), "/", kWeakUpdates);
        std::vector<Link> existing;
        find_links(catalog_.root(), directory, 0, existing);
        if (!request_.without_release.empty())
            for (const Link& link : existing)
                if (link.target.starts_with(
                        cat(directory_of(request_.without_release), "/")))
                    losing_.insert(link.module);
        if (!request_.remove_all) TRY(find_wanted(directory));

        std::vector<WeakUpdate> updates;
        for (Link& link : existing) {
            if (!is_chosen(link.module)) continue;
            const auto wanted = wanted_.find(link.module);
            const bool keep = wanted != wanted_.end() &&
                              wanted->second.path == link.path &&
                              wanted->second.target == link.target;
            if (keep)
                wanted_.erase(wanted);
            else
                updates.push_back({Action::remove, std::move(link.module),
                                   std::move(link.path), std::move(link.target)});
        }
        for (auto& [module, link] : wanted_)
            updates.push_back(
                {Action::add, module, std::move(link.path), std::move(link.target)});
        std::ranges::move(refused_, std::back_inserter(updates));
        return updates;
    }

private:
    [[nodiscard]] bool is_chosen(std::string_view module) const {
        if (!request_.without_release.empty() && !request_.remove_all)
            return losing_.contains(module);
        return request_.modules.empty() ||
               std::ranges::any_of(request_.modules, [&](const std::string& name) {
                   return same_module_name(name, module);
               });
    }

    [[nodiscard]] Result<ScanResult> modules_of(const std::string& release) const {
        // depmod reports links that lead nowhere. Here, they are about to be removed.
        SilentSink silence;
        return scan({.root = catalog_.root(),
                     .directory = directory_of(release),
                     .release = release,
                     .config = config_,
                     .path_order = true},
                    silence);
    }

    Status find_wanted(const std::string& directory) {
        TRY_ASSIGN(const auto own, modules_of(catalog_.release()));
        NameSet taken;  // what the release has itself, or gets a link for
        for (const FoundModule& module : own.modules)
            if (!module.database.starts_with(cat(kWeakUpdates, "/")))
                taken.insert(module.name);
        TRY_ASSIGN(const auto releases, installed_releases(catalog_.root()));
        for (const std::string& release : releases) {
            if (release == catalog_.release() || release == request_.without_release)
                continue;
            TRY_ASSIGN(auto links, candidates_of(release, directory, taken));
            TRY(add_compatible(std::move(links), taken));
        }
        return {};
    }

    Result<std::vector<Link>> candidates_of(const std::string& release,
                                            const std::string& directory,
                                            const NameSet& taken) const {
        std::vector<Link> links;
        TRY_ASSIGN(const auto found, modules_of(release));
        for (const FoundModule& module : found.modules) {
            if (!module.database.starts_with(kExtra) || taken.contains(module.name) ||
                !is_chosen(module.name))
                continue;
            std::string target = cat(directory_of(release), "/", module.database);
            if (std::ranges::find(request_.without_files, target) !=
                request_.without_files.end())
                continue;
            links.push_back({module.name,
                             cat(directory, "/", module.database.substr(kExtra.size())),
                             std::move(target)});
        }
        return links;
    }

    /// Modules of one release may use each other's symbols, so without one of them
    /// others may not be compatible.
    Status add_compatible(std::vector<Link> links, NameSet& taken) {
        for (bool changed = true; changed && !links.empty();) {
            CompatibilityRequest request;
            for (const Link& link : links)
                request.files.push_back(catalog_.root().display(link.target));
            TRY_ASSIGN(const auto results,
                       check_compatibility(request, catalog_, config_, {}, messages_));
            std::vector<Link> compatible;
            for (std::size_t i = 0; i < links.size(); ++i) {
                const std::string reason = why_refused(results[i]);
                if (reason.empty())
                    compatible.push_back(std::move(links[i]));
                else
                    refused_.push_back({Action::refuse, links[i].module, links[i].path,
                                        links[i].target, reason});
            }
            changed = compatible.size() < links.size();
            links = std::move(compatible);
        }
        for (Link& link : links) {
            taken.insert(link.module);
            std::string module = link.module;
            wanted_.emplace(std::move(module), std::move(link));
        }
        return {};
    }

    static std::string why_refused(const ModuleCompatibility& module) {
        if (module.refusal) return module.refusal->findings.front().text;
        if (module.unchecked.empty()) return {};
        return cat(module.module, ": the version of ", printable(module.unchecked[0]),
                   " could not be checked without a Module.symvers");
    }

    const WeakUpdatesRequest& request_;
    Catalog& catalog_;
    const DepmodConfig& config_;
    MessageSink& messages_;
    NameSet losing_;  ///< modules whose links lead to the release to be removed
    std::map<std::string, Link> wanted_;  ///< by module
    std::vector<WeakUpdate> refused_;
};

std::string_view parent_of(std::string_view path) {
    return path.substr(0, path.rfind('/'));
}

/// Calls \p change with the directory of a link and the name of the link there.
template <class Change>
Status in_directory_of(const io::Root& root, std::string_view path, Change change) {
    TRY_ASSIGN(const auto fd, root.open_file(parent_of(path), O_RDONLY | O_DIRECTORY));
    const std::string name(base_name(path));
    if (change(fd.get(), name.c_str()) != 0)
        return fail_errno(errno, cat("could not change ", root.display(path)));
    return {};
}

Status remove_link(const io::Root& root, const std::string& path) {
    TRY(in_directory_of(root, path, [](int directory, const char* name) {
        return ::unlinkat(directory, name, 0) == 0 || errno == ENOENT ? 0 : -1;
    }));
    // Directories of weak-updates that are still used are not empty.
    for (std::string_view directory = parent_of(path);
         base_name(directory) != kWeakUpdates; directory = parent_of(directory))
        if (!in_directory_of(root, directory, [](int parent, const char* name) {
                return ::unlinkat(parent, name, AT_REMOVEDIR);
            }))
            break;
    return {};
}

Status make_link(const io::Root& root, const WeakUpdate& update) {
    TRY(root.make_directories(parent_of(update.link)));
    return in_directory_of(root, update.link, [&](int directory, const char* name) {
        return ::symlinkat(update.target.c_str(), directory, name);
    });
}

}  // namespace

std::string_view to_string(WeakUpdate::Action action) {
    switch (action) {
        case WeakUpdate::Action::add: return "add";
        case WeakUpdate::Action::remove: return "remove";
        case WeakUpdate::Action::refuse: break;
    }
    return "refuse";
}

Result<std::vector<WeakUpdate>> plan_weak_updates(const WeakUpdatesRequest& request,
                                                  Catalog& catalog,
                                                  const DepmodConfig& config,
                                                  MessageSink& messages) {
    return Planner(request, catalog, config, messages).plan();
}

Status apply_weak_updates(const io::Root& root, const std::vector<WeakUpdate>& updates) {
    // Nothing is written through a link that leaves the root.
    TRY_ASSIGN(const auto inside, io::Root::open(root.is_host() ? "/" : root.prefix(),
                                                 io::Links::stay_inside));
    for (const WeakUpdate& update : updates) {
        if (update.action == Action::remove) TRY(remove_link(inside, update.link));
        if (update.action == Action::add) TRY(make_link(inside, update));
    }
    return {};
}

Result<std::vector<std::string>> installed_releases(const io::Root& root) {
    TRY_ASSIGN(auto releases, root.list(KMODPP_MODULE_DIR));
    std::erase_if(releases, [&](const std::string& release) {
        const auto status = root.stat(directory_of(release));
        return !status || !S_ISDIR(status->st_mode);
    });
    std::ranges::sort(releases, [](const std::string& a, const std::string& b) {
        return ::strverscmp(a.c_str(), b.c_str()) > 0;
    });
    return releases;
}

}  // namespace kmodpp
