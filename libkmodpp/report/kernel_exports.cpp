// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kernel_exports.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "catalog/scan.hpp"
#include "format/elf.hpp"
#include "format/symbols.hpp"
#include "format/symvers.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"

namespace kmodpp {

namespace {

/// Where the kernel build, or a distribution, puts the list of exported symbols. %
/// stands for the release, . for the module directory. The first one that exists is
/// used.
constexpr std::array<std::string_view, 5> kSymversPlaces = {
    "./build/Module.symvers", "./symvers", "/boot/symvers-%",
    "/usr/src/linux-headers-%/Module.symvers", "/usr/src/kernels/%/Module.symvers"};
constexpr std::array<std::string_view, 4> kSymversSuffixes = {"", ".gz", ".xz", ".zst"};

struct Place {
    const io::Root& root;
    const std::string& directory;
    const std::string& release;
};

std::string expand(std::string_view form, const Place& place) {
    std::string path;
    if (form.starts_with('.')) {
        path = place.directory;
        form.remove_prefix(1);
    }
    const std::size_t mark = form.find('%');
    path += form.substr(0, mark);
    if (mark != std::string_view::npos)
        path += place.release + std::string(form.substr(mark + 1));
    return path;
}

Result<std::optional<std::string>> find_symvers(const Place& place) {
    for (const std::string_view form : kSymversPlaces)
        for (const std::string_view suffix : kSymversSuffixes) {
            std::string path = cat(expand(form, place), suffix);
            const auto status = place.root.stat(path);
            if (status) return path;
            if (status.error().kind != ErrorKind::not_found)
                return std::unexpected(status.error());
        }
    return std::nullopt;
}

/// Reads the list of the kernel build.
Status read_symvers(io::ModuleFile& file, KernelExports& out) {
    TRY_ASSIGN(const auto text, file.contents());
    TRY_ASSIGN(const auto exports, parse_symvers(as_text(text)));
    // A kernel without symbol versions has a column of zeros.
    const bool versioned = std::ranges::any_of(
        exports, [](const KernelExport& one) { return one.crc.value_or(0) != 0; });
    for (const KernelExport& symbol : exports) {
        ExportedState state{.owner = "", .crc = symbol.crc, .gpl_only = symbol.gpl_only};
        if (!versioned) state.crc.reset();
        state.symbol_namespace = symbol.symbol_namespace;
        out.symbols.emplace_back(symbol.name, std::move(state));
    }
    return {};
}

/// The versions that a module expects; empty if it cannot be read.
std::vector<std::pair<std::string, std::uint32_t>> expected_versions(
    const io::Root& root, const FoundModule& module) {
    std::vector<std::pair<std::string, std::uint32_t>> versions;
    auto file = io::ModuleFile::open_scanned(root, module.opened);
    if (!file) return versions;
    const auto image = elf::Image::parse(*file);
    if (!image) return versions;
    if (const auto rows = read_modversions(*image))
        for (const ModVersion& row : *rows) versions.emplace_back(row.name, row.crc);
    return versions;
}

}  // namespace

Result<KernelExports> read_kernel_exports(const io::Root& root,
                                          const std::string& directory,
                                          const std::string& release) {
    KernelExports exports;
    TRY_ASSIGN(const auto path, find_symvers({root, directory, release}));
    if (!path) return exports;
    TRY_ASSIGN(auto file, io::ModuleFile::open(root, *path));
    if (const auto read = read_symvers(file, exports); !read)
        return std::unexpected(within(read.error(), file.path()));
    exports.file = file.path();
    return exports;
}

Result<ExpectedVersions> read_expected_versions(const io::Root& root,
                                                const std::string& directory,
                                                const std::string& release,
                                                const DepmodConfig& config,
                                                MessageSink& messages) {
    TRY_ASSIGN(ScanResult found, scan({.root = root,
                                       .directory = directory,
                                       .release = release,
                                       .config = config,
                                       .strict = true,
                                       .path_order = true},
                                      messages));
    // Other directories may contain modules that were built for another kernel.
    std::erase_if(found.modules, [](const FoundModule& module) {
        return !module.database.starts_with(kOwnModules);
    });
    const std::size_t count = found.modules.size();
    std::vector<std::vector<std::pair<std::string, std::uint32_t>>> read(count);
    io::for_each_in_parallel(io::useful_threads(count), count, [&](std::size_t i) {
        read[i] = expected_versions(root, found.modules[i]);
    });
    ExpectedVersions versions;
    for (auto& rows : read)
        for (auto& [name, crc] : rows) versions.emplace(std::move(name), crc);
    return versions;
}

}  // namespace kmodpp
