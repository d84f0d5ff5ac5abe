// SPDX-License-Identifier: LGPL-2.1-or-later
// The classes of hostile input: how the inputs of each are made and checked.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hostile/judge.hpp"

namespace kmodpp::test {

/// A class of inputs, identified by number. The same seeds give the same inputs.
class Subject {
public:
    virtual ~Subject() = default;
    /// The number of inputs if it is finite; otherwise \p wanted.
    [[nodiscard]] virtual std::size_t count(std::size_t wanted) const { return wanted; }
    [[nodiscard]] virtual std::string input(std::size_t number) const = 0;
    /// Runs the library on an input.
    [[nodiscard]] virtual Verdict judge(const std::string& input, std::size_t number) = 0;
};

struct Setting {
    std::string seeds;  ///< directory with modules/ and streams/
    std::string root;   ///< root of a simulated kernel 6.1.0, empty at first
};

struct SubjectRow {
    std::string_view name;
    std::unique_ptr<Subject> (*make)(const Setting&);
    std::size_t usual;  ///< number of inputs of a whole run
};
[[nodiscard]] const std::vector<SubjectRow>& all_subjects();

// Each is defined in its own file.
[[nodiscard]] std::unique_ptr<Subject> module_truncations(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> module_fields(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> module_noise(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> index_truncations(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> index_noise(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> compressed_streams(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> config_texts(const Setting& setting);
[[nodiscard]] std::unique_ptr<Subject> hostile_names(const Setting& setting);

/// Shared helpers.
inline constexpr std::string_view kRelease = "6.1.0";
inline constexpr std::string_view kModules = "/lib/modules/6.1.0";
[[nodiscard]] std::string read_file(const std::string& path);
/// Writes or replaces a file; creates its directories.
void write_file(const std::string& path, std::string_view contents);
/// Returns (file name, contents), sorted by name.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_folder(
    const std::string& folder);

}  // namespace kmodpp::test
