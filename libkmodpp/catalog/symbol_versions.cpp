// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/symbol_versions.hpp"

#include <string>

#include "format/elf.hpp"
#include "format/symbols.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

namespace {

/// Runs `read` on the ELF image of a module file; errors name the file.
template <class Read>
Result<std::vector<SymbolVersion>> with_image(const io::Root& root, std::string_view path,
                                              Read read) {
    TRY_ASSIGN(auto file, io::ModuleFile::open(root, path));
    auto image = elf::Image::parse(file);
    if (!image) return std::unexpected(within(std::move(image).error(), file.path()));
    auto versions = read(*image);
    if (!versions)
        return std::unexpected(within(std::move(versions).error(), file.path()));
    return versions;
}

}  // namespace

Result<std::vector<SymbolVersion>> read_symbol_versions(const io::Root& root,
                                                        std::string_view path) {
    return with_image(root, path,
                      [](const elf::Image& image) -> Result<std::vector<SymbolVersion>> {
                          TRY_ASSIGN(const auto rows, read_modversions(image));
                          std::vector<SymbolVersion> versions;
                          versions.reserve(rows.size());
                          for (const ModVersion& row : rows)
                              versions.push_back({std::string(row.name), row.crc});
                          return versions;
                      });
}

Result<std::vector<SymbolVersion>> read_exports(const io::Root& root,
                                                std::string_view path) {
    return with_image(root, path,
                      [](const elf::Image& image) -> Result<std::vector<SymbolVersion>> {
                          TRY_ASSIGN(const auto symbols, read_symbols(image));
                          std::vector<SymbolVersion> versions;
                          versions.reserve(symbols.exports.size());
                          for (const ExportedSymbol& symbol : symbols.exports)
                              versions.push_back({std::string(symbol.name), symbol.crc});
                          return versions;
                      });
}

}  // namespace kmodpp
