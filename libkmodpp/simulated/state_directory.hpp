// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory in which the simulated kernel keeps its state: creates, replaces and
// removes its entries.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/root.hpp"

namespace kmodpp::kernel {

/// The files that imitate /proc and /sys need speed, not safety from a power failure,
/// so they are not synced: StagedFiles would take longer than the rest of a load. A
/// file is still replaced with one rename, so that a reader sees the old or the new
/// contents. ModuleStore repairs interrupted changes of several files.
///
/// Names are single entries (see is_entry_name); symlinks are not followed.
class StateDirectory {
public:
    /// Creates the directory if it does not exist.
    [[nodiscard]] static Result<StateDirectory> open(const io::Root& root,
                                                     std::string_view path);
    /// Opens a subdirectory, and creates it if it does not exist.
    [[nodiscard]] Result<StateDirectory> enter(const std::string& name) const;
    [[nodiscard]] Result<bool> has(const std::string& name) const;
    /// Names of all entries, unordered.
    [[nodiscard]] Result<std::vector<std::string>> list() const;

    /// Creates a file, not atomically: for directories that are not visible to readers
    /// yet.
    [[nodiscard]] Result<io::Fd> create(const std::string& name,
                                        std::string_view contents, mode_t mode) const;
    /// Creates or replaces a file atomically.
    [[nodiscard]] Status put(const std::string& name, std::string_view contents,
                             mode_t mode) const;
    [[nodiscard]] Status link(const std::string& name, const std::string& target) const;
    [[nodiscard]] Status rename(const std::string& from, const std::string& to) const;
    /// Removes a file, or a directory with its contents. A missing entry is not an error.
    [[nodiscard]] Status remove(const std::string& name) const;
    /// Like remove(), but a reader never sees a partly removed directory.
    [[nodiscard]] Status discard(const std::string& name) const;
    /// Removes the temporary files of a process that was killed during put() or
    /// discard().
    [[nodiscard]] Status tidy() const;

    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    StateDirectory(io::Fd fd, std::string display)
        : fd_(std::move(fd)), display_(std::move(display)) {}
    /// \param levels of directories that may be nested in `name`
    [[nodiscard]] Status remove(const std::string& name, int levels) const;
    [[nodiscard]] std::unexpected<Error> cannot(std::string_view what,
                                                std::string_view name) const;

    io::Fd fd_;
    std::string display_;
};

}  // namespace kmodpp::kernel
