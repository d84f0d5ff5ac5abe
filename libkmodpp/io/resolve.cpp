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

// openat2 fails with EAGAIN if anything in the system is renamed while it resolves a
// "..".
constexpr int kRaceRetries = 64;

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

/// True for the errors of a link that is dangling or part of a cycle.
bool is_dangling(int code) { return code == ENOENT || code == ENOTDIR || code == ELOOP; }

/// Shared by a walk and the nested walks along the targets of its links.
struct Budget {
    int links = 0;
    /// Links that are being followed. One that is met again is part of a cycle.
    std::vector<std::pair<dev_t, ino_t>> open = {};
};

/// Resolves a path component by component. Holds the directories opened so far and the
/// part of the path that is left.
class Walk {
public:
    Walk(const RootDirectory& root, std::string path, Budget& budget)
        : root_(root), budget_(budget), rest_(std::move(path)) {}

    /// Resolves the whole path. The last component may be missing, or a symlink if
    /// \p follow_last is false; it is then last() in directory().
    /// \returns 0 or an errno
    [[nodiscard]] int run(bool follow_last);

    /// The directory that contains the last component; for "/", the root.
    [[nodiscard]] int directory() const {
        if (outside_) return outside_->directory();
        if (!last_.empty()) return top();
        return steps_.size() < 2 ? root_.fd : steps_[steps_.size() - 2].fd->get();
    }
    /// The last component; a path if the walk has left the root.
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
    /// A file outside the root, as a path relative to the directory that contains the
    /// link to it.
    struct Outside {
        std::shared_ptr<Fd> holder;  ///< null: the root
        int root;
        std::string path;
        Link link;
        std::string rest;  ///< the part of the path after the link

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
    [[nodiscard]] std::vector<std::string> candidates_for(
        const std::string& target) const;
    [[nodiscard]] bool is_in(const Walk& directory) const;
    void continue_from(Walk& other);

    const RootDirectory& root_;
    Budget& budget_;
    std::string rest_;
    std::vector<Step> steps_;
    std::string last_;
    std::optional<Outside> outside_;
    std::optional<Link> broken_;
};

/// Paths within the root that a link target may refer to, in order of precedence.
std::vector<std::string> Walk::candidates_for(const std::string& target) const {
    std::vector<std::string> candidates = {target};
    for (const std::string_view prefix : root_.prefixes) {
        if (prefix.empty() || !target.starts_with(prefix)) continue;
        std::string inner = target.substr(prefix.size());
        if (inner.empty()) inner = "/";
        if (inner.starts_with('/')) candidates.push_back(std::move(inner));
    }
    return candidates;
}

/// True if this walk has reached a place inside the directory that another walk has
/// reached. The root does not count, because every place is inside it.
bool Walk::is_in(const Walk& directory) const {
    if (directory.outside_ || directory.steps_.empty() ||
        directory.steps_.size() > steps_.size())
        return false;
    return std::equal(directory.steps_.begin(), directory.steps_.end(), steps_.begin(),
                      [](const Step& a, const Step& b) { return a.name == b.name; });
}

void Walk::continue_from(Walk& other) {
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
    if (is_dangling(code) || !complete()) broken_ = std::move(followed);
    return code;
}

int Walk::follow_target(const Link& link) {
    std::optional<Walk> cycle, missing;
    int code = ENOENT;
    for (std::string& candidate : candidates_for(link.target)) {
        Walk ahead(root_, candidate, budget_);
        if (!candidate.starts_with('/')) ahead.steps_ = steps_;
        code = ahead.run(true);
        if (code == 0 && !ahead.complete()) {
            if (!missing) missing.emplace(std::move(ahead));
            code = ENOENT;
        } else if (code == 0 && is_in(ahead)) {
            if (!cycle) cycle.emplace(std::move(ahead));
        } else if (code == 0) {
            continue_from(ahead);
            return 0;
        } else if (!is_dangling(code)) {
            return code;
        }
    }
    if (root_.links == Links::stay_inside) {
        // A file may be created at the target of the last link.
        Walk* const place = cycle                      ? &*cycle
                            : missing && rest_.empty() ? &*missing
                                                       : nullptr;
        if (place == nullptr) return code;
        continue_from(*place);
        return 0;
    }
    const auto host = open_at(top(), link.target.c_str(), O_PATH, 0);
    if (cycle && (!host || is_same_file(host->get(), cycle->top()))) {
        continue_from(*cycle);
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
        // The slash stays in rest_, because a name followed by one has to be a
        // directory.
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
            // A link followed by a slash has to lead to a directory.
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

ErrnoResult<Fd> call_openat2(int root, const std::string& path, int flags, mode_t mode,
                             std::uint64_t resolve) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    // Unlike open, openat2 rejects a mode that is not used, and flags that O_PATH
    // ignores.
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
    return call_openat2(root.fd, path, flags, mode, 0);
}

ErrnoResult<Fd> open_with_walk(const RootDirectory& root, const std::string& path,
                               int flags, mode_t mode) {
    RootDirectory used = root;
    // Nothing outside the root may be written to.
    if (!only_reads(flags)) used.links = Links::stay_inside;
    const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    Budget budget;
    Walk walk(used, path, budget);
    if (const int code = walk.run((flags & O_NOFOLLOW) == 0 && !exclusive); code != 0)
        return std::unexpected(code);
    // The walk has resolved all symlinks: do not follow one that was created since.
    if (!walk.is_outside()) flags |= O_NOFOLLOW;
    return open_at(walk.directory(), walk.last(), flags, mode);
}

ErrnoResult<Fd> open_in_root(const RootDirectory& root, const std::string& path,
                             int flags, mode_t mode) {
    const bool may_leave = root.links == Links::may_leave && only_reads(flags);
    // openat2 cannot recognise a link to a directory that contains the link.
    auto fd =
        call_openat2(root.fd, path, flags, mode, may_leave ? RESOLVE_NO_SYMLINKS : 0);
    if (fd) return fd;
    // If EPERM or ELOOP is due to the file itself, the walk fails with it again.
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
