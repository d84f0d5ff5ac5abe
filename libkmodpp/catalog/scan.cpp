// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/scan.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <set>
#include <unordered_map>

#include "base/machine_failure.hpp"
#include "base/names.hpp"
#include "base/silent_sink.hpp"
#include "base/text.hpp"
#include "catalog/listing.hpp"
#include "catalog/preference.hpp"
#include "io/parallel.hpp"

namespace kmodpp {

namespace {

constexpr std::uint64_t kMaxOrderFile = 64u << 20;
constexpr std::size_t kMaxShownPath = 1024;

/// Messages about links beyond this number are replaced by a count.
constexpr std::size_t kMaxShownLinks = 20;

std::unexpected<Error> cannot_scan(const io::Root& root, const std::string& directory,
                                   int code) {
    return fail(kind_of_errno(code),
                cat("could not open directory ", root.display(directory), ": ",
                    root.reason(code, directory)),
                code);
}

/// Whether the path can be written to modules.dep, which separates paths with white
/// space and colons, and has no quoting.
bool fits_a_line(std::string_view path) {
    return std::ranges::none_of(path,
                                [](unsigned char c) { return c <= ' ' || c == ':'; });
}
constexpr std::string_view kUnwritable = "modules.dep cannot represent such a name";

/// Walks directories in the root and collects module files.
class TreeWalk {
public:
    TreeWalk(const ScanRequest& request, MessageSink& messages)
        : request_(request), messages_(messages) {
        skipped_ = {"build", "source"};
        for (const ExcludeRule& rule : request.config.excludes)
            skipped_.insert(rule.name);
    }

    std::vector<FoundModule> found;
    std::size_t unreadable = 0;

    /// Collects the module files under a directory.
    /// \param directory within the root, without symlinks
    /// \param written the directory as written to the databases: empty, or with a final
    /// '/'
    Status enter(std::string directory, std::string written, bool external) {
        std::vector<Place> level;
        level.push_back({std::move(directory), std::move(written), external});
        for (bool is_top = true; !level.empty(); is_top = false) {
            const auto listings = list(level);
            std::vector<Place> next;
            for (std::size_t i = 0; i < level.size(); ++i) {
                if (listings[i]) {
                    add_entries(level[i], *listings[i], next);
                    continue;
                }
                if (is_top || request_.strict || is_machine_failure(listings[i].error()))
                    return std::unexpected(listings[i].error());
                // Continue without the directory.
                ++unreadable;
                messages_.message(Priority::error, listings[i].error().message);
            }
            level = std::move(next);
        }
        return {};
    }

    /// Follows the links that were found, including those in the directories they lead
    /// to. This is done last, so that a directory in the tree is known by its own name
    /// and not by a link to it.
    Status follow_links() {
        for (; !links_.empty(); links_.pop_front()) TRY(follow(links_.front()));
        return {};
    }

    /// Must be called after all links have been followed.
    void report_hidden_links() const {
        if (broken_links_ > kMaxShownLinks)
            messages_.message(
                Priority::warning,
                cat(broken_links_ - kMaxShownLinks, " more links in ",
                    request_.root.display(request_.directory), " cannot be followed"));
    }

private:
    struct Link {
        std::string path;     ///< within the root
        std::string written;  ///< as written to the databases
        std::string name;
        bool external;
    };
    /// A directory to read.
    struct Place {
        std::string directory;
        std::string written;
        bool external;
    };

    /// Reads all directories of one level in parallel: reading takes most of the time
    /// of a walk.
    [[nodiscard]] std::vector<Result<Listing>> list(
        const std::vector<Place>& level) const {
        std::vector<Result<Listing>> listings(level.size());
        const unsigned jobs =
            request_.jobs > 0 ? request_.jobs : io::useful_threads(level.size());
        io::for_each_in_parallel(jobs, level.size(), [&](std::size_t i) {
            listings[i] =
                list_directory(request_.root, level[i].directory, *request_.read_names);
        });
        return listings;
    }

    void add_entries(const Place& place, const Listing& listing,
                     std::vector<Place>& next) {
        // Links may lead to the same directory again.
        if (!visited_.insert({listing.device, listing.inode}).second) return;
        for (const auto& [name, status] : listing.entries) {
            std::string path = cat(place.directory, "/", name);
            std::string written = cat(place.written, name);
            if (S_ISREG(status.st_mode))
                add_file(std::move(path), std::move(written), name, place.external,
                         status);
            else if (S_ISDIR(status.st_mode) && !skipped_.contains(name))
                next.push_back({std::move(path), written + "/", place.external});
            else if (S_ISLNK(status.st_mode))
                links_.push_back(
                    {std::move(path), std::move(written), name, place.external});
            else if (!S_ISDIR(status.st_mode))
                skip_special(path, name);
        }
    }

    void add_file(std::string path, std::string written, const std::string& name,
                  bool external, const struct stat& status) {
        if (module_suffix(name).empty()) return;
        if (!fits_a_line(written)) {
            warn_skipped(path, kUnwritable);
            return;
        }
        // Show paths under the requested directory, not under the resolved one.
        std::string shown = external ? path : cat(request_.directory, "/", written);
        found.push_back({std::move(shown), std::move(path), std::move(written),
                         module_name_of_path(name), external, io::FileStamp::of(status)});
    }

    void warn_skipped(const std::string& path, std::string_view why) {
        messages_.message(Priority::warning,
                          cat(printable(request_.root.display(path), kMaxShownPath),
                              " skipped: ", why));
    }

    /// Skips FIFOs, sockets and devices: opening one may block or have side effects.
    void skip_special(const std::string& path, std::string_view name) {
        if (!module_suffix(name).empty()) warn_skipped(path, "not a regular file");
    }

    Status follow(const Link& link) {
        if (skipped_.contains(link.name)) return {};
        const auto status = request_.root.stat(link.path);
        // Links to databases are reported by the code that reads the database.
        if (!status && !is_machine_failure(status.error()) &&
            link.name.starts_with("modules.") && module_suffix(link.name).empty())
            return {};
        if (!status) return skip_link(Priority::warning, status.error());
        if (S_ISREG(status->st_mode)) {
            add_file(link.path, link.written, link.name, link.external, *status);
            return {};
        }
        if (!S_ISDIR(status->st_mode)) {
            skip_special(link.path, link.name);
            return {};
        }
        const auto target = request_.root.canonical(link.path);
        if (!target) return skip_link(Priority::warning, target.error());
        if (auto done = enter(*target, link.written + "/", link.external); !done)
            return skip_link(Priority::error, done.error());
        return {};
    }

    /// Reports a link that cannot be followed, and continues. Fails for a machine
    /// failure.
    Status skip_link(Priority priority, const Error& error) {
        if (is_machine_failure(error)) return std::unexpected(error);
        ++unreadable;
        if (broken_links_++ < kMaxShownLinks) messages_.message(priority, error.message);
        return {};
    }

    const ScanRequest& request_;
    MessageSink& messages_;
    std::set<std::string, std::less<>> skipped_;
    std::set<std::pair<dev_t, ino_t>> visited_;
    std::deque<Link> links_;
    std::size_t broken_links_ = 0;
};

Result<std::vector<FoundModule>> named_files(const ScanRequest& request) {
    std::vector<FoundModule> found;
    const std::string prefix = request.directory + "/";
    for (const std::string& file : request.files) {
        if (!file.starts_with('/') || module_suffix(file).empty())
            return fail(
                ErrorKind::malformed,
                cat("not an absolute path of a module file: '", printable(file), "'"));
        const auto inside = request.root.inside(file);
        if (!inside)
            return fail(ErrorKind::malformed,
                        cat(file, " is not under ", request.root.prefix()));
        const std::string path(*inside);
        TRY_ASSIGN(const struct stat status, request.root.stat(path));
        if (!S_ISREG(status.st_mode))
            return fail(ErrorKind::malformed, cat(file, ": not a regular file"));
        if (!fits_a_line(path))
            return fail(ErrorKind::malformed,
                        cat(printable(file, kMaxShownPath), ": ", kUnwritable));
        found.push_back({path, path,
                         path.starts_with(prefix) ? path.substr(prefix.size()) : path,
                         module_name_of_path(path), false, io::FileStamp::of(status)});
    }
    return found;
}

Status walk_external(TreeWalk& walk, const io::Root& root, std::string_view directory) {
    while (directory.ends_with('/')) directory.remove_suffix(1);
    const std::string place = root.refer(directory);
    const auto reached = root.canonical(cat(place, "/"));
    if (!reached) return cannot_scan(root, place, reached.error().code);
    // For a directory in an image, the databases contain its path inside the image.
    const bool is_inside = root.inside(root.display(place)).has_value();
    std::string written = cat(is_inside ? std::string_view(place) : directory, "/");
    TRY(walk.enter(*reached, std::move(written), true));
    TRY(walk.follow_links());
    return {};
}

Result<ScanResult> walk_tree(const ScanRequest& request, MessageSink& messages) {
    TreeWalk walk(request, messages);
    const io::Root& root = request.root;
    auto directory = root.canonical(request.directory);
    if (!directory) return cannot_scan(root, request.directory, directory.error().code);
    TRY(walk.enter(*directory, "", false));
    TRY(walk.follow_links());

    for (const ExternalRule& rule : request.config.externals) {
        if (!kernel_matches(rule.kernel, request.release)) continue;
        // A missing external directory does not fail the run.
        if (auto done = walk_external(walk, root, rule.directory); !done)
            messages.message(Priority::warning,
                             cat(rule.origin.describe(), ": ", done.error().message));
    }
    walk.report_hidden_links();
    return ScanResult{std::move(walk.found), {}, walk.unreadable};
}

/// Keeps the preferred file of each name, in path order, and notes the files it hides.
void drop_duplicates(ScanResult& result, const Preference& preference,
                     const io::Root& root) {
    std::vector<FoundModule>& found = result.modules;
    // Positions are sorted, because they are cheaper to move. sort_by() would take one
    // percent more of a run of depmod.
    std::vector<std::size_t> order(found.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& {
        return found[i].database;
    });
    std::vector<FoundModule> sorted;
    sorted.reserve(found.size());
    for (const std::size_t i : order) sorted.push_back(std::move(found[i]));
    found = std::move(sorted);
    std::unordered_map<std::string_view, std::size_t> best;
    best.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [at, is_new] = best.try_emplace(found[i].name, i);
        if (!is_new && preference.prefers(found[i], found[at->second])) at->second = i;
    }
    if (best.size() == found.size()) return;
    std::vector<bool> keep(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const FoundModule& taken = found[best.at(found[i].name)];
        keep[i] = &taken == &found[i];
        if (keep[i]) continue;
        PreferenceReason reason = preference.reason(taken, found[i]);
        result.hidden.push_back({found[i].name, root.display(found[i].path),
                                 root.display(taken.path), std::move(reason.text),
                                 std::move(reason.origin)});
    }
    std::vector<FoundModule> kept;
    kept.reserve(best.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        if (keep[i]) kept.push_back(std::move(found[i]));
    found = std::move(kept);
}

void report_hidden(const ScanResult& result, Priority priority, MessageSink& messages) {
    for (const HiddenFile& file : result.hidden) {
        std::string text = cat(file.taken, " hides ", file.path, ": ", file.reason);
        if (!file.origin.empty()) text += cat(" (", file.origin.describe(), ")");
        messages.message(priority, text);
    }
}

/// Moves the modules that are listed in modules.order to the front, in its order.
Status apply_order(const ScanRequest& request, std::vector<FoundModule>& modules,
                   MessageSink& messages) {
    const std::string path = cat(request.directory, "/modules.order");
    const auto text = request.root.read_file(path, kMaxOrderFile);
    if (!text) {
        if (is_machine_failure(text.error())) return std::unexpected(text.error());
        // Without modules.order, only the order of the databases differs.
        messages.message(Priority::warning,
                         text.error().kind == ErrorKind::not_found
                             ? cat("could not open modules.order at ",
                                   request.root.display(request.directory), ": ",
                                   request.root.reason(text.error().code, path))
                             : text.error().message);
        return {};
    }
    std::unordered_map<std::string_view, std::size_t> position;
    std::size_t lines = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view line = trim(take_until(rest, '\n'));
        position.try_emplace(without_compression_suffix(line), lines++);
    }
    std::vector<std::pair<std::size_t, std::size_t>>
        ranks;  // (position, index in path order)
    for (std::size_t i = 0; i < modules.size(); ++i) {
        const auto at = position.find(without_compression_suffix(modules[i].database));
        ranks.emplace_back(at == position.end() ? lines : at->second, i);
    }
    std::ranges::sort(ranks);
    std::vector<FoundModule> ordered;
    ordered.reserve(modules.size());
    for (const auto& [rank, i] : ranks) ordered.push_back(std::move(modules[i]));
    modules = std::move(ordered);
    return {};
}

}  // namespace

Result<ScanResult> scan(const ScanRequest& request, MessageSink& messages) {
    ScanResult result;
    if (request.files.empty()) {
        TRY_ASSIGN(result, walk_tree(request, messages));
    } else {
        TRY_ASSIGN(result.modules, named_files(request));
    }
    drop_duplicates(result, Preference(request.config, request.release), request.root);
    if (request.hidden) report_hidden(result, *request.hidden, messages);
    if (!request.path_order) TRY(apply_order(request, result.modules, messages));
    return result;
}

std::vector<std::string> files_of_module(const io::Root& root,
                                         const std::string& directory,
                                         std::string_view name) {
    SilentSink silence;
    const DepmodConfig config;
    const auto found = walk_tree(
        {.root = root, .directory = directory, .release = {}, .config = config}, silence);
    std::vector<std::string> paths;
    if (!found) return paths;
    for (const FoundModule& module : found->modules)
        if (module.name == name) paths.push_back(module.path);
    std::ranges::sort(paths);
    return paths;
}

}  // namespace kmodpp
