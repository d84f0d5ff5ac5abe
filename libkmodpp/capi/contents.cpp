// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads modinfo, symbol versions and symbols from a module file.
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "capi/context.hpp"
#include "capi/list.hpp"
#include "format/build_id.hpp"
#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/signature.hpp"
#include "format/symbols.hpp"
#include "io/module_file.hpp"
#include "plan/step_file.hpp"

namespace {

using kmodpp::ByteSource;
using kmodpp::cat;
using kmodpp::Status;
using kmodpp::capi::guarded_code;
using kmodpp::capi::InfoItem;
using kmodpp::capi::item_of;
using kmodpp::capi::ListBuilder;
using kmodpp::capi::SymbolItem;
using kmodpp::elf::Image;

/// Keys and signatures are wrapped after this many bytes, as in kmod.
constexpr std::size_t kBytesPerLine = 20;

void add_signature(ByteSource& file, ListBuilder& list) {
    const auto signature = kmodpp::read_signature(file);
    if (!signature || !*signature) return;
    const kmodpp::ModuleSignature& found = **signature;
    list.append(InfoItem{"sig_id", std::string(to_string(found.kind))});
    list.append(InfoItem{"signer", found.signer});
    list.append(InfoItem{"sig_key", kmodpp::hex_bytes(found.key_id, kBytesPerLine)});
    list.append(InfoItem{"sig_hashalgo", found.hash_algorithm});
    list.append(InfoItem{"signature", kmodpp::hex_bytes(found.signature, kBytesPerLine)});
}

void add_entry(const kmodpp::InfoEntry& entry, ListBuilder& list) {
    list.append(InfoItem{std::string(entry.key), std::string(entry.value)});
}

/// As in kmod, a missing or empty section is an error, not an empty list.
Status nothing_found(std::string_view what) {
    return kmodpp::fail(kmodpp::ErrorKind::not_found, cat("there are no ", what),
                        ENODATA);
}

Status add_info(ByteSource& file, const Image& image, ListBuilder& list) {
    TRY_ASSIGN(const auto entries, kmodpp::read_modinfo(image));
    if (entries.empty()) return nothing_found("entries in .modinfo");
    for (const auto& entry : entries) add_entry(entry, list);
    if (const std::string id = kmodpp::read_build_id(image); !id.empty())
        list.append(InfoItem{"build-id", kmodpp::hex_bytes(id, kBytesPerLine)});
    add_signature(file, list);
    return {};
}

Status add_builtin_info(const kmod_module& module, ListBuilder& list) {
    TRY_ASSIGN(const auto* const entries, module.context.databases().builtin_modinfo());
    for (const kmodpp::BuiltinInfoEntry& entry : *entries)
        if (kmodpp::same_module_name(entry.module, module.name))
            add_entry(entry.info, list);
    return {};
}

Status add_versions(ByteSource&, const Image& image, ListBuilder& list) {
    TRY_ASSIGN(const auto versions, kmodpp::read_modversions(image));
    if (versions.empty()) return nothing_found("symbol versions");
    for (const kmodpp::ModVersion& version : versions)
        list.append(SymbolItem{std::string(version.name), version.crc});
    return {};
}

Status add_exports(ByteSource&, const Image& image, ListBuilder& list) {
    TRY_ASSIGN(const auto symbols, kmodpp::read_symbols(image));
    if (symbols.exports.empty()) return nothing_found("exported symbols");
    for (const kmodpp::ExportedSymbol& symbol : symbols.exports)
        list.append(SymbolItem{std::string(symbol.name), symbol.crc.value_or(0)});
    return {};
}

Status add_needs(ByteSource&, const Image& image, ListBuilder& list) {
    TRY_ASSIGN(const auto symbols, kmodpp::read_symbols(image));
    if (symbols.needs.empty()) return nothing_found("needed symbols");
    for (const kmodpp::NeededSymbol& symbol : symbols.needs)
        list.append(SymbolItem{std::string(symbol.name), symbol.crc.value_or(0),
                               symbol.weak ? KMOD_SYMBOL_WEAK : KMOD_SYMBOL_UNDEF});
    return {};
}

/// Fills the list with the entries that `read` finds in the module file. Returns their
/// number, or a negative errno.
template <class Read>
int read_file(const kmod_module& module, kmod_list** list, Read read) {
    ListBuilder items;
    const auto done = [&]() -> Status {
        const std::string* const path = kmodpp::capi::path_of(module);
        if (path == nullptr)
            return kmodpp::fail(kmodpp::ErrorKind::not_found,
                                module.name + ": the module file was not found", ENOENT);
        TRY_ASSIGN(auto file, kmodpp::open_step_file(module.context.image, *path));
        auto image = Image::parse(file);
        if (!image)
            return std::unexpected(kmodpp::within(std::move(image).error(), *path));
        auto added = read(file, *image, items);
        if (!added)
            return std::unexpected(kmodpp::within(std::move(added).error(), *path));
        return {};
    }();
    if (!done) return module.context.failed(done.error());
    *list = items.release();
    return items.size();
}

/// Neither pointer may be null, and the list must be empty.
bool are_valid_arguments(const kmod_module* module, kmod_list* const* list) {
    return module != nullptr && list != nullptr && *list == nullptr;
}

template <class Read>
int list_of(const kmod_module* module, kmod_list** list, Read read) {
    if (!are_valid_arguments(module, list)) return -ENOENT;
    return guarded_code([&] { return read_file(*module, list, read); });
}

const char* symbol_of(const kmod_list* entry) {
    const auto* const item = item_of<SymbolItem>(entry);
    return item == nullptr ? nullptr : item->symbol.c_str();
}

std::uint64_t crc_of(const kmod_list* entry) {
    const auto* const item = item_of<SymbolItem>(entry);
    return item == nullptr ? 0 : item->crc;
}

}  // namespace

int kmod_module_get_info(const kmod_module* mod, kmod_list** list) {
    if (!are_valid_arguments(mod, list)) return -ENOENT;
    return guarded_code([&] {
        if (mod->path || !kmodpp::capi::is_builtin(*mod))
            return read_file(*mod, list, add_info);
        ListBuilder items;
        if (const auto done = add_builtin_info(*mod, items); !done)
            return mod->context.failed(done.error());
        *list = items.release();
        return items.size();
    });
}

const char* kmod_module_info_get_key(const kmod_list* entry) {
    const auto* const item = item_of<InfoItem>(entry);
    return item == nullptr ? nullptr : item->key.c_str();
}

const char* kmod_module_info_get_value(const kmod_list* entry) {
    const auto* const item = item_of<InfoItem>(entry);
    return item == nullptr ? nullptr : item->value.c_str();
}

void kmod_module_info_free_list(kmod_list* list) { kmodpp::capi::free_list(list); }

int kmod_module_get_versions(const kmod_module* mod, kmod_list** list) {
    return list_of(mod, list, add_versions);
}

const char* kmod_module_version_get_symbol(const kmod_list* entry) {
    return symbol_of(entry);
}

uint64_t kmod_module_version_get_crc(const kmod_list* entry) { return crc_of(entry); }

void kmod_module_versions_free_list(kmod_list* list) { kmodpp::capi::free_list(list); }

int kmod_module_get_symbols(const kmod_module* mod, kmod_list** list) {
    return list_of(mod, list, add_exports);
}

const char* kmod_module_symbol_get_symbol(const kmod_list* entry) {
    return symbol_of(entry);
}

uint64_t kmod_module_symbol_get_crc(const kmod_list* entry) { return crc_of(entry); }

void kmod_module_symbols_free_list(kmod_list* list) { kmodpp::capi::free_list(list); }

int kmod_module_get_dependency_symbols(const kmod_module* mod, kmod_list** list) {
    return list_of(mod, list, add_needs);
}

const char* kmod_module_dependency_symbol_get_symbol(const kmod_list* entry) {
    return symbol_of(entry);
}

int kmod_module_dependency_symbol_get_bind(const kmod_list* entry) {
    const auto* const item = item_of<SymbolItem>(entry);
    return item == nullptr ? KMOD_SYMBOL_NONE : item->bind;
}

uint64_t kmod_module_dependency_symbol_get_crc(const kmod_list* entry) {
    return crc_of(entry);
}

void kmod_module_dependency_symbols_free_list(kmod_list* list) {
    kmodpp::capi::free_list(list);
}
