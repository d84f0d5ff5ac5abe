// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/config_files.hpp"

#include <array>
#include <map>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::array<std::string_view, 5> kBases = {"/etc", "/run", "/usr/local/lib",
                                                    "/usr/lib", "/lib"};
/// Far beyond any real file; keeps a device or a runaway file from filling memory.
constexpr std::uint64_t kMaxConfigFile = 16u << 20;

/// Base name -> path within the root; the first to bring a name keeps it.
using Files = std::map<std::string, std::string, std::less<>>;

void add_directory(const io::Root& root, const std::string& directory, Files& files,
                   MessageSink& messages) {
    const auto names = root.list(directory);
    if (!names) {
        if (names.error().kind != ErrorKind::not_found)
            messages.message(Priority::warning, names.error().message);
        return;
    }
    for (const std::string& name : *names)
        if (name.ends_with(".conf") && !name.starts_with('.'))
            files.emplace(name, cat(directory, "/", name));
}

void add_override(const io::Root& root, const std::string& path, Files& files,
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
        files.emplace(base_name(path), path);
}

}  // namespace

std::vector<ConfigFile> read_config_files(const io::Root& root,
                                          std::string_view subdirectory,
                                          const std::vector<std::string>& overrides,
                                          MessageSink& messages) {
    Files files;
    if (overrides.empty()) {
        for (const std::string_view base : kBases)
            add_directory(root, cat(base, "/", subdirectory), files, messages);
    } else {
        for (const std::string& path : overrides)
            add_override(root, path, files, messages);
    }

    std::vector<ConfigFile> read;
    for (const auto& [name, path] : files) {
        auto text = root.read_file(path, kMaxConfigFile);
        if (text)
            read.push_back({root.display(path), *std::move(text)});
        else
            messages.message(Priority::warning, text.error().message);
    }
    return read;
}

}  // namespace kmodpp
