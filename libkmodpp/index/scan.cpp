// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/scan.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <deque>
#include <set>
#include <unordered_map>

#include "base/names.hpp"
#include "base/text.hpp"
#include "index/preference.hpp"

namespace fs = boost::filesystem;

namespace kmodpp::index {

namespace {

constexpr std::uint64_t kMaxOrderFile = 64u << 20;
constexpr std::size_t kMaxShownPath = 1024;

std::unexpected<Error> cannot_scan(const io::Root& root, std::string_view directory,
                                   int code) {
    return fail_errno(code, cat("could not open directory ", root.display(directory)));
}

/// modules.dep separates paths with blanks, colons and newlines, and quotes none.
bool fits_a_line(std::string_view path) {
    return std::ranges::none_of(path,
                                [](unsigned char c) { return c <= ' ' || c == ':'; });
}
constexpr std::string_view kUnwritable = "modules.dep has no way to write such a name";

/// Walks directories beneath the root, collecting module files.
class TreeWalk {
public:
    TreeWalk(const ScanRequest& request, MessageSink& messages)
        : request_(request), messages_(messages) {
        skipped_ = {"build", "source"};
        for (const ExcludeRule& rule : request.config.excludes)
            skipped_.insert(rule.name);
    }

    std::vector<FoundModule> found;

    /// \param directory  within the root, no symlink left in it
    /// \param written    the same place as the databases write it, ending in '/' or empty
    Status enter(const std::string& directory, const std::string& written,
                 bool external) {
        auto fd = request_.root.open_file(directory, O_PATH | O_DIRECTORY);
        if (!fd) return cannot_scan(request_.root, directory, fd.error().code);
        if (!first_visit(*fd)) return {};
        TRY_ASSIGN(const auto names, list(directory));
        for (const std::string& name : names) {
            struct stat status {};
            // What has vanished meanwhile is not there.
            if (::fstatat(fd->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            const std::string place = cat(directory, "/", name);
            if (S_ISREG(status.st_mode))
                add_file(place, cat(written, name), name, external, status);
            else if (S_ISDIR(status.st_mode))
                enter_below(place, cat(written, name), name, external);
            else if (S_ISLNK(status.st_mode))
                links_.push_back({place, cat(written, name), name, external});
            else
                skip_special(place, name);
        }
        return {};
    }

    /// Follows the links that were met, and those behind them. Only now: a directory that
    /// has a name of its own in the tree is to be known by that, not by a link to it.
    void follow_links() {
        for (; !links_.empty(); links_.pop_front()) follow(links_.front());
    }

private:
    struct Link {
        std::string path;     ///< within the root
        std::string written;  ///< as the databases write it
        std::string name;
        bool external;
    };
    /// What is in a directory, by name: the order in which the file system keeps it is to
    /// decide nothing.
    Result<std::vector<std::string>> list(const std::string& directory) const {
        std::vector<std::string> names;
        boost::system::error_code failure;
        fs::directory_iterator entry(request_.root.display(directory), failure);
        for (const fs::directory_iterator end; !failure && entry != end;
             entry.increment(failure))
            names.push_back(entry->path().filename().string());
        if (failure) return cannot_scan(request_.root, directory, failure.value());
        std::ranges::sort(names);
        return names;
    }

    void add_file(const std::string& path, std::string written, const std::string& name,
                  bool external, const struct stat& status) {
        if (module_suffix(name).empty()) return;
        if (!fits_a_line(written)) {
            warn_skipped(path, kUnwritable);
            return;
        }
        found.push_back({path, std::move(written), module_name_of_path(name), external,
                         io::FileStamp::of(status)});
    }

    void warn_skipped(const std::string& path, std::string_view why) {
        messages_.message(Priority::warning,
                          cat(request_.root.prefix(), printable(path, kMaxShownPath),
                              " skipped: ", why));
    }

    /// A FIFO, a socket or a device: opening one may block, or have an effect.
    void skip_special(const std::string& path, std::string_view name) {
        if (!module_suffix(name).empty()) warn_skipped(path, "not a regular file");
    }

    void enter_below(const std::string& directory, const std::string& written,
                     const std::string& name, bool external) {
        if (skipped_.contains(name)) return;
        // One directory that cannot be read does not spoil the rest of the tree.
        if (auto done = enter(directory, written + "/", external); !done)
            messages_.message(Priority::error, done.error().message);
    }

    void follow(const Link& link) {
        const auto status = request_.root.stat(link.path);
        if (!status) {
            if (!module_suffix(link.name).empty())
                messages_.message(Priority::warning, status.error().message);
            return;
        }
        if (S_ISREG(status->st_mode))
            return add_file(link.path, link.written, link.name, link.external, *status);
        if (!S_ISDIR(status->st_mode)) return skip_special(link.path, link.name);
        if (const auto target = request_.root.canonical(link.path))
            enter_below(*target, link.written, link.name, link.external);
        else
            messages_.message(Priority::warning, target.error().message);
    }

    /// False for a directory that a chain of links has led to before.
    bool first_visit(const io::Fd& directory) {
        struct stat status {};
        return ::fstat(directory.get(), &status) != 0 ||
               visited_.insert({status.st_dev, status.st_ino}).second;
    }

    const ScanRequest& request_;
    MessageSink& messages_;
    std::set<std::string, std::less<>> skipped_;
    std::set<std::pair<dev_t, ino_t>> visited_;
    std::deque<Link> links_;
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
                        cat(file, ": does not lie beneath ", request.root.prefix()));
        const std::string path(*inside);
        TRY_ASSIGN(const struct stat status, request.root.stat(path));
        if (!S_ISREG(status.st_mode))
            return fail(ErrorKind::malformed, cat(file, ": not a regular file"));
        if (!fits_a_line(path))
            return fail(ErrorKind::malformed,
                        cat(printable(file, kMaxShownPath), ": ", kUnwritable));
        found.push_back({path,
                         path.starts_with(prefix) ? path.substr(prefix.size()) : path,
                         module_name_of_path(path), false, io::FileStamp::of(status)});
    }
    return found;
}

Status walk_external(TreeWalk& walk, const io::Root& root, std::string_view directory) {
    while (directory.ends_with('/')) directory.remove_suffix(1);
    const auto place = root.canonical(cat(directory, "/"));
    if (!place) return cannot_scan(root, directory, place.error().code);
    TRY(walk.enter(*place, cat(directory, "/"), true));
    walk.follow_links();
    return {};
}

Result<std::vector<FoundModule>> walk_tree(const ScanRequest& request,
                                           MessageSink& messages) {
    TreeWalk walk(request, messages);
    const io::Root& root = request.root;
    auto directory = root.canonical(request.directory);
    if (!directory) return cannot_scan(root, request.directory, directory.error().code);
    TRY(walk.enter(*directory, "", false));
    walk.follow_links();
    // What was found lies under the resolved name; it is shown under the one asked for.
    for (FoundModule& module : walk.found)
        module.path = cat(request.directory, "/", module.database);

    for (const ExternalRule& rule : request.config.externals) {
        if (!kernel_matches(rule.kernel, request.release)) continue;
        // Without such a directory the tree still has its databases.
        if (auto done = walk_external(walk, root, rule.directory); !done)
            messages.message(Priority::warning,
                             cat(rule.origin.describe(), ": ", done.error().message));
    }
    return std::move(walk.found);
}

/// Keeps the preferred file of each name, in path order.
std::vector<FoundModule> without_duplicates(std::vector<FoundModule> found,
                                            const Preference& preference) {
    std::ranges::sort(found, {}, &FoundModule::database);
    std::unordered_map<std::string_view, std::size_t> best;
    best.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [at, is_new] = best.try_emplace(found[i].name, i);
        if (!is_new && preference.prefers(found[i], found[at->second])) at->second = i;
    }
    std::vector<FoundModule> kept;
    kept.reserve(best.size());
    std::vector<bool> keep(found.size());
    for (const auto& [name, i] : best) keep[i] = true;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (keep[i]) kept.push_back(std::move(found[i]));
    return kept;
}

/// Puts the modules that modules.order names first, in its order.
void apply_order(const ScanRequest& request, std::vector<FoundModule>& modules,
                 MessageSink& messages) {
    const std::string path = request.directory + "/modules.order";
    const auto text = request.root.read_file(path, kMaxOrderFile);
    if (!text) {
        // Without it the order is another one, but each database is complete.
        messages.message(Priority::warning,
                         text.error().kind == ErrorKind::not_found
                             ? cat("could not open modules.order at ",
                                   request.root.display(request.directory),
                                   ": No such file or directory")
                             : text.error().message);
        return;
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
}

}  // namespace

Result<std::vector<FoundModule>> scan(const ScanRequest& request, MessageSink& messages) {
    TRY_ASSIGN(auto found, request.files.empty() ? walk_tree(request, messages)
                                                 : named_files(request));
    auto modules =
        without_duplicates(std::move(found), Preference(request.config, request.release));
    apply_order(request, modules, messages);
    return modules;
}

}  // namespace kmodpp::index
