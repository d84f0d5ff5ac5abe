// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/resolve.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

// openat2 gives up with EAGAIN when something in the whole system is renamed while it
// resolves a "..".
constexpr int kRaceRetries = 64;

ErrnoResult<Fd> open_at(int directory, const char* name, int flags, mode_t mode) {
    int fd = -1;
    do {
        fd = ::openat(directory, name, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return std::unexpected(errno);
    return Fd(fd);
}

ErrnoResult<std::string> read_link(const Fd& link) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
    if (length < 0) return std::unexpected(errno);
    return std::string(target.data(), static_cast<std::size_t>(length));
}

/// The way from the root to the place reached so far, and what is still to be walked.
class Walk {
public:
    Walk(int root, const std::string& path) : root_(root), rest_(path) {}

    /// Goes to the end. Only the last component may be missing, and only it may stay a
    /// symlink: last() names both, as something in directory().
    /// \returns 0 or an errno
    [[nodiscard]] int run(bool follow_last);

    /// The directory that holds the last component; the root when there is none.
    [[nodiscard]] int directory() const {
        if (!last_.empty()) return top();
        return steps_.size() < 2 ? root_ : steps_[steps_.size() - 2].fd.get();
    }
    [[nodiscard]] const char* last() const {
        if (!last_.empty()) return last_.c_str();
        return steps_.empty() ? "." : steps_.back().name.c_str();
    }
    [[nodiscard]] bool complete() const { return last_.empty(); }
    [[nodiscard]] std::string path() const {
        std::string path;
        for (const Step& step : steps_) path += cat('/', step.name);
        return path.empty() ? "/" : path;
    }

private:
    struct Step {
        Fd fd;
        std::string name;
    };
    [[nodiscard]] int top() const {
        return steps_.empty() ? root_ : steps_.back().fd.get();
    }
    [[nodiscard]] int follow(const Fd& link);

    int root_;
    int links_ = 0;
    std::string rest_;
    std::vector<Step> steps_;
    std::string last_;
};

int Walk::follow(const Fd& link) {
    if (links_++ >= kMaxSymlinks) return ELOOP;
    auto target = read_link(link);
    if (!target) return target.error();
    if (target->starts_with('/')) steps_.clear();
    rest_ = *target + rest_;
    return 0;
}

int Walk::run(bool follow_last) {
    if (rest_.size() >= PATH_MAX) return ENAMETOOLONG;
    for (;;) {
        const std::size_t begin = rest_.find_first_not_of('/');
        if (begin == std::string::npos) return 0;
        const std::size_t end = rest_.find('/', begin);
        std::string name = rest_.substr(begin, end - begin);
        // The slash stays with the rest: a name before it has to be a directory.
        rest_.erase(0, end);
        if (name == ".") continue;
        if (name == "..") {
            if (!steps_.empty()) steps_.pop_back();
            continue;
        }

        auto fd = open_at(top(), name.c_str(), O_PATH | O_NOFOLLOW, 0);
        if (!fd) {
            if (fd.error() != ENOENT || !rest_.empty()) return fd.error();
            last_ = std::move(name);
            return 0;
        }
        struct stat status {};
        if (::fstat(fd->get(), &status) != 0) return errno;
        if (S_ISLNK(status.st_mode)) {
            if (rest_.empty() && !follow_last) {
                last_ = std::move(name);
                return 0;
            }
            if (const int code = follow(*fd); code != 0) return code;
            continue;
        }
        if (!S_ISDIR(status.st_mode) && !rest_.empty()) return ENOTDIR;
        steps_.push_back({*std::move(fd), std::move(name)});
    }
}

}  // namespace

ErrnoResult<Fd> open_with_openat2(int root, const std::string& path, int flags,
                                  mode_t mode) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    // Unlike open, it takes no mode where none is used, and nothing beside O_PATH.
    if ((flags & O_PATH) == 0) how.flags |= O_LARGEFILE;
    if ((flags & O_CREAT) != 0) how.mode = mode & 07777;
    how.resolve = RESOLVE_IN_ROOT;
    long fd = -1;
    int tries = 0;
    do {
        fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    } while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < kRaceRetries)));
    if (fd < 0) return std::unexpected(errno);
    return Fd(static_cast<int>(fd));
}

ErrnoResult<Fd> open_with_walk(int root, const std::string& path, int flags,
                               mode_t mode) {
    const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    Walk walk(root, path);
    if (const int code = walk.run((flags & O_NOFOLLOW) == 0 && !exclusive); code != 0)
        return std::unexpected(code);
    // What is no symlink now must not be taken for one if it is replaced meanwhile.
    return open_at(walk.directory(), walk.last(), flags | O_NOFOLLOW, mode);
}

ErrnoResult<Fd> open_in_root(int root, const std::string& path, int flags, mode_t mode) {
    auto fd = open_with_openat2(root, path, flags, mode);
    // An EPERM that is the file's own shows again in the walk.
    if (!fd && (fd.error() == ENOSYS || fd.error() == EPERM))
        return open_with_walk(root, path, flags, mode);
    return fd;
}

ErrnoResult<std::string> canonical_in_root(int root, const std::string& path) {
    Walk walk(root, path);
    if (const int code = walk.run(true); code != 0) return std::unexpected(code);
    if (!walk.complete()) return std::unexpected(ENOENT);
    return walk.path();
}

}  // namespace kmodpp::io
