// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds exported symbols in /proc/kallsyms by their __ksymtab_ entries.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "io/root.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// Parses /proc/kallsyms piece by piece; a line is "ADDRESS TYPE NAME[<TAB>[MODULE]]".
class KallsymsReader {
public:
    /// \param wanted must outlive the reader
    explicit KallsymsReader(const std::set<std::string, std::less<>>& wanted)
        : wanted_(wanted) {}

    void add(std::string_view piece);
    /// nullopt if the list has no exports, as in a kernel without CONFIG_KALLSYMS_ALL.
    [[nodiscard]] std::optional<VisibleExports> take() &&;

private:
    void add_line(std::string_view line);

    struct Place {
        std::string symbol;
        std::uint64_t address;
    };
    const std::set<std::string, std::less<>>& wanted_;
    std::string rest_;  ///< start of a line that is not complete yet
    bool shows_exports_ = false;
    VisibleExports found_;
    std::vector<Place> own_;  ///< exports of the kernel itself
    std::uint64_t gpl_begin_ = 0, gpl_end_ = 0;
};

/// nullopt also if the file cannot be read.
[[nodiscard]] std::optional<VisibleExports> read_kallsyms(
    const io::Root& root, const std::set<std::string, std::less<>>& wanted);

}  // namespace kmodpp::kernel
