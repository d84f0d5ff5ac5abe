// SPDX-License-Identifier: LGPL-2.1-or-later
// A root with the databases of one kernel, written from short lines.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "format/index_writer.hpp"
#include "io/root.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"

namespace kmodpp::test {

/// Module directory /lib/modules/6.1.0. Files that are not written do not exist.
class ModuleDirectory {
public:
    static constexpr std::string_view kDirectory = "/lib/modules/6.1.0";

    struct Pair {
        std::string key;
        std::string value;
    };

    ModuleDirectory() : root_(io::Root::open(files_.string()).value()) {}

    [[nodiscard]] const TemporaryDirectory& files() const { return files_; }
    [[nodiscard]] const io::Root& root() const { return root_; }
    [[nodiscard]] MessageLog& messages() { return messages_; }
    /// A path within the root as it is displayed.
    [[nodiscard]] std::string outside(std::string_view path) const {
        return files_.string() + std::string(path);
    }

    /// Writes an index of the pairs; earlier pairs have the better priority.
    void index(std::string_view name, const std::vector<Pair>& pairs) const {
        std::vector<IndexEntry> entries;
        for (const Pair& pair : pairs)
            entries.push_back(
                {pair.key, pair.value, static_cast<std::uint32_t>(entries.size())});
        file(name, write_index(std::move(entries)).value());
    }
    /// Writes a file in the module directory.
    void file(std::string_view name, std::string_view contents) const {
        files_.write(cat(kDirectory.substr(1), "/", name), contents);
    }
    /// Writes modules.dep.bin from lines "kernel/a.ko: kernel/b.ko".
    void dep(const std::vector<std::string>& lines) const {
        std::vector<Pair> pairs;
        for (const std::string& line : lines)
            pairs.push_back({module_name_of_path(line.substr(0, line.find(':'))), line});
        index("modules.dep.bin", pairs);
    }
    void config(std::string_view text) const {
        files_.write("etc/modprobe.d/test.conf", text);
    }

    [[nodiscard]] Catalog catalog(std::string_view command_line = {},
                                  std::vector<std::string> overrides = {}) {
        return {root_,
                root_,
                {"6.1.0", std::string(kDirectory), std::move(overrides)},
                command_line,
                messages_};
    }

private:
    TemporaryDirectory files_;
    io::Root root_;
    MessageLog messages_;
};

}  // namespace kmodpp::test
