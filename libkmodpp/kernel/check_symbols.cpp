// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the symbols that a module needs are there, and those it exports are new.
#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/text.hpp"
#include "format/symbols.hpp"
#include "kernel/load_attempt.hpp"

namespace kmodpp::kernel {

namespace {

/// Who exports a symbol: a loaded module, or the kernel itself (an empty name).
struct Provider {
    std::string owner;
    std::optional<std::uint32_t> crc;
};

std::optional<Provider> find_provider(const LoadAttempt& attempt, std::string_view name) {
    if (const auto found = attempt.loaded.symbols.find(name);
        found != attempt.loaded.symbols.end())
        return Provider{found->second.owner, found->second.symbol.crc};
    if (const auto own = attempt.kernel_symbols.find(name)) return Provider{{}, own->crc};
    // Of modules that were not loaded by us, the tree still says what they provide.
    for (const std::string& module : attempt.kernel_symbols.providers(name))
        if (std::ranges::find(attempt.loaded.undescribed, module) !=
            attempt.loaded.undescribed.end())
            return Provider{module, std::nullopt};
    return std::nullopt;
}

using Versions = std::map<std::string_view, std::uint32_t>;

/// Resolves the undefined symbols of one module.
class Resolver {
public:
    Resolver(LoadAttempt& attempt, Versions versions)
        : attempt_(attempt), versions_(std::move(versions)) {}

    /// 0 or the errno of this symbol; the kernel goes on to the next one after either.
    [[nodiscard]] int resolve(const elf::Symbol& symbol) {
        const auto provider = find_provider(attempt_, symbol.name);
        if (!provider && symbol.binding == STB_WEAK) return 0;
        if (!provider) return unknown(symbol.name, ENOENT);
        // The kernel holds the exporter before it compares the CRCs, but a load that
        // fails gives every reference back.
        if (!provider->owner.empty()) add_owner(provider->owner);
        if (!same_version(symbol.name, provider->crc)) {
            attempt_.remark(
                cat("disagrees about version of symbol ", printable(symbol.name)));
            return unknown(symbol.name, EINVAL);
        }
        return 0;
    }

    [[nodiscard]] bool same_version(std::string_view name,
                                    std::optional<std::uint32_t> crc) {
        if (!crc) return true;
        if (attempt_.flags.ignore_modversions || versions_.empty()) {
            attempt_.taint('F', cat(printable(name), ": kernel tainted."));
            return true;
        }
        // A symbol without a row is the fault of the tool chain, and is let through.
        const auto expected = versions_.find(name);
        return expected == versions_.end() || expected->second == *crc;
    }

private:
    int unknown(std::string_view name, int code) {
        attempt_.remark(cat("Unknown symbol ", printable(name), " (err -", code, ")"));
        return code;
    }

    void add_owner(const std::string& owner) {
        auto& owners = attempt_.module.owners;
        if (std::ranges::find(owners, owner) == owners.end()) owners.push_back(owner);
    }

    LoadAttempt& attempt_;
    Versions versions_;
};

/// Undefined for the linker, but filled in by the kernel itself.
bool is_ignored(const elf::Symbol& symbol) {
    constexpr std::uint8_t kRegisterType = 13;  // STT_SPARC_REGISTER
    return symbol.name.empty() || symbol.type == kRegisterType ||
           symbol.name == "_GLOBAL_OFFSET_TABLE_" || symbol.name == ".TOC.";
}

}  // namespace

Status check_symbols(LoadAttempt& attempt) {
    const auto malformed = [&](const Error& error) {
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", error.message));
    };
    const auto rows = read_modversions(*attempt.image);
    if (!rows) return malformed(rows.error());
    Versions versions;
    for (const ModVersion& row : *rows) versions.try_emplace(row.name, row.crc);
    auto symbols = attempt.image->symbols();
    if (!symbols) return malformed(symbols.error());

    Resolver resolver(attempt, std::move(versions));
    bool has_init = false, has_exit = false;
    Status verdict;
    for (elf::Symbol symbol : *symbols) {
        if (symbol.st_shndx != SHN_UNDEF) {
            has_init = has_init || symbol.name == "init_module";
            has_exit = has_exit || symbol.name == "cleanup_module";
            continue;
        }
        if (is_ignored(symbol)) continue;
        // 64-bit PowerPC names the entry points of functions so.
        if (symbol.name.starts_with('.')) symbol.name.remove_prefix(1);
        if (const int code = resolver.resolve(symbol)) verdict = attempt.refuse(code);
    }
    attempt.module.line.permanent = has_init && !has_exit;
    return verdict;
}

Status check_exports(LoadAttempt& attempt) {
    const auto refuse = [&](const Error& error) {
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", error.message));
    };
    const auto symbols = read_symbols(*attempt.image);
    if (!symbols) return refuse(symbols.error());
    const auto gpl_only = read_gpl_only_exports(*attempt.image);
    if (!gpl_only) return refuse(gpl_only.error());

    for (const ExportedSymbol& symbol : symbols->exports) {
        const auto other = attempt.loaded.symbols.find(symbol.name);
        if (other != attempt.loaded.symbols.end())
            return attempt.refuse(ENOEXEC,
                                  cat("exports duplicate symbol ", printable(symbol.name),
                                      " (owned by ", other->second.owner, ")"));
        attempt.module.exports.push_back(
            {std::string(symbol.name), symbol.crc,
             std::ranges::binary_search(*gpl_only, symbol.name)});
    }
    return {};
}

}  // namespace kmodpp::kernel
