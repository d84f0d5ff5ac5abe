// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/module_info.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/build_id.hpp"
#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/signature.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

namespace {

void take_entries(const std::vector<InfoEntry>& entries, ModuleInfo& info) {
    for (const InfoEntry& entry : entries)
        if (entry.key != "parm")
            info.fields.push_back({std::string(entry.key), std::string(entry.value)});
    for (const ParameterInfo& parameter : collect_parameters(entries))
        info.parameters.push_back(
            {std::string(parameter.name),
             parameter.description.transform([](auto text) { return std::string(text); }),
             parameter.type.transform([](auto text) { return std::string(text); })});
}

void take_signature(ByteSource& file, ModuleInfo& info) {
    auto signature = read_signature(file);
    if (!signature) {
        info.signature_fault = std::move(signature).error().message;
        return;
    }
    if (!*signature) return;
    ModuleSignature& found = **signature;
    info.signature =
        SignatureField{std::string(to_string(found.kind)), std::move(found.signer),
                       std::move(found.key_id), std::move(found.hash_algorithm),
                       std::move(found.signature)};
}

}  // namespace

Result<ModuleInfo> read_module_info(const io::Root& root, std::string_view path) {
    TRY_ASSIGN(auto file, io::ModuleFile::open(root, path));
    const auto in_file = [&](Error error) {
        return within(std::move(error), file.path());
    };
    ModuleInfo info;
    info.name = module_name_of_path(path);
    info.filename = file.path();
    auto image = elf::Image::parse(file);
    if (!image) return std::unexpected(in_file(std::move(image).error()));
    auto entries = read_modinfo(*image);
    if (!entries) return std::unexpected(in_file(std::move(entries).error()));
    if (entries->empty())
        return std::unexpected(in_file(
            fail(ErrorKind::malformed, "not a kernel module: it has no .modinfo", ENODATA)
                .error()));
    take_entries(*entries, info);
    info.build_id = read_build_id(*image);
    take_signature(file, info);
    return info;
}

Result<ModuleInfo> read_builtin_info(Catalog& catalog, std::string_view name) {
    const auto all = catalog.builtin_modinfo();
    // Kernels before 5.2 and trimmed images have no such file.
    if (!all && all.error().kind != ErrorKind::not_found)
        return std::unexpected(all.error());
    std::vector<InfoEntry> entries;
    if (all)
        for (const BuiltinInfoEntry& entry : **all)
            if (same_module_name(entry.module, name)) entries.push_back(entry.info);
    ModuleInfo info;
    info.name = normalise_module_name(name);
    info.filename = "(builtin)";
    info.builtin = true;
    take_entries(entries, info);
    return info;
}

}  // namespace kmodpp
