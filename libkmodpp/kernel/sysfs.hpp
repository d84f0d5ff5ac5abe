// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads files that may be missing, as most files of sysfs may.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::kernel {

/// A file or directory that does not exist counts as absent. One that cannot be read for
/// another reason does too, but with a warning, so that a result is never incomplete
/// without a message.
class Sysfs {
public:
    /// Both must outlive this object.
    Sysfs(const io::Root& root, MessageSink& messages)
        : root_(root), messages_(messages) {}

    [[nodiscard]] const io::Root& root() const { return root_; }
    /// The same with the files of another root.
    [[nodiscard]] Sysfs on(const io::Root& root) const { return {root, messages_}; }

    /// The text of a file without white space at either end.
    [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
    /// The target of a symlink as it is stored.
    [[nodiscard]] std::optional<std::string> link(std::string_view path) const;
    /// The last component of that target; empty if there is no such link.
    [[nodiscard]] std::string linked_name(std::string_view path) const;
    [[nodiscard]] std::optional<std::string> canonical(std::string_view path) const;
    /// Sorted; empty if there is no such directory.
    [[nodiscard]] std::vector<std::string> names(std::string_view path) const;
    [[nodiscard]] std::vector<io::DirectoryEntry> entries(std::string_view path) const;
    [[nodiscard]] bool is_regular(std::string_view path) const;

    /// Prints a warning unless the error is that the file does not exist.
    void report(const Error& error) const;

private:
    template <class T>
    std::optional<T> present(Result<T> result) const;

    const io::Root& root_;
    MessageSink& messages_;
};

}  // namespace kmodpp::kernel
