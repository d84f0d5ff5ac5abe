// SPDX-License-Identifier: LGPL-2.1-or-later
// Resolves the symbols that a module needs and checks their versions, licences and
// namespaces (source: simplify_symbols, resolve_symbol).
#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/export_limits.hpp"
#include "format/symbol_namespace.hpp"
#include "format/symbols.hpp"
#include "simulated/load_attempt.hpp"
#include "simulated/module_directory.hpp"

namespace kmodpp::kernel {

namespace {

using Clock = std::chrono::steady_clock;

/// The exporter of a symbol: a loaded module, or the kernel itself (an empty name).
struct Provider {
    std::string owner;
    Export symbol;
};

/// On 64-bit PowerPC the entry point of a function is named with a leading dot.
std::string_view without_dot(std::string_view name) {
    if (name.starts_with('.')) name.remove_prefix(1);
    return name;
}

/// Resolves the undefined symbols of one module.
class Resolver {
public:
    Resolver(LoadAttempt& attempt, const LoadedExports& loaded)
        : attempt_(attempt), loaded_(loaded) {}

    /// An exporter whose init function still runs.
    [[nodiscard]] const LoadedModule* unfinished_exporter(std::string_view name) const {
        const auto provider = find(name);
        if (!provider || provider->owner.empty()) return nullptr;
        const LoadedModule* const owner = attempt_.store->find(provider->owner);
        return owner != nullptr && owner->state == InitState::coming ? owner : nullptr;
    }

    /// 0 or the errno for this symbol; the kernel continues with the next symbol in both
    /// cases.
    [[nodiscard]] Result<int> resolve(const elf::Symbol& symbol) {
        const auto provider = find(symbol.name);
        uses_gpl_only_ = uses_gpl_only_ || (provider && provider->symbol.gpl_only);
        if (!provider || !inherit_taint(*provider, symbol.name)) {
            if (symbol.binding == STB_WEAK) return 0;
            return unknown(symbol.name, ENOENT);
        }
        TRY_ASSIGN(const bool fits,
                   has_version(attempt_, symbol.name, provider->symbol.crc));
        if (!fits || !may_use(provider->symbol)) return unknown(symbol.name, EINVAL);
        if (const int code = hold(provider->owner)) return unknown(symbol.name, code);
        return 0;
    }

private:
    [[nodiscard]] bool may_see(const Export& symbol) const {
        return !symbol.gpl_only || !attempt_.module.line.taint.contains('P');
    }

    [[nodiscard]] std::optional<Provider> find(std::string_view name) const {
        const auto own = attempt_.kernel_symbols.find(name);
        const bool has_own = own && may_see(*own);
        if (has_own && attempt_.kernel_symbols.listed()) return Provider{{}, *own};
        if (const auto found = loaded_.symbols.find(name);
            found != loaded_.symbols.end() && may_see(found->second.symbol))
            return Provider{found->second.owner, found->second.symbol};
        // If the kernel's exports are not listed, it exports every symbol that no module
        // exports.
        if (has_own) return Provider{{}, *own};
        // The tree lists the exports of modules that were not loaded through this
        // library.
        for (const std::string& module : attempt_.kernel_symbols.providers(name))
            if (std::ranges::find(loaded_.undescribed, module) !=
                loaded_.undescribed.end())
                return Provider{module, {.name = std::string(name), .crc = std::nullopt}};
        return std::nullopt;
    }

    /// A module that uses a proprietary module counts as proprietary, and must then not
    /// use GPL-only symbols.
    [[nodiscard]] bool inherit_taint(const Provider& provider, std::string_view name) {
        const LoadedModule* const owner =
            provider.owner.empty() ? nullptr : attempt_.store->find(provider.owner);
        if (owner == nullptr || !owner->taint.contains('P')) return true;
        if (uses_gpl_only_) {
            attempt_.remark(cat("module using GPL-only symbols uses symbols ",
                                printable(name), " from proprietary module ", owner->name,
                                "."));
            return false;
        }
        std::string& letters = attempt_.module.line.taint;
        if (letters.contains('P')) return true;
        attempt_.remark(cat("module uses symbols ", printable(name),
                            " from proprietary module ", owner->name,
                            ", inheriting taint."));
        letters.insert(letters.begin(), 'P');
        return true;
    }

    [[nodiscard]] bool may_use(const Export& symbol) {
        const std::string& wanted = symbol.symbol_namespace;
        if (may_use_namespace(wanted, attempt_.module.line.name, attempt_.info))
            return true;
        attempt_.remark(cat("module uses symbol (", symbol.name, ") from namespace ",
                            printable(wanted), ", but does not import it."));
        return false;
    }

    /// Takes a reference to an exporter. A failed load drops them all.
    [[nodiscard]] int hold(const std::string& owner) {
        if (owner.empty()) return 0;
        const LoadedModule* const module = attempt_.store->find(owner);
        if (module != nullptr && module->state == InitState::going) return ENOENT;
        if (module != nullptr && module->state == InitState::coming) {
            attempt_.remark(cat("gave up waiting for init of module ", owner, "."));
            return EBUSY;
        }
        auto& owners = attempt_.module.owners;
        if (std::ranges::find(owners, owner) == owners.end()) owners.push_back(owner);
        return 0;
    }

    int unknown(std::string_view name, int code) {
        attempt_.remark(cat("Unknown symbol ", printable(name), " (err -", code, ")"));
        return code;
    }

    LoadAttempt& attempt_;
    const LoadedExports& loaded_;
    bool uses_gpl_only_ = false;
};

/// Symbols that are undefined for the linker but set by the kernel itself.
bool is_ignored(const elf::Symbol& symbol) {
    constexpr std::uint8_t kRegisterType = 13;  // STT_SPARC_REGISTER
    return symbol.name.empty() || symbol.type == kRegisterType ||
           symbol.name == "_GLOBAL_OFFSET_TABLE_" || symbol.name == ".TOC.";
}

/// Collects the undefined symbols, and records in the module's line whether it has init
/// and exit functions.
std::vector<elf::Symbol> needed_symbols(LoadAttempt& attempt,
                                        const std::vector<elf::Symbol>& symbols) {
    std::vector<elf::Symbol> needed;
    bool has_init = false, has_exit = false;
    for (elf::Symbol symbol : symbols) {
        if (symbol.st_shndx != SHN_UNDEF) {
            has_init = has_init || symbol.name == "init_module";
            has_exit = has_exit || symbol.name == "cleanup_module";
            continue;
        }
        if (is_ignored(symbol)) continue;
        symbol.name = without_dot(symbol.name);
        needed.push_back(symbol);
    }
    attempt.module.line.permanent = has_init && !has_exit;
    return needed;
}

/// True if the init function of an exporter must end first.
bool has_to_wait(LoadAttempt& attempt, const Resolver& resolver,
                 const std::vector<elf::Symbol>& needed) {
    if (attempt.wait_until && Clock::now() >= *attempt.wait_until) return false;
    for (const elf::Symbol& symbol : needed) {
        const LoadedModule* const exporter = resolver.unfinished_exporter(symbol.name);
        if (exporter == nullptr ||
            loader_of(attempt.root, exporter->name) != Loader::alive)
            continue;
        if (!attempt.wait_until) attempt.wait_until = Clock::now() + kExporterTimeout;
        attempt.wait = Wait{exporter->name, attempt.wait_until};
        return true;
    }
    return false;
}

std::unexpected<Error> refuse(LoadAttempt& attempt, const Error& error) {
    return attempt.refuse(ENOEXEC, cat("invalid ELF: ", error.message));
}

/// The first row of each symbol counts.
Result<std::optional<std::uint32_t>> expected_version(LoadAttempt& attempt,
                                                      std::string_view symbol) {
    if (!attempt.versions) {
        TRY_ASSIGN(const auto rows, read_modversions(*attempt.image));
        attempt.versions.emplace();
        for (const ModVersion& row : rows)
            attempt.versions->try_emplace(without_dot(row.name), row.crc);
    }
    const auto row = attempt.versions->find(symbol);
    if (row == attempt.versions->end()) return std::nullopt;
    return row->second;
}

}  // namespace

Result<bool> has_version(LoadAttempt& attempt, std::string_view symbol,
                         std::optional<std::uint32_t> crc) {
    // Without CONFIG_MODVERSIONS neither the kernel nor its modules have CRCs.
    if (!crc) return true;
    const bool extended = attempt.image->find("__version_ext_crcs") != nullptr;
    const bool versioned = extended || attempt.image->find("__versions") != nullptr;
    if (attempt.flags.ignore_modversions || !versioned) {
        if (!attempt.description.forced_load) return false;
        TRY(attempt.force(symbol));
        return true;
    }
    const auto expected = expected_version(attempt, symbol);
    if (!expected) return refuse(attempt, expected.error());
    if (!*expected) {
        // A toolchain bug: the kernel accepts it and warns once per boot.
        const std::string_view missing =
            extended ? "no extended symbol version for " : "no symbol version for ";
        if (!attempt.store->has_logged(missing))
            attempt.remark(cat(missing, printable(symbol)));
        return true;
    }
    if (**expected == *crc) return true;
    attempt.remark(cat("disagrees about version of symbol ", printable(symbol)));
    return false;
}

Status check_struct_version(LoadAttempt& attempt) {
    constexpr std::string_view kSymbol = "module_layout";
    // If the kernel's exports are unknown, it is assumed to have the symbol.
    const auto own = attempt.kernel_symbols.find(kSymbol);
    if (!own) return {};
    TRY_ASSIGN(const bool fits, has_version(attempt, kSymbol, own->crc));
    if (!fits) return attempt.refuse(ENOEXEC);
    return {};
}

Status check_symbols(LoadAttempt& attempt) {
    const auto symbols = attempt.image->symbols();
    if (!symbols) return refuse(attempt, symbols.error());
    const auto needed = needed_symbols(attempt, *symbols);
    TRY_ASSIGN(const LoadedExports* const loaded, attempt.store->exports());
    Resolver resolver(attempt, *loaded);
    if (has_to_wait(attempt, resolver, needed)) return {};
    Status verdict;
    for (const elf::Symbol& symbol : needed) {
        TRY_ASSIGN(const int code, resolver.resolve(symbol));
        if (code != 0) verdict = attempt.refuse(code);
    }
    return verdict;
}

Status check_exports(LoadAttempt& attempt) {
    const auto symbols = read_symbols(*attempt.image);
    if (!symbols) return refuse(attempt, symbols.error());
    const auto gpl_only = read_gpl_only_exports(*attempt.image);
    if (!gpl_only) return refuse(attempt, gpl_only.error());
    const auto namespaces = read_export_namespaces(*attempt.image);
    if (!namespaces) return refuse(attempt, namespaces.error());
    TRY_ASSIGN(const LoadedExports* const loaded, attempt.store->exports());

    // If no export has a CRC, namespace strings are among the names.
    const auto is_namespace = [&](const ExportedSymbol& symbol) {
        return !symbol.crc &&
               std::ranges::find(*namespaces, symbol.name, &ExportNamespace::name) !=
                   namespaces->end();
    };
    for (const ExportedSymbol& symbol : symbols->exports) {
        if (is_namespace(symbol)) continue;
        std::string_view owner;
        const auto other = loaded->symbols.find(symbol.name);
        if (attempt.kernel_symbols.listed() && attempt.kernel_symbols.find(symbol.name))
            owner = "kernel";
        else if (other != loaded->symbols.end())
            owner = other->second.owner;
        if (!owner.empty())
            return attempt.refuse(ENOEXEC,
                                  cat("exports duplicate symbol ", printable(symbol.name),
                                      " (owned by ", owner, ")"));
        const auto found = std::ranges::lower_bound(*namespaces, symbol.name, {},
                                                    &ExportNamespace::symbol);
        const bool has_namespace =
            found != namespaces->end() && found->symbol == symbol.name;
        attempt.module.exports.push_back(
            {std::string(symbol.name), symbol.crc,
             std::ranges::binary_search(*gpl_only, symbol.name),
             has_namespace ? std::string(found->name) : std::string()});
    }
    return {};
}

}  // namespace kmodpp::kernel
