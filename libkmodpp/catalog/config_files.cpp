// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/config_files.hpp"

#include <sys/sysmacros.h>

#include <array>
#include <map>
#include <set>
#include <tuple>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::array<std::string_view, 5> kBases = {"/etc", "/run", "/usr/local/lib",
                                                    "/usr/lib", "/lib"};
/// Far beyond any real file; keeps a device or a runaway file from filling memory.
constexpr std::uint64_t kMaxConfigFile = 16u << 20;

/// The files by base name; the first to bring a name keeps it.
class FileList {
public:
    FileList(const io::Root& root, std::vector<MaskedFile>* masked)
        : root_(root), masked_(masked) {}

    void add(std::string_view name, const std::string& path) {
        const auto [file, is_new] = paths_.emplace(name, path);
        if (masked_ == nullptr) return;
        // /lib is the same directory as /usr/lib nearly everywhere.
        const auto status = root_.stat(path);
        if (status && !seen_.emplace(name, status->st_dev, status->st_ino).second) return;
        if (!is_new)
            masked_->push_back({root_.display(path), root_.display(file->second)});
    }
    /// Base name -> path within the root.
    [[nodiscard]] const auto& paths() const { return paths_; }

private:
    const io::Root& root_;
    std::vector<MaskedFile>* masked_;
    std::map<std::string, std::string, std::less<>> paths_;
    std::set<std::tuple<std::string, dev_t, ino_t>> seen_;
};

/// A link to it is how an administrator takes a file of the distribution away.
bool is_null_device(const io::Root& root, const std::string& path) {
    const auto status = root.stat(path);
    return status && S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

void add_directory(const io::Root& root, const std::string& directory, FileList& files,
                   MessageSink& messages) {
    const auto names = root.list(directory);
    if (!names) {
        if (names.error().kind != ErrorKind::not_found)
            messages.message(Priority::warning, names.error().message);
        return;
    }
    for (const std::string& name : *names)
        if (name.ends_with(".conf") && !name.starts_with('.'))
            files.add(name, cat(directory, "/", name));
}

void add_override(const io::Root& root, const std::string& path, FileList& files,
                  MessageSink& messages) {
    const auto status = root.stat(path);
    if (!status) {
        if (status.error().kind != ErrorKind::not_found)
            messages.message(Priority::warning, status.error().message);
        return;
    }
    if (S_ISDIR(status->st_mode))
        add_directory(root, path, files, messages);
    else
        files.add(base_name(path), path);
}

}  // namespace

std::vector<ConfigFile> read_config_files(const io::Root& root,
                                          std::string_view subdirectory,
                                          const std::vector<std::string>& overrides,
                                          MessageSink& messages,
                                          std::vector<MaskedFile>* masked) {
    FileList files(root, masked);
    if (overrides.empty()) {
        for (const std::string_view base : kBases)
            add_directory(root, cat(base, "/", subdirectory), files, messages);
    } else {
        for (const std::string& path : overrides)
            add_override(root, path, files, messages);
    }

    std::vector<ConfigFile> read;
    for (const auto& [name, path] : files.paths()) {
        messages.message(Priority::debug, cat("reading ", root.display(path)));
        auto text = root.read_file(path, kMaxConfigFile);
        if (text) {
            read.push_back({root.display(path), *std::move(text)});
        } else if (!is_null_device(root, path)) {
            // A link that leads nowhere takes a file away as well.
            messages.message(text.error().kind == ErrorKind::not_found
                                 ? Priority::notice
                                 : Priority::warning,
                             text.error().message);
        }
    }
    return read;
}

}  // namespace kmodpp
