// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/state_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "io/file.hpp"

namespace kmodpp::kernel {

namespace {

/// There is one writer at a time, so one name is enough. Module names do not begin with a
/// dot.
const std::string kTemporary = ".new";
const std::string kLeaving = ".leaving";

/// The simulated kernel nests directories three deep. Deeper ones are not its own, and
/// the limit bounds the recursion and the open descriptors.
constexpr int kDeepest = 16;

}  // namespace

std::unexpected<Error> StateDirectory::cannot(std::string_view what,
                                              std::string_view name) const {
    return fail_errno(errno, cat("cannot ", what, ' ', display_, '/', name));
}

Result<StateDirectory> StateDirectory::open(const io::Root& root, std::string_view path) {
    TRY(root.make_directories(path));
    TRY_ASSIGN(io::Fd fd, root.open_file(path, O_RDONLY | O_DIRECTORY));
    return StateDirectory(std::move(fd), root.display(path));
}

Result<StateDirectory> StateDirectory::enter(const std::string& name) const {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if (mkdirat(fd_.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
        return cannot("create", name);
    io::Fd fd(openat(fd_.get(), name.c_str(), kFlags));
    if (!fd) return cannot("open", name);
    return StateDirectory(std::move(fd), cat(display_, '/', name));
}

Result<bool> StateDirectory::has(const std::string& name) const {
    struct stat status {};
    if (fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno == ENOENT) return false;
    return cannot("stat", name);
}

Result<io::Fd> StateDirectory::create(const std::string& name, std::string_view contents,
                                      mode_t mode) const {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    io::Fd fd(openat(fd_.get(), name.c_str(), kFlags, mode));
    if (!fd) return cannot("create", name);
    if (auto written = io::write_all(fd.get(), contents); !written)
        return std::unexpected(
            within(std::move(written).error(), cat(display_, '/', name)));
    return fd;
}

Status StateDirectory::put(const std::string& name, std::string_view contents,
                           mode_t mode) const {
    Status status;
    auto made = create(kTemporary, contents, mode);
    // A process that was killed here has left its temporary file.
    if (!made && made.error().code == EEXIST) {
        TRY(remove(kTemporary));
        made = create(kTemporary, contents, mode);
    }
    if (!made)
        status = std::unexpected(std::move(made).error());
    else
        status = rename(kTemporary, name);
    if (!status) unlinkat(fd_.get(), kTemporary.c_str(), 0);
    return status;
}

Status StateDirectory::link(const std::string& name, const std::string& target) const {
    if (symlinkat(target.c_str(), fd_.get(), name.c_str()) != 0 && errno != EEXIST)
        return cannot("create", name);
    return {};
}

Status StateDirectory::rename(const std::string& from, const std::string& to) const {
    if (renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0)
        return cannot("replace", to);
    return {};
}

Result<std::vector<std::string>> StateDirectory::list() const {
    // A descriptor of its own, because reading a directory moves its offset.
    const auto own = io::open_at(fd_.get(), ".", O_RDONLY | O_DIRECTORY);
    auto names = own ? io::names_in(own->get()) : std::unexpected(own.error());
    if (names) return *std::move(names);
    errno = names.error();
    return cannot("list", "");
}

Status StateDirectory::remove(const std::string& name) const {
    return remove(name, kDeepest);
}

Status StateDirectory::remove(const std::string& name, int levels) const {
    if (unlinkat(fd_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    // For a directory, POSIX specifies EPERM and Linux returns EISDIR.
    if (errno != EISDIR && errno != EPERM) return cannot("remove", name);
    if (levels == 0) {
        errno = ELOOP;
        return cannot("remove", name);
    }
    {
        TRY_ASSIGN(const StateDirectory inner, enter(name));
        TRY_ASSIGN(const auto names, inner.list());
        for (const std::string& entry : names) TRY(inner.remove(entry, levels - 1));
    }
    if (unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR) != 0)
        return cannot("remove", name);
    return {};
}

Status StateDirectory::discard(const std::string& name) const {
    TRY_ASSIGN(const bool there, has(name));
    if (!there) return {};
    TRY(remove(kLeaving));
    TRY(rename(name, kLeaving));
    return remove(kLeaving);
}

Status StateDirectory::tidy() const {
    TRY(remove(kTemporary));
    return remove(kLeaving);
}

}  // namespace kmodpp::kernel
