// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory in which the simulated kernel keeps its state, and the files in it.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/root.hpp"

namespace kmodpp::kernel {

/// What stands for /proc and /sys has to be quick rather than safe from a power failure:
/// nothing here is synced, and StagedFiles, with its guard and its copies, would cost a
/// load more than all the rest. A file is still replaced with one rename, so that a
/// reader meets the old one or the new one; several files together are made whole again
/// by the journal of ModuleStore.
///
/// Names are single entries (see is_entry_name); symlinks in their place are not
/// followed.
class StateDirectory {
public:
    /// Makes it when it is not there.
    [[nodiscard]] static Result<StateDirectory> open(const io::Root& root,
                                                     std::string_view path);
    /// The directory of that name in this one, made when it is not there.
    [[nodiscard]] Result<StateDirectory> enter(const std::string& name) const;
    [[nodiscard]] Result<bool> has(const std::string& name) const;
    /// In no order.
    [[nodiscard]] Result<std::vector<std::string>> list() const;

    /// Makes a file in a directory that nobody sees yet.
    [[nodiscard]] Result<io::Fd> create(const std::string& name,
                                        std::string_view contents, mode_t mode) const;
    /// Makes or replaces a file.
    [[nodiscard]] Status put(const std::string& name, std::string_view contents,
                             mode_t mode) const;
    [[nodiscard]] Status link(const std::string& name, const std::string& target) const;
    [[nodiscard]] Status rename(const std::string& from, const std::string& to) const;
    /// A file, or a directory and all that is in it. Absent is fine.
    [[nodiscard]] Status remove(const std::string& name) const;
    /// The same, but nobody sees half of it.
    [[nodiscard]] Status discard(const std::string& name) const;
    /// Removes what somebody who was killed at a put or a discard has left.
    [[nodiscard]] Status tidy() const;

    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    StateDirectory(io::Fd fd, std::string display)
        : fd_(std::move(fd)), display_(std::move(display)) {}
    [[nodiscard]] std::unexpected<Error> cannot(std::string_view what,
                                                std::string_view name) const;

    io::Fd fd_;
    std::string display_;
};

}  // namespace kmodpp::kernel
