// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/resolve.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <memory>
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

bool is_same_file(int a, int b) {
    struct stat left {
    }, right{};
    return ::fstat(a, &left) == 0 && ::fstat(b, &right) == 0 &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/// What is not there, or leads around in a cycle, leads nowhere.
bool leads_nowhere(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

/// What is shared by a walk and the walks along the targets of its links.
struct Budget {
    int links = 0;
    /// Links that are being followed: one that is met again leads nowhere.
    std::vector<std::pair<dev_t, ino_t>> open = {};
};

/// The way from the root to the place reached so far, and what is still to be walked.
class Walk {
public:
    Walk(const RootDirectory& root, std::string path, Budget& budget)
        : root_(root), budget_(budget), rest_(std::move(path)) {}

    /// Goes to the end. Only the last component may be missing, and only it may stay a
    /// symlink: last() names both, as something in directory().
    /// \returns 0 or an errno
    [[nodiscard]] int run(bool follow_last);

    /// The directory that holds the last component; the root when there is none.
    [[nodiscard]] int directory() const {
        if (outside_) return outside_->directory();
        if (!last_.empty()) return top();
        return steps_.size() < 2 ? root_.fd : steps_[steps_.size() - 2].fd->get();
    }
    /// A path when the walk has left the root.
    [[nodiscard]] const char* last() const {
        if (outside_) return outside_->path.c_str();
        if (!last_.empty()) return last_.c_str();
        return steps_.empty() ? "." : steps_.back().name.c_str();
    }
    [[nodiscard]] bool complete() const { return last_.empty(); }
    [[nodiscard]] bool is_outside() const { return outside_.has_value(); }
    [[nodiscard]] std::string path() const {
        if (outside_) return outside_->link.path + outside_->rest;
        const std::string path = path_of_steps();
        return path.empty() ? "/" : path;
    }
    [[nodiscard]] const std::optional<Link>& broken() const { return broken_; }
    [[nodiscard]] std::optional<Link> leaving() const {
        return outside_ ? std::optional(outside_->link) : std::nullopt;
    }

private:
    struct Step {
        std::shared_ptr<Fd> fd;
        std::string name;
    };
    /// A place of the host, as a path from the directory that holds the link to it.
    struct Outside {
        std::shared_ptr<Fd> holder;  ///< null: the root
        int root;
        std::string path;
        Link link;
        std::string rest;  ///< of the path, behind the link

        [[nodiscard]] int directory() const { return holder ? holder->get() : root; }
    };

    [[nodiscard]] int top() const {
        return steps_.empty() ? root_.fd : steps_.back().fd->get();
    }
    [[nodiscard]] std::string path_of_steps() const {
        std::string path;
        for (const Step& step : steps_) path += cat('/', step.name);
        return path;
    }
    [[nodiscard]] int follow(const Fd& link, const std::string& name);
    [[nodiscard]] int follow_target(const Link& link);
    [[nodiscard]] std::vector<std::string> readings_of(const std::string& target) const;
    [[nodiscard]] bool is_in(const Walk& directory) const;
    void take_place_of(Walk& other);

    const RootDirectory& root_;
    Budget& budget_;
    std::string rest_;
    std::vector<Step> steps_;
    std::string last_;
    std::optional<Outside> outside_;
    std::optional<Link> broken_;
};

/// Paths beneath the root that the target of a link may mean, in the order of precedence.
std::vector<std::string> Walk::readings_of(const std::string& target) const {
    std::vector<std::string> readings = {target};
    for (const std::string_view prefix : root_.prefixes) {
        if (prefix.empty() || !target.starts_with(prefix)) continue;
        std::string inner = target.substr(prefix.size());
        if (inner.empty()) inner = "/";
        if (inner.starts_with('/')) readings.push_back(std::move(inner));
    }
    return readings;
}

/// Whether the place reached lies in a directory that another walk has reached.
/// Everything lies in the root, which would never be meant by the host's.
bool Walk::is_in(const Walk& directory) const {
    if (directory.outside_ || directory.steps_.empty() ||
        directory.steps_.size() > steps_.size())
        return false;
    return std::equal(directory.steps_.begin(), directory.steps_.end(), steps_.begin(),
                      [](const Step& a, const Step& b) { return a.name == b.name; });
}

void Walk::take_place_of(Walk& other) {
    steps_ = std::move(other.steps_);
    last_ = std::move(other.last_);
    outside_ = std::move(other.outside_);
}

int Walk::follow(const Fd& link, const std::string& name) {
    struct stat status {};
    if (::fstat(link.get(), &status) != 0) return errno;
    const std::pair identity(status.st_dev, status.st_ino);
    if (std::ranges::find(budget_.open, identity) != budget_.open.end()) return ELOOP;
    if (budget_.links++ >= kMaxSymlinks) return ELOOP;
    const auto target = read_link(link);
    if (!target) return target.error();

    Link followed{cat(path_of_steps(), '/', name), *target};
    budget_.open.push_back(identity);
    const int code = follow_target(followed);
    budget_.open.pop_back();
    if (leads_nowhere(code) || !complete()) broken_ = std::move(followed);
    return code;
}

int Walk::follow_target(const Link& link) {
    std::optional<Walk> cycle, missing;
    int code = ENOENT;
    for (std::string& reading : readings_of(link.target)) {
        Walk ahead(root_, reading, budget_);
        if (!reading.starts_with('/')) ahead.steps_ = steps_;
        code = ahead.run(true);
        if (code == 0 && !ahead.complete()) {
            if (!missing) missing.emplace(std::move(ahead));
            code = ENOENT;
        } else if (code == 0 && is_in(ahead)) {
            if (!cycle) cycle.emplace(std::move(ahead));
        } else if (code == 0) {
            take_place_of(ahead);
            return 0;
        } else if (!leads_nowhere(code)) {
            return code;
        }
    }
    if (root_.links == Links::stay_inside) {
        // A file may be made where the last link leads.
        Walk* const place = cycle                      ? &*cycle
                            : missing && rest_.empty() ? &*missing
                                                       : nullptr;
        if (place == nullptr) return code;
        take_place_of(*place);
        return 0;
    }
    const auto host = open_at(top(), link.target.c_str(), O_PATH, 0);
    if (cycle && (!host || is_same_file(host->get(), cycle->top()))) {
        take_place_of(*cycle);
        return 0;
    }
    if (!host) return host.error();
    outside_ = Outside{
        steps_.empty() ? nullptr : steps_.back().fd, root_.fd, link.target, link, {}};
    return 0;
}

int Walk::run(bool follow_last) {
    if (rest_.size() >= PATH_MAX) return ENAMETOOLONG;
    for (;;) {
        if (outside_) {
            outside_->path += rest_;
            outside_->rest += std::exchange(rest_, {});
            return 0;
        }
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
            if (const int code = follow(*fd, name); code != 0) return code;
            if (!complete()) return 0;
            struct stat reached {};
            // A name before a slash has to be a directory, and so has a link to it.
            if (!outside_ && !rest_.empty() && !steps_.empty() &&
                ::fstat(top(), &reached) == 0 && !S_ISDIR(reached.st_mode))
                return ENOTDIR;
            continue;
        }
        if (!S_ISDIR(status.st_mode) && !rest_.empty()) return ENOTDIR;
        steps_.push_back({std::make_shared<Fd>(*std::move(fd)), std::move(name)});
    }
}

bool only_reads(int flags) {
    return (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY || (flags & O_PATH) != 0;
}

ErrnoResult<Fd> open_beneath(int root, const std::string& path, int flags, mode_t mode,
                             std::uint64_t resolve) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    // Unlike open, it takes no mode where none is used, and nothing beside O_PATH.
    if ((flags & O_PATH) == 0) how.flags |= O_LARGEFILE;
    if ((flags & O_CREAT) != 0) how.mode = mode & 07777;
    how.resolve = RESOLVE_IN_ROOT | resolve;
    long fd = -1;
    int tries = 0;
    do {
        fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    } while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < kRaceRetries)));
    if (fd < 0) return std::unexpected(errno);
    return Fd(static_cast<int>(fd));
}

}  // namespace

ErrnoResult<Fd> open_with_openat2(const RootDirectory& root, const std::string& path,
                                  int flags, mode_t mode) {
    return open_beneath(root.fd, path, flags, mode, 0);
}

ErrnoResult<Fd> open_with_walk(const RootDirectory& root, const std::string& path,
                               int flags, mode_t mode) {
    RootDirectory used = root;
    // Whatever may be written to lies beneath the root.
    if (!only_reads(flags)) used.links = Links::stay_inside;
    const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    Budget budget;
    Walk walk(used, path, budget);
    if (const int code = walk.run((flags & O_NOFOLLOW) == 0 && !exclusive); code != 0)
        return std::unexpected(code);
    // What is no symlink now must not be taken for one if it is replaced meanwhile.
    if (!walk.is_outside()) flags |= O_NOFOLLOW;
    return open_at(walk.directory(), walk.last(), flags, mode);
}

ErrnoResult<Fd> open_in_root(const RootDirectory& root, const std::string& path,
                             int flags, mode_t mode) {
    const bool may_leave = root.links == Links::may_leave && only_reads(flags);
    // The kernel cannot tell a link back into the directory that contains it.
    auto fd =
        open_beneath(root.fd, path, flags, mode, may_leave ? RESOLVE_NO_SYMLINKS : 0);
    if (fd) return fd;
    // An EPERM that is the file's own shows again in the walk, and so does an ELOOP.
    const bool needs_walk = fd.error() == ENOSYS || fd.error() == EPERM ||
                            (may_leave && fd.error() == ELOOP) ||
                            (fd.error() == ENOENT && !root.prefixes[0].empty() &&
                             !may_leave && only_reads(flags));
    return needs_walk ? open_with_walk(root, path, flags, mode) : std::move(fd);
}

ErrnoResult<std::string> canonical_in_root(const RootDirectory& root,
                                           const std::string& path) {
    Budget budget;
    Walk walk(root, path, budget);
    if (const int code = walk.run(true); code != 0) return std::unexpected(code);
    if (!walk.complete()) return std::unexpected(ENOENT);
    if (walk.is_outside()) {
        const auto place = open_at(walk.directory(), walk.last(), O_PATH, 0);
        if (!place) return std::unexpected(place.error());
    }
    return walk.path();
}

std::optional<Link> broken_link(const RootDirectory& root, const std::string& path) {
    Budget budget;
    Walk walk(root, path, budget);
    return walk.run(true) == 0 && walk.complete() ? std::nullopt : walk.broken();
}

std::optional<Link> leaving_link(const RootDirectory& root, const std::string& path) {
    Budget budget;
    Walk walk(root, path, budget);
    return walk.run(true) == 0 ? walk.leaving() : std::nullopt;
}

}  // namespace kmodpp::io
