// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/installed_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/elf.hpp"
#include "format/export_limits.hpp"
#include "format/modinfo.hpp"
#include "format/symbols.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

namespace {

/// If none of these modules can be read, others are not tried.
constexpr std::size_t kMaxTried = 16;

using Exports = std::map<std::string, kernel::VisibleExport, std::less<>>;

/// Empty if the file is not a readable module.
Exports read_exports(io::ModuleFile& file, const std::string& module) {
    Exports exports;
    const auto image = elf::Image::parse(file);
    if (!image) return exports;
    const auto symbols = read_symbols(*image);
    const auto gpl_only = read_gpl_only_exports(*image);
    const auto namespaces = read_export_namespaces(*image);
    if (!symbols || !gpl_only || !namespaces) return exports;
    for (const ExportedSymbol& symbol : symbols->exports) {
        kernel::VisibleExport& found = exports[std::string(symbol.name)];
        found.owner = module;
        found.crc = symbol.crc;
        found.gpl_only = std::ranges::binary_search(*gpl_only, symbol.name);
    }
    for (const ExportNamespace& entry : *namespaces)
        if (const auto at = exports.find(entry.symbol); at != exports.end())
            at->second.symbol_namespace = entry.name;
    return exports;
}

std::optional<kernel::KernelIdentity> read_identity(const io::Root& root,
                                                    const std::string& path) {
    auto file = io::ModuleFile::open(root, path);
    if (!file) return std::nullopt;
    const auto image = elf::Image::parse(*file);
    if (!image) return std::nullopt;
    const auto info = read_modinfo(*image);
    if (!info) return std::nullopt;
    const auto vermagic = find_info(*info, "vermagic");
    if (!vermagic) return std::nullopt;
    return kernel::KernelIdentity{std::string(*vermagic), image->e_machine(),
                                  image->is_64(), image->order()};
}

std::unexpected<Error> not_running(std::string_view release) {
    return fail(ErrorKind::unsupported,
                cat(release, " is installed, but not the running kernel"), ENOSYS);
}

}  // namespace

Result<std::unique_ptr<InstalledKernel>> InstalledKernel::open(Catalog& catalog,
                                                               const DepmodConfig& config,
                                                               bool signatures_enforced,
                                                               MessageSink& messages) {
    auto kernel = std::unique_ptr<InstalledKernel>(
        new InstalledKernel(catalog, config, signatures_enforced, messages));
    TRY_ASSIGN(auto exports, read_kernel_exports(catalog.root(), catalog.directory(),
                                                 catalog.release()));
    kernel->has_symvers_ = !exports.file.empty();
    for (auto& [name, state] : exports.symbols)
        kernel->own_.emplace(std::move(name),
                             kernel::VisibleExport{"", state.crc, state.gpl_only,
                                                   std::move(state.symbol_namespace)});
    return kernel;
}

void InstalledKernel::add_file(io::ModuleFile& file, const std::string& module) {
    for (auto& [name, symbol] : read_exports(file, module))
        added_.insert_or_assign(name, symbol);
}

std::set<std::string> InstalledKernel::take_assumed() {
    return std::exchange(assumed_, {});
}

Status InstalledKernel::load(io::ModuleFile&, const std::string&, kernel::LoadFlags) {
    return not_running(catalog_.release());
}

Status InstalledKernel::unload(const std::string&, kernel::UnloadFlags) {
    return not_running(catalog_.release());
}

Result<long> InstalledKernel::refcount(std::string_view) {
    return not_running(catalog_.release());
}

kernel::KernelIdentity InstalledKernel::identity() {
    if (identity_) return *identity_;
    identity_.emplace();
    std::vector<std::string> paths;
    const auto listed =
        catalog_.for_each(Database::dep, [&](std::string_view, const IndexValue& line) {
            std::string_view rest = line.value;
            if (paths.size() < kMaxTried && rest.starts_with(kOwnModules))
                paths.push_back(cat(catalog_.directory(), "/", take_until(rest, ':')));
        });
    if (!listed) return *identity_;
    for (const std::string& path : paths)
        if (auto read = read_identity(catalog_.root(), path)) {
            identity_ = *std::move(read);
            break;
        }
    return *identity_;
}

InitState InstalledKernel::state(std::string_view name) {
    const std::string normalised = normalise_module_name(name);
    if (const auto entry = catalog_.find_module(normalised); entry && *entry)
        return InitState::live;
    return catalog_.is_builtin(normalised).value_or(false) ? InitState::builtin
                                                           : InitState::absent;
}

std::optional<kernel::VisibleExports> InstalledKernel::exports(
    const std::set<std::string, std::less<>>& symbols) {
    kernel::VisibleExports visible;
    for (const std::string& symbol : symbols) {
        if (const auto added = added_.find(symbol); added != added_.end())
            visible.emplace(symbol, added->second);
        else if (const auto own = own_.find(symbol); own != own_.end())
            visible.emplace(symbol, own->second);
        else if (const auto* const found = find_in_modules(symbol))
            visible.emplace(symbol, *found);
        else if (const auto crc = has_symvers_ ? std::nullopt : expected_version(symbol))
            visible.emplace(symbol, kernel::VisibleExport{"", *crc});
        else if (!has_symvers_) {
            visible.emplace(symbol, kernel::VisibleExport{""});
            assumed_.insert(symbol);
        }
    }
    return visible;
}

const kernel::VisibleExport* InstalledKernel::find_in_modules(const std::string& symbol) {
    const auto matches = catalog_.search(Database::symbols, cat("symbol:", symbol));
    if (!matches) return nullptr;
    for (const NamedModule& match : *matches) {
        const Exports& exports = exports_of(match.name);
        if (const auto found = exports.find(symbol); found != exports.end())
            return &found->second;
    }
    return nullptr;
}

const InstalledKernel::Exports& InstalledKernel::exports_of(const std::string& module) {
    const auto [at, is_new] = by_module_.try_emplace(module);
    if (!is_new) return at->second;
    const auto entry = catalog_.find_module(module);
    if (!entry || !*entry) return at->second;
    if (auto file = io::ModuleFile::open(catalog_.root(), (*entry)->path))
        at->second = read_exports(*file, module);
    return at->second;
}

std::optional<std::uint32_t> InstalledKernel::expected_version(
    const std::string& symbol) {
    if (!expected_) {
        auto read = read_expected_versions(catalog_.root(), catalog_.directory(),
                                           catalog_.release(), config_, messages_);
        expected_ = std::move(read).value_or(ExpectedVersions());
    }
    const auto found = expected_->find(symbol);
    return found == expected_->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace kmodpp
