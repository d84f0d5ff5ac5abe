// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/replace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "io/fd.hpp"
#include "io/file.hpp"
#include "io/temporary_name.hpp"

namespace kmodpp::io {

namespace {

constexpr int kTries = 100;

/// Removes the temporaries of killed processes. A running writer holds a lock on its
/// own.
void remove_stale(const Root& root, std::string_view path, int directory,
                  std::string_view name) {
    const auto names = root.list(path);
    if (!names) return;
    for (const std::string& candidate : *names) {
        if (!is_temporary_of(name, candidate)) continue;
        const auto fd = open_regular(directory, candidate.c_str(), O_RDONLY);
        if (fd && ::flock(fd->get(), LOCK_EX | LOCK_NB) == 0)
            ::unlinkat(directory, candidate.c_str(), 0);
    }
}

/// A temporary that this process has created, removed with the object unless it was
/// renamed.
class Temporary {
public:
    Temporary(int directory, std::string name)
        : directory_(directory), name_(std::move(name)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!renamed_) ::unlinkat(directory_, name_.c_str(), 0);
    }
    bool rename_to(const std::string& name) {
        renamed_ = ::renameat(directory_, name_.c_str(), directory_, name.c_str()) == 0;
        return renamed_;
    }

private:
    int directory_;
    std::string name_;
    bool renamed_ = false;
};

Status write_once(int directory, const std::string& name, std::string_view contents,
                  mode_t mode, Sync sync) {
    std::string temporary;
    Fd fd;
    for (int tries = 0; !fd; ++tries) {
        temporary = temporary_name(name, static_cast<unsigned>(tries));
        fd = Fd(::openat(directory, temporary.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (!fd && ((errno != EEXIST && errno != EINTR) || tries >= kTries))
            return fail_errno(errno, cat("cannot create a file for ", name));
    }
    Temporary owner(directory, std::move(temporary));
    // Without lock support in the file system, leftover temporaries are never removed.
    static_cast<void>(::flock(fd.get(), LOCK_EX | LOCK_NB));
    if (auto written = write_all(fd.get(), contents); !written)
        return fail_errno(written.error().code, cat("cannot write ", name));
    if (const int code = set_mode(fd.get(), mode); code != 0)
        return fail_errno(code, cat("cannot set the mode of ", name));
    if (sync == Sync::yes && ::fsync(fd.get()) != 0)
        return fail_errno(errno, cat("cannot sync ", name));
    if (!owner.rename_to(name)) return fail_errno(errno, cat("cannot replace ", name));
    // Some file systems cannot sync a directory; the file itself is complete.
    if (sync == Sync::yes) static_cast<void>(::fsync(directory));
    return {};
}

}  // namespace

Status replace_file(const Root& root, std::string_view directory, std::string_view name,
                    std::string_view contents, mode_t mode, Sync sync) {
    TRY_ASSIGN(const Fd fd, root.open_file(directory, O_RDONLY | O_DIRECTORY));
    remove_stale(root, directory, fd.get(), name);
    Status status;
    // Before it is locked, another writer may remove the temporary as a leftover.
    for (int tries = 0; tries < kTries; ++tries) {
        status = write_once(fd.get(), std::string(name), contents, mode, sync);
        if (status || status.error().code != ENOENT) break;
    }
    if (!status) return std::unexpected(within(status.error(), root.display(directory)));
    return {};
}

}  // namespace kmodpp::io
