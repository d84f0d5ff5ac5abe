// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the modules of a kernel release with the total size of the files that are loaded
// with them: their own, and those of their dependencies. The largest comes first.
//
//   footprint ROOT RELEASE
//
// Prints the size in bytes, the number of files, and the name. Soft dependencies that the
// modules themselves state count, too. Exit status: 0 on success, 1 on an error, 2 if the
// arguments are not valid.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

namespace {

using kmodpp::ModulePlace;

struct Row {
    std::uint64_t bytes = 0;
    std::size_t files = 0;
    std::string name;
};

kmodpp::Result<std::vector<Row>> measure(const kmodpp::Context& context) {
    const auto modules = context.modules();
    if (!modules) return std::unexpected(modules.error());
    std::map<std::string, std::uint64_t> sizes;
    for (const kmodpp::InstalledModule& module : *modules)
        sizes[module.name] = module.size.value_or(0);

    std::vector<Row> rows;
    for (const kmodpp::InstalledModule& module : *modules) {
        if (module.place == ModulePlace::builtin) continue;
        const auto needed = context.relations({.names = {module.name}});
        if (!needed) return std::unexpected(needed.error());
        Row row{.name = module.name};
        for (const auto& node : needed->nodes) {
            row.bytes += sizes[node.name];
            row.files += node.kind == kmodpp::ModuleGraph::Node::Kind::file;
        }
        rows.push_back(row);
    }
    std::ranges::stable_sort(rows, std::greater(), &Row::bytes);
    return rows;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: footprint ROOT RELEASE\n";
        return 2;
    }
    kmodpp::StandardErrorSink sink;
    // No configuration: the aliases and soft dependencies of this host do not count.
    const auto context = kmodpp::Context::create(
        {.root = argv[1], .release = argv[2], .config = {""}}, sink);
    const auto rows = context ? measure(*context) : std::unexpected(context.error());
    if (!rows) {
        sink.message(kmodpp::Priority::error, rows.error().message);
        return 1;
    }
    for (const Row& row : *rows)
        std::cout << row.bytes << '\t' << row.files << '\t' << row.name << '\n';
    return 0;
}
