// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/module_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/text.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// The hidden name of a directory that is being filled. Module names do not begin with a
/// dot.
const std::string kUnfinished = ".unfinished";

constexpr mode_t kPublic = 0444;
constexpr mode_t kWriteOnly = 0200;
constexpr mode_t kSecret = 0400;

std::string exports_text(const NewModule& module) {
    std::string text = cat("machine ", module.machine, '\n');
    for (const Export& symbol : module.exports)
        text += cat(symbol.crc ? hex32(*symbol.crc) : "-", '\t', symbol.name, '\t',
                    symbol.gpl_only ? "gpl" : "-", '\t', symbol.symbol_namespace, '\n');
    return text;
}

std::string number_line(auto number) { return cat(number, '\n'); }

/// Fills a directory that is not visible to readers yet; keeps the first failure.
class Filler {
public:
    explicit Filler(const StateDirectory& directory) : directory_(directory) {}
    void add(const std::string& name, std::string_view contents, mode_t mode = kPublic) {
        if (!status_) return;
        if (auto made = directory_.create(name, contents, mode); !made)
            status_ = std::unexpected(std::move(made).error());
    }
    void add_all(const std::string& name, const std::vector<NewModule::File>& files) {
        if (!status_) return;
        auto inner = directory_.enter(name);
        if (!inner) {
            status_ = std::unexpected(std::move(inner).error());
            return;
        }
        Filler filler(*inner);
        for (const NewModule::File& file : files)
            filler.add(file.name, file.contents, file.mode);
        status_ = filler.status_;
    }
    [[nodiscard]] const Status& status() const { return status_; }

private:
    const StateDirectory& directory_;
    Status status_;
};

Result<io::Fd> make_loader_file(const StateDirectory& directory) {
    // kSecret, because every process that can open the file can lock it.
    TRY_ASSIGN(io::Fd fd, directory.create(std::string(kLoaderFile), "", kSecret));
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return fail_errno(errno, "cannot lock the loader file");
    return fd;
}

Result<io::Fd> fill(const StateDirectory& directory, const NewModule& module) {
    const bool coming = module.line.state == InitState::coming;
    Filler filler(directory);
    filler.add("initstate", coming ? "coming\n" : "live\n");
    filler.add("coresize", number_line(module.line.size));
    // The kernel frees the init sections before it marks a module live.
    filler.add("initsize", number_line(coming ? module.init_size : 0));
    filler.add("taint", module.line.taint + '\n');
    filler.add("uevent", "", kWriteOnly);
    filler.add(std::string(kExportsFile), exports_text(module));
    if (module.line.refcount) filler.add("refcnt", number_line(*module.line.refcount));
    if (module.version) filler.add("version", *module.version + '\n');
    if (module.srcversion) filler.add("srcversion", *module.srcversion + '\n');

    std::vector<NewModule::File> sections;
    for (const std::string& name : module.sections)
        sections.push_back({name, cat("0x", std::string(16, '0'), '\n'), kSecret});
    filler.add_all("sections", sections);
    filler.add_all("notes", module.notes);
    if (!module.parameters.empty()) filler.add_all("parameters", module.parameters);
    // Without CONFIG_MODULE_UNLOAD there is no holders/ directory.
    if (module.line.refcount) filler.add_all("holders", {});
    TRY(filler.status());
    if (!coming) return io::Fd();
    return make_loader_file(directory);
}

}  // namespace

Result<io::Fd> prepare_module_directory(const StateDirectory& modules,
                                        const NewModule& module) {
    TRY(drop_prepared(modules));
    auto made = [&]() -> Result<io::Fd> {
        TRY_ASSIGN(const StateDirectory directory, modules.enter(kUnfinished));
        return fill(directory, module);
    }();
    if (!made) static_cast<void>(drop_prepared(modules));
    return made;
}

Status place_module_directory(const StateDirectory& modules, const std::string& name) {
    TRY_ASSIGN(const bool prepared, modules.has(kUnfinished));
    if (!prepared) return {};
    TRY(modules.discard(name));
    return modules.rename(kUnfinished, name);
}

Status drop_prepared(const StateDirectory& modules) {
    return modules.remove(kUnfinished);
}

Status make_live(const StateDirectory& modules, const LoadedModule& module) {
    TRY_ASSIGN(const StateDirectory directory, modules.enter(module.name));
    TRY(directory.put("initsize", "0\n", kPublic));
    if (module.refcount)
        TRY(directory.put("refcnt", number_line(*module.refcount), kPublic));
    TRY(directory.put("initstate", "live\n", kPublic));
    return directory.remove(std::string(kLoaderFile));
}

Status update_references(const StateDirectory& modules, const LoadedModule& module) {
    // A directory created here would look like that of a built-in module.
    TRY_ASSIGN(const bool there, modules.has(module.name));
    if (!module.refcount || !there) return {};
    TRY_ASSIGN(const StateDirectory directory, modules.enter(module.name));
    TRY(directory.put("refcnt", number_line(*module.refcount), kPublic));

    TRY_ASSIGN(const StateDirectory holders, directory.enter("holders"));
    TRY_ASSIGN(const auto present, holders.list());
    for (const std::string& name : present)
        if (std::ranges::find(module.holders, name) == module.holders.end())
            TRY(holders.remove(name));
    for (const std::string& name : module.holders)
        if (std::ranges::find(present, name) == present.end())
            TRY(holders.link(name, cat("../../", name)));
    return {};
}

Loader loader_of(const io::Root& root, std::string_view name) {
    const auto fd =
        root.open_file(cat(kSysModule, '/', name, '/', kLoaderFile), O_RDONLY);
    if (!fd) return Loader::unknown;
    return flock(fd->get(), LOCK_SH | LOCK_NB) == 0 ? Loader::gone : Loader::alive;
}

bool wait_for_loader(const io::Root& root, std::string_view name,
                     std::optional<std::chrono::steady_clock::time_point> until) {
    using std::chrono::milliseconds;
    constexpr milliseconds kLongestPause{50};
    const auto fd =
        root.open_file(cat(kSysModule, '/', name, '/', kLoaderFile), O_RDONLY);
    if (!fd) return true;
    if (!until) {
        while (flock(fd->get(), LOCK_SH) != 0 && errno == EINTR) {
        }
        return true;
    }
    // flock() has no time limit, so poll.
    for (milliseconds pause{1}; flock(fd->get(), LOCK_SH | LOCK_NB) != 0;
         pause = std::min(pause * 2, kLongestPause)) {
        if (std::chrono::steady_clock::now() >= *until) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

}  // namespace kmodpp::kernel
