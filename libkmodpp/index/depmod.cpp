// SPDX-License-Identifier: LGPL-2.1-or-later
// The pipeline of depmod: scan, inspect, link, write; and the checks that let a run end
// early.
#include "kmodpp/depmod.hpp"

#include <cerrno>
#include <chrono>

#include "base/guarded.hpp"
#include "base/machine_failure.hpp"
#include "base/text.hpp"
#include "catalog/depmod_rules.hpp"
#include "catalog/scan.hpp"
#include "index/cache_file.hpp"
#include "index/databases.hpp"
#include "index/inspect.hpp"
#include "index/link.hpp"
#include "index/message_buffer.hpp"
#include "index/other_releases.hpp"
#include "index/packed_modules.hpp"
#include "index/places.hpp"
#include "index/up_to_date.hpp"
#include "io/absolute_path.hpp"
#include "io/fd.hpp"
#include "io/file.hpp"
#include "io/parallel.hpp"
#include "io/root.hpp"
#include "io/staged_files.hpp"

namespace kmodpp::index {

namespace {

/// Eight times a current System.map (8 MB); a current Module.symvers has 3 MB.
constexpr std::uint64_t kMaxKernelFile = 64u << 20;
/// How long to wait for a writer when the file is a FIFO.
constexpr std::chrono::seconds kWriterPatience{5};

Status read_kernel_symbols(const DepmodRequest& request, SymbolTable& symbols,
                           MessageSink& messages) {
    const bool versions = !request.symvers.empty();
    const std::string& path = versions ? request.symvers : request.system_map;
    if (path.empty()) return {};
    TRY_ASSIGN(const std::string text,
               io::read_named(path, kMaxKernelFile, kWriterPatience));
    if (versions) {
        auto added = symbols.add_symvers(text);
        if (!added) return std::unexpected(within(std::move(added).error(), path));
    } else if (!symbols.add_system_map(text) && request.report_unknown_symbols) {
        messages.message(Priority::warning,
                         cat(path,
                             " lists no symbol that the kernel exports: unknown "
                             "symbols cannot be reported. Debian has the real "
                             "System.map in the package linux-image-",
                             request.release, "-dbg"));
    }
    return {};
}

/// The kernel build's lists of built-in modules, and warnings about missing ones.
struct BuiltinFiles {
    BuiltinTexts texts;
    std::vector<std::string> warnings;
};
Result<BuiltinFiles> read_builtin_files(const io::Root& root,
                                        const std::string& directory) {
    BuiltinFiles files;
    const auto read = [&](std::string_view name) -> Result<std::string> {
        const std::string path = cat(directory, "/", name);
        auto text = root.read_file(path, kMaxKernelFile);
        if (text || is_machine_failure(text.error())) return text;
        files.warnings.push_back(text.error().kind == ErrorKind::not_found
                                     ? cat("could not open ", name, " at ",
                                           root.display(directory), ": ",
                                           root.reason(text.error().code, path))
                                     : text.error().message);
        return std::string();
    };
    TRY_ASSIGN(files.texts.names, read("modules.builtin"));
    TRY_ASSIGN(files.texts.modinfo, read("modules.builtin.modinfo"));
    return files;
}

/// Forwards messages and records whether any of them was a warning or worse.
class ListeningSink final : public MessageSink {
public:
    explicit ListeningSink(MessageSink& sink) : sink_(sink) {}
    void message(Priority priority, std::string_view text) override {
        if (priority <= Priority::warning) silent_ = false;
        sink_.message(priority, text);
    }
    [[nodiscard]] bool silent() const { return silent_; }

private:
    MessageSink& sink_;
    bool silent_ = true;
};

/// The database files, locked against other runs; nullopt in a dry run.
Result<std::optional<io::StagedFiles>> lock_databases(const Places& places,
                                                      const DepmodRequest& request,
                                                      MessageSink& messages) {
    if (request.dry_run) return std::nullopt;
    // Do not create a directory for a release that does not exist.
    const auto input = places.root.stat(places.directory);
    if (!input)
        return fail(
            input.error().kind,
            cat("could not open directory ", places.root.display(places.directory), ": ",
                places.root.reason(input.error().code, places.directory)),
            input.error().code);
    TRY(places.output.make_directories(places.directory));
    TRY_ASSIGN(auto staged, io::StagedFiles::open(places.output, places.directory,
                                                  {.sync = request.sync}));
    if (staged.unguarded())
        messages.message(Priority::warning,
                         cat(staged.unguarded()->message,
                             ": if depmod is killed, run it again before the next load"));
    // Also in a run that finds nothing to do.
    for (const std::string_view name : kDatabaseNames) staged.remove_stale(name);
    return std::optional(std::move(staged));
}

/// The priority of messages about files that hide others; nullopt for no message.
std::optional<Priority> hidden_priority(const DepmodRequest& request) {
    if (request.warn_duplicates) return Priority::warning;
    if (request.tell_need) return Priority::info;
    return std::nullopt;
}

/// The error if no module can be read. Databases without modules would be valid, but no
/// module could be loaded any more.
std::unexpected<Error> none_readable(const Places& places, std::size_t candidates) {
    return fail(ErrorKind::io, cat("none of the ", candidates, " modules or links in ",
                                   places.root.display(places.directory),
                                   " could be read: the databases were not changed"));
}

/// Records how long each stage of a run takes.
class Stopwatch {
public:
    explicit Stopwatch(std::vector<DepmodStage>& stages) : stages_(stages) {}
    /// Ends the stage \p name.
    void lap(std::string_view name) {
        const auto now = Clock::now();
        stages_.push_back(
            {name, std::chrono::duration_cast<std::chrono::microseconds>(now - begin_)});
        begin_ = now;
    }

private:
    using Clock = std::chrono::steady_clock;
    std::vector<DepmodStage>& stages_;
    Clock::time_point begin_ = Clock::now();
};

/// Reports the modules that could not be read; they are listed without data.
/// \return their number
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

Status write_databases(io::StagedFiles& staged, const std::vector<DatabaseFile>& files) {
    for (const DatabaseFile& file : files) TRY(staged.add(file.name, file.contents));
    return staged.commit();
}

void count(const std::vector<ModuleRecord>& records, DepmodReport& report) {
    report.modules = records.size();
    for (const ModuleRecord& record : records) {
        report.cached_modules += record.from_cache;
        report.symbols += record.facts.exports().size();
        report.aliases += record.facts.alias_count();
    }
}

/// What the next run knows of the modules. It does not read those again whose stamp has
/// not changed, and compares the facts of the others.
std::vector<RememberedModule> modules_to_cache(const std::vector<FoundModule>& modules,
                                               const std::vector<ModuleRecord>& records) {
    std::vector<RememberedModule> remembered;
    for (std::size_t i = 0; i < modules.size(); ++i)
        if (!records[i].failure)
            remembered.push_back({modules[i].database,
                                  records[i].stamp.value_or(io::FileStamp{}),
                                  records[i].facts.view()});
    return remembered;
}

/// True if making a database again from the same input prints nothing: the last run
/// printed no warnings, and no option asks for output that every run has to produce.
bool repeats_silently(const DepmodRequest& request, const LastRun& last,
                      const BuiltinFiles& builtin) {
    return last.silent && builtin.warnings.empty() && !request.report_unknown_symbols &&
           request.symvers.empty() && request.system_map.empty() &&
           !request.warn_duplicates && !request.tell_need && !request.dry_run &&
           request.module_files.empty();
}

/// Everything that was read from the tree.
struct Inspected {
    const std::vector<FoundModule>& modules;
    const std::vector<ModuleRecord>& records;
    const BuiltinFiles& builtin;
};

/// Links the modules and makes the databases whose input has changed, in memory.
/// \param during_link called on another thread while this one links; may be empty
Result<std::vector<DatabaseFile>> make_files(const DepmodRequest& request,
                                             const Places& places, const Inspected& tree,
                                             const Changes& changes,
                                             const std::function<void()>& during_link,
                                             unsigned jobs, Stopwatch& watch,
                                             MessageSink& messages) {
    SymbolTable symbols(request.symbol_prefix);
    TRY(read_kernel_symbols(request, symbols, messages));
    const LinkOptions options = {
        .report_unknown_symbols =
            request.report_unknown_symbols && symbols.knows_kernel(),
        .check_versions = !request.symvers.empty(),
        .warn_duplicates = request.warn_duplicates,
        .tell_need = request.tell_need,
    };
    Result<Dependencies> dependencies;
    const auto link_all = [&] {
        if (!changes.symbols) return;
        dependencies =
            link(places.root, tree.modules, tree.records, symbols, options, messages);
    };
    if (during_link)
        io::do_both(jobs, link_all, during_link);
    else
        link_all();
    watch.lap("link");
    if (!dependencies) return std::unexpected(std::move(dependencies).error());

    // A dry run does not print the databases of built-in modules.
    if (!request.dry_run)
        for (const std::string& warning : tree.builtin.warnings)
            messages.message(Priority::warning, warning);
    auto files = make_databases(
        {tree.modules, tree.records, *dependencies, symbols, tree.builtin.texts,
         request.warn_duplicates, request.dry_run, changes},
        jobs, messages);
    watch.lap("databases");
    return files;
}

Result<DepmodReport> build(const DepmodRequest& request, MessageSink& messages) {
    DepmodReport report;
    Stopwatch watch(report.stages);
    TRY_ASSIGN(const Places places, open_places(request));
    const auto& [host, root, output, directory] = places;
    // Lock before reading: a concurrent run waits until this one has written, so that
    // neither writes databases from outdated input.
    TRY_ASSIGN(auto staged, lock_databases(places, request, messages));
    // A run that finds nothing to do only prints errors.
    MessageBuffer early;
    MessageSink& first =
        request.only_if_changed ? static_cast<MessageSink&>(early) : messages;
    const DepmodConfig config = read_depmod_config(host, request.config, first);
    ScanRequest wanted = scan_request(places, request, config);
    wanted.hidden = hidden_priority(request);
    auto scanned = scan(wanted, first);
    const bool none_read = scanned && scanned->modules.empty() && scanned->unreadable > 0;
    if (!scanned || none_read) early.pass_on(messages);
    if (!scanned) return std::unexpected(std::move(scanned).error());
    if (none_read) return none_readable(places, scanned->unreadable);
    const std::vector<FoundModule> modules = std::move(scanned->modules);
    report.modules = modules.size();
    watch.lap("scan");

    const CacheFile cache_file(request, root, directory);
    const InspectionCache cache = cache_file.read(host, messages);
    const LastRun& last = cache.last_run();
    if (request.only_if_changed && last.files.empty())
        report.up_to_date = looks_up_to_date(root, modules, output, directory);
    watch.lap("cache");
    if (report.up_to_date) {
        early.pass_on(messages, Priority::error);
        return report;
    }

    const unsigned jobs =
        request.jobs > 0 ? request.jobs : io::useful_threads(modules.size());
    const auto records =
        inspect(root, modules, cache, {jobs, io::file_time_now(), request.progress});
    count(records, report);
    watch.lap("inspect");

    TRY_ASSIGN(const BuiltinFiles builtin, read_builtin_files(root, directory));
    const std::uint64_t digest = digest_of(modules, builtin.texts, request.symbol_prefix);
    const bool is_silent = repeats_silently(request, last, builtin);
    report.up_to_date = (request.only_if_changed || is_silent) &&
                        repeats_last_run(last, digest, records, output, directory);
    watch.lap("compare");
    early.pass_on(messages, report.up_to_date ? Priority::error : Priority::debug);
    if (report.up_to_date) return report;

    ListeningSink remarks(messages);
    report.unreadable_modules = report_failures(records, remarks);
    if (!modules.empty() && report.unreadable_modules == modules.size())
        return none_readable(places, modules.size() + scanned->unreadable);
    warn_of_other_releases(root, request.release, modules, records, remarks);
    if (request.strict && report.unreadable_modules > 0)
        return fail(ErrorKind::malformed,
                    cat(report.unreadable_modules, " modules could not be read"));
    warn_of_packed_modules(root, directory, request.release, modules, jobs, remarks);
    const bool remember =
        cache_file.is_used() && !request.dry_run && request.module_files.empty();
    EncodedModules remembered;
    std::function<void()> encode;
    if (remember)
        encode = [&] {
            remembered =
                InspectionCache::encode_modules(modules_to_cache(modules, records));
        };
    // Databases whose input is the same as last time are not made again.
    const Changes changes =
        is_silent && remarks.silent()
            ? changes_since(cache, digest, modules, records, output, directory)
            : Changes{};
    TRY_ASSIGN(const auto files, make_files(request, places, {modules, records, builtin},
                                            changes, encode, jobs, watch, remarks));
    if (request.dry_run) {
        for (const DatabaseFile& file : files)
            if (file.is_text) report.texts.emplace_back(file.name, file.contents);
        return report;
    }
    report.up_to_date = files.empty();

    // Write both at the same time: the cache is valid even if writing the databases
    // fails, because the next run checks both.
    MessageBuffer cache_remarks;
    Status written;
    const auto write = [&] { written = write_databases(*staged, files); };
    const auto write_cache = [&] {
        cache_file.write(host, describe_run(digest, last, files, remarks.silent()),
                         std::move(remembered), cache_remarks);
    };
    if (remember)
        io::do_both(jobs, write, write_cache);
    else
        write();
    watch.lap("write");
    cache_remarks.pass_on(messages);
    TRY(written);
    return report;
}

}  // namespace

}  // namespace kmodpp::index

namespace kmodpp {

std::string_view to_string(InspectionCacheUse use) {
    switch (use) {
        case InspectionCacheUse::automatic: return "automatic";
        case InspectionCacheUse::off: return "off";
        case InspectionCacheUse::file: break;
    }
    return "file";
}

Result<DepmodReport> run_depmod(const DepmodRequest& request, MessageSink& messages) {
    return guarded([&] { return index::build(request, messages); });
}

}  // namespace kmodpp
