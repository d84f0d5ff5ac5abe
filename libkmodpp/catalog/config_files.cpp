// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/config_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/config_writers.hpp"
#include "io/file.hpp"

namespace kmodpp {

namespace {

constexpr std::array<std::string_view, 5> kBases = {"/etc", "/run", "/usr/local/lib",
                                                    "/usr/lib", "/lib"};
/// Far larger than any real file; keeps a huge file from exhausting memory.
constexpr std::uint64_t kMaxConfigFile = 16u << 20;

/// A file that may be read.
struct Candidate {
    std::string path;  ///< within the root
    ConfigWriters writers;
    bool untrusted = false;  ///< because of its directory
};
/// The candidates for each base name, in the order of their directories.
using Candidates = std::map<std::string, std::vector<Candidate>, std::less<>>;

/// Administrators disable a file of the distribution with a symlink to /dev/null.
bool is_null_device(const io::Root& root, const std::string& path) {
    const auto status = root.stat(path);
    return status && S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/// Reports an error and returns false if untrusted users could have written the file.
bool is_trusted(const struct stat& status, const std::string& path,
                const ConfigWriters& writers, MessageSink& messages) {
    const auto objection = writers.objection(status, path);
    if (objection) messages.message(Priority::error, *objection);
    return !objection;
}

void add_directory(const io::Root& root, const std::string& directory,
                   const ConfigWriters& writers, Candidates& files,
                   MessageSink& messages) {
    // Most of the directories do not exist.
    const auto fd = root.try_open(directory, O_RDONLY | O_DIRECTORY);
    if (!fd && kind_of_errno(fd.error()) == ErrorKind::not_found) return;
    struct stat status {};
    const auto names = fd && ::fstat(fd->get(), &status) == 0
                           ? io::names_in(fd->get())
                           : std::unexpected(fd ? errno : fd.error());
    if (!names) {
        messages.message(Priority::warning,
                         cat("cannot read ", root.display(directory), ": ",
                             root.reason(names.error(), directory)));
        return;
    }
    // A user who can write to the directory can create symlinks in it to any file.
    const bool untrusted =
        !is_trusted(status, root.display(directory), writers, messages);
    for (const std::string& name : *names)
        if (name.ends_with(".conf") && !name.starts_with('.'))
            files[name].push_back({cat(directory, "/", name), writers, untrusted});
}

void add_override(const io::Root& root, const std::string& path,
                  const ConfigWriters& writers, Candidates& files,
                  MessageSink& messages) {
    const auto status = root.stat(path);
    if (!status) {
        if (status.error().kind != ErrorKind::not_found)
            messages.message(Priority::warning, status.error().message);
        return;
    }
    const ConfigWriters own = writers.with_named(*status);
    if (S_ISDIR(status->st_mode))
        add_directory(root, path, own, files, messages);
    else
        files[std::string(base_name(path))].push_back({path, own});
}

/// Reads the file. Reports an error and sets `untrusted` if untrusted users could have
/// written it.
Result<ConfigFile> read_candidate(const io::Root& root, const Candidate& file,
                                  MessageSink& messages) {
    const std::string shown = root.display(file.path);
    // A user who can write to the directory can create a link to a device in it.
    TRY_ASSIGN(const io::Fd fd, file.untrusted ? root.open_no_device(file.path, O_RDONLY)
                                               : root.open_file(file.path, O_RDONLY));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", shown));
    if (!S_ISREG(status.st_mode))
        return fail(ErrorKind::malformed, cat(shown, ": not a regular file"));
    // For an untrusted directory, there was already a message.
    const bool untrusted =
        file.untrusted || !is_trusted(status, shown, file.writers, messages);
    auto text = io::read_all(fd.get(), status, kMaxConfigFile);
    if (!text) return std::unexpected(within(std::move(text).error(), shown));
    return ConfigFile{shown, *std::move(text), untrusted};
}

/// Adds the files that are hidden by candidate `used`, which has the same name.
void add_masked(const io::Root& root, std::span<const Candidate> all, std::size_t used,
                std::vector<MaskedFile>& masked) {
    // /lib is usually the same directory as /usr/lib.
    std::set<std::pair<dev_t, ino_t>> seen;
    for (std::size_t i = used; i < all.size(); ++i) {
        const auto status = root.stat(all[i].path);
        if (status && !seen.emplace(status->st_dev, status->st_ino).second) continue;
        if (i > used)
            masked.push_back({root.display(all[i].path), root.display(all[used].path)});
    }
}

}  // namespace

std::vector<ConfigFile> read_config_files(const io::Root& root,
                                          std::string_view subdirectory,
                                          const std::vector<std::string>& overrides,
                                          MessageSink& messages,
                                          std::vector<MaskedFile>* masked) {
    const ConfigWriters writers = ConfigWriters::of(root);
    Candidates files;
    if (overrides.empty()) {
        for (const std::string_view base : kBases)
            add_directory(root, cat(base, "/", subdirectory), writers, files, messages);
    } else {
        for (const std::string& path : overrides)
            add_override(root, path, writers, files, messages);
    }

    std::vector<ConfigFile> read;
    for (const auto& [name, candidates] : files) {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const std::string& path = candidates[i].path;
            messages.message(Priority::debug, cat("reading ", root.display(path)));
            auto file = read_candidate(root, candidates[i], messages);
            // An untrusted file does not hide others of its name.
            const bool untrusted = file ? file->untrusted : candidates[i].untrusted;
            if (!untrusted && masked != nullptr) add_masked(root, candidates, i, *masked);
            if (file) {
                read.push_back(*std::move(file));
            } else if (!untrusted && !is_null_device(root, path)) {
                // A dangling symlink also disables the files of that name.
                messages.message(file.error().kind == ErrorKind::not_found
                                     ? Priority::notice
                                     : Priority::warning,
                                 file.error().message);
            }
            if (!untrusted) break;
        }
    }
    return read;
}

}  // namespace kmodpp
