// SPDX-License-Identifier: LGPL-2.1-or-later
// The pipeline of depmod: scan, inspect, link, write.
#include "kmodpp/depmod.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.hpp"
#include "catalog/config_files.hpp"
#include "format/depmod_config.hpp"
#include "index/databases.hpp"
#include "index/inspect.hpp"
#include "index/link.hpp"
#include "index/scan.hpp"
#include "io/absolute_path.hpp"
#include "io/root.hpp"
#include "io/staged_files.hpp"

namespace kmodpp::index {

namespace {

/// A Module.symvers of today is 3 MB, a System.map 8 MB.
constexpr std::uint64_t kMaxKernelFile = 1u << 30;

/// Configuration and the kernel's files are the host's even when the tree is an image.
DepmodConfig read_config(const io::Root& host, const DepmodRequest& request,
                         MessageSink& messages) {
    DepmodConfig config;
    for (const ConfigFile& file : read_config_files(
             host, "depmod.d", io::absolute_paths(request.config), messages))
        parse_depmod_config(file.text, file.path, config);
    for (const ConfigRemark& remark : config.remarks)
        messages.message(Priority::warning,
                         cat(remark.origin.describe(), ": ", remark.text));
    return config;
}

Status read_kernel_symbols(const io::Root& host, const DepmodRequest& request,
                           SymbolTable& symbols) {
    const bool versions = !request.symvers.empty();
    const std::string& path = versions ? request.symvers : request.system_map;
    if (path.empty()) return {};
    TRY_ASSIGN(const std::string text,
               host.read_file(io::absolute_path(path), kMaxKernelFile));
    auto added = versions ? symbols.add_symvers(text) : symbols.add_system_map(text);
    if (!added) return std::unexpected(within(std::move(added).error(), path));
    return {};
}

std::string read_optional(const io::Root& root, const std::string& directory,
                          std::string_view name, MessageSink& messages) {
    auto text = root.read_file(cat(directory, "/", name), kMaxKernelFile);
    if (text) return *std::move(text);
    messages.message(Priority::warning,
                     text.error().kind == ErrorKind::not_found
                         ? cat("could not open ", name, " at ", root.display(directory),
                               ": No such file or directory")
                         : text.error().message);
    return {};
}

/// True when modules.dep exists and no module is younger.
bool is_up_to_date(const io::Root& output, const std::string& directory,
                   const io::Root& root, const std::vector<FoundModule>& modules) {
    const auto database = output.stat(directory + "/modules.dep");
    if (!database) return false;
    const auto younger = [&](const FoundModule& module) {
        const auto file = root.stat(module.path);
        return file && std::pair(file->st_mtim.tv_sec, file->st_mtim.tv_nsec) >
                           std::pair(database->st_mtim.tv_sec, database->st_mtim.tv_nsec);
    };
    return std::ranges::none_of(modules, younger);
}

/// Reports the files that could not be read; they are listed without data.
std::size_t report_failures(const std::vector<ModuleRecord>& records,
                            MessageSink& messages) {
    std::size_t failures = 0;
    for (const ModuleRecord& record : records) {
        if (!record.failure) continue;
        ++failures;
        messages.message(Priority::error,
                         cat("failed to load symbols from ", record.failure->message));
    }
    return failures;
}

Status write_databases(const io::Root& output, const std::string& directory,
                       const std::vector<DatabaseFile>& files, bool sync) {
    TRY(output.make_directories(directory));
    TRY_ASSIGN(auto staged, io::StagedFiles::open(output, directory, {.sync = sync}));
    for (const DatabaseFile& file : files) TRY(staged.add(file.name, file.contents));
    return staged.commit();
}

Result<DepmodReport> build(const DepmodRequest& request, MessageSink& messages) {
    TRY_ASSIGN(const io::Root host, io::Root::open("/"));
    TRY_ASSIGN(const io::Root root, io::Root::open(request.base));
    const std::string output_path =
        request.dry_run ? request.base : request.output.value_or(request.base);
    if (request.output && !request.dry_run)
        TRY(host.make_directories(io::absolute_path(output_path)));
    TRY_ASSIGN(const io::Root output, io::Root::open(output_path));
    const std::string directory = cat(
        request.module_directory.empty() ? KMODPP_MODULE_DIR : request.module_directory,
        "/", request.release);
    const DepmodConfig config = read_config(host, request, messages);

    TRY_ASSIGN(
        const auto modules,
        scan({root, directory, request.release, config, request.module_files}, messages));
    DepmodReport report;
    report.modules = modules.size();
    if (request.only_if_newer && is_up_to_date(output, directory, root, modules)) {
        report.up_to_date = true;
        return report;
    }

    const auto records = inspect(root, modules, request.jobs);
    report.unreadable_modules = report_failures(records, messages);
    if (request.strict && report.unreadable_modules > 0)
        return fail(ErrorKind::malformed,
                    cat(report.unreadable_modules, " modules could not be read"));

    SymbolTable symbols(request.symbol_prefix);
    TRY(read_kernel_symbols(host, request, symbols));
    const LinkOptions options = {
        .report_unknown_symbols =
            request.report_unknown_symbols && symbols.knows_kernel(),
        .check_versions = !request.symvers.empty(),
        .warn_duplicates = request.warn_duplicates,
    };
    TRY_ASSIGN(const auto dependencies,
               link(root, modules, records, symbols, options, messages));

    const BuiltinTexts builtin = {
        read_optional(root, directory, "modules.builtin", messages),
        read_optional(root, directory, "modules.builtin.modinfo", messages)};
    TRY_ASSIGN(const auto files,
               make_databases({modules, records, dependencies, symbols, builtin,
                               request.warn_duplicates, request.dry_run},
                              messages));
    if (request.dry_run) {
        for (const DatabaseFile& file : files)
            if (file.is_text) report.texts.emplace_back(file.name, file.contents);
        return report;
    }
    TRY(write_databases(output, directory, files, request.sync));
    return report;
}

}  // namespace

}  // namespace kmodpp::index

namespace kmodpp {

Result<DepmodReport> run_depmod(const DepmodRequest& request, MessageSink& messages) {
    return index::build(request, messages);
}

}  // namespace kmodpp
