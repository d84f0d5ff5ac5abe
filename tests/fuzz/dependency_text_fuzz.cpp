// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the text databases of a module directory through their readers: a line of
// modules.dep; modules.devname, modules.softdep, modules.weakdep and modules.order.
//
//   | size u8 | module name | size u8 | line of modules.dep | text of a database |
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/scan.hpp"
#include "format/devname.hpp"
#include "format/index_writer.hpp"
#include "fuzz/fuzz.hpp"
#include "io/fd.hpp"
#include "io/file.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"

namespace kmodpp::test {

namespace {

constexpr std::string_view kDirectory = "/lib/modules/6.1.0";

/// A module directory on disk, created once; only its databases change.
class Tree {
public:
    Tree() {
        for (const std::string_view module : kModules)
            directory_.write(cat(kDirectory.substr(1), "/kernel/", module, ".ko"), "");
        auto root = io::Root::open(directory_.string());
        claim(root.has_value(), "the directory can be opened");
        root_.emplace(*std::move(root));
    }
    /// Replaces the file with a new one: a mapping of the old file keeps its contents,
    /// and ext4 does not wait for the disk, as it does if a file is truncated to 0 and
    /// written again.
    void write(std::string_view name, std::string_view text) const {
        constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
        const std::string path = cat(directory_.string(), kDirectory, "/", name);
        ::unlink(path.c_str());
        const io::Fd fd(::open(path.c_str(), kFlags, 0644));
        claim(fd && io::write_all(fd.get(), text), "a database is written");
    }
    [[nodiscard]] const io::Root& root() const { return *root_; }

    static constexpr std::string_view kModules[] = {"a", "b-b", "c"};

private:
    TemporaryDirectory directory_;
    std::optional<io::Root> root_;
};

void check_devname(std::string_view text) {
    const DevnameFile file = parse_devname(text);
    std::string written;
    for (const DeviceNode& node : file.nodes) {
        claim(!node.path.empty() && node.path.front() != '/' &&
                  !cat("/", node.path, "/").contains("/../"),
              "a node is a path under /dev");
        written += format_devname_line(node);
    }
    const DevnameFile again = parse_devname(written);
    claim(again.remarks.empty() && again.nodes.size() == file.nodes.size(),
          "nodes can be written and read again");
}

void check_catalog(const Tree& tree, std::string_view name, std::string_view line) {
    MessageLog log;
    Catalog catalog(tree.root(), tree.root(), {"6.1.0", std::string(kDirectory), {}}, "",
                    log);
    const auto entry = catalog.find_module(name);
    if (!entry) {
        claim(entry.error().message.contains("modules.dep.bin"),
              "the error names the file");
        return;
    }
    claim(entry->has_value(), "a name in the database is found");
    claim((*entry)->path.starts_with('/'), "the path of a module is absolute");
    std::string_view rest = line;
    static_cast<void>(take_until(rest, ':'));
    claim((*entry)->dependencies.size() == split_words(rest).size(),
          "every word after the colon is a dependency");
}

void check_order(const Tree& tree) {
    MessageLog log;
    const DepmodConfig config;
    const ScanRequest request{.root = tree.root(),
                              .directory = std::string(kDirectory),
                              .release = "6.1.0",
                              .config = config,
                              .files = {},
                              .jobs = 1};
    const auto found = scan(request, log);
    claim(found && found->modules.size() == std::size(Tree::kModules),
          "modules.order neither adds nor removes modules");
}

}  // namespace

void fuzz_one(Bytes input) {
    static const Tree tree;
    Cutter cut(input);
    const std::string_view name = cut.text();
    std::string_view line = cut.text();
    line = line.substr(0, line.find('\0'));
    const auto index = write_index({{name, line, 0}});
    const std::string_view text = cut.rest();
    check_devname(text);
    tree.write("modules.softdep", text);
    tree.write("modules.weakdep", text);
    if (index) {
        tree.write("modules.dep.bin", *index);
        check_catalog(tree, name, line);
    }
    tree.write("modules.order", text);
    check_order(tree);
}

}  // namespace kmodpp::test
