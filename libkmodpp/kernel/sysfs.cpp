// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/sysfs.hpp"

#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

void Sysfs::report(const Error& error) const {
    if (error.kind != ErrorKind::not_found)
        messages_.message(Priority::warning, error.message);
}

template <class T>
std::optional<T> Sysfs::present(Result<T> result) const {
    if (result) return *std::move(result);
    report(result.error());
    return std::nullopt;
}

std::optional<std::string> Sysfs::text(std::string_view path) const {
    auto text = present(read_state_file(root_, path));
    if (!text) return std::nullopt;
    return std::string(trim(*text));
}

std::optional<std::string> Sysfs::link(std::string_view path) const {
    return present(root_.read_link(path));
}

std::string Sysfs::linked_name(std::string_view path) const {
    const auto target = link(path);
    return target ? std::string(base_name(*target)) : std::string();
}

std::optional<std::string> Sysfs::canonical(std::string_view path) const {
    return present(root_.canonical(path));
}

std::vector<std::string> Sysfs::names(std::string_view path) const {
    return present(root_.list(path)).value_or(std::vector<std::string>{});
}

std::vector<io::DirectoryEntry> Sysfs::entries(std::string_view path) const {
    return present(root_.entries(path)).value_or(std::vector<io::DirectoryEntry>{});
}

bool Sysfs::is_regular(std::string_view path) const {
    const auto status = present(root_.stat(path));
    return status && S_ISREG(status->st_mode);
}

}  // namespace kmodpp::kernel
