// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/module_uses.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// Limits the result: a machine may have thousands of processes with thousands of files
/// each.
constexpr std::size_t kMaxUses = 100;

/// Collects the uses of one module.
class Search {
public:
    Search(const io::Root& root, std::string_view name) : root_(root), name_(name) {}

    void find_mounts(const std::function<bool(std::string_view)>& is_file_system) {
        const auto text = read_state_file(root_, "/proc/mounts");
        if (!text) return;
        for (std::string_view rest = *text; !rest.empty();) {
            const auto fields = split_words(take_until(rest, '\n'));
            if (fields.size() < 3) continue;
            const std::string_view source = fields[0], place = fields[1],
                                   type = fields[2];
            if (is_file_system(type) || nodes_.contains(source))
                add(ModuleUse::Kind::mount, place, type);
        }
    }

    void find_links() {
        constexpr std::string_view kLinks = "/sys/class/net";
        for (const std::string& link : names_in(kLinks))
            if (drives(cat(kLinks, "/", link, "/device")))
                add(ModuleUse::Kind::network_link, link, {});
    }

    /// Collects the nodes of the devices that the module drives, and the given ones.
    void find_nodes(const std::vector<std::string>& given) {
        nodes_.insert(given.begin(), given.end());
        const Majors own = own_majors();
        for (const auto& [kind, majors] :
             {std::pair("/sys/dev/char", &own.character), {"/sys/dev/block", &own.block}})
            for (const std::string& number : names_in(kind)) {
                const std::string device = cat(kind, "/", number);
                const auto node = node_of(device);
                const std::string major = number.substr(0, number.find(':'));
                if (!node.empty() &&
                    (majors->contains(major) || is_below_driven_device(device)))
                    nodes_.insert(node);
            }
    }

    void find_open_nodes() {
        if (nodes_.empty()) return;
        for (const std::string& process : names_in("/proc")) {
            if (!parse_unsigned<unsigned>(process)) continue;
            const std::string files = cat("/proc/", process, "/fd");
            for (const std::string& file : names_in(files)) {
                const auto path = root_.canonical(cat(files, "/", file));
                if (!path || !nodes_.contains(*path)) continue;
                const auto command =
                    read_state_file(root_, cat("/proc/", process, "/comm"));
                add(ModuleUse::Kind::open_device, *path,
                    cat(command ? trim(*command) : "process", " (", process, ")"));
            }
        }
    }

    void find_bound_devices() {
        const std::string drivers = cat(kSysModule, "/", name_, "/drivers");
        for (const std::string& driver : names_in(drivers)) {
            const std::string directory = cat(drivers, "/", driver);
            for (const std::string& entry : names_in(directory))
                // Only links to devices. The directory also contains files such as
                // "bind" and the link "module".
                if (found_.size() < kMaxUses && entry != "module" &&
                    root_.exists(cat(directory, "/", entry, "/driver")))
                    add(ModuleUse::Kind::bound_device, entry, driver);
        }
    }

    std::vector<ModuleUse> take() && { return std::move(found_); }

private:
    struct Majors {
        std::set<std::string> character, block;
    };
    /// The major numbers that are registered under the module's name.
    [[nodiscard]] Majors own_majors() const {
        Majors own;
        const auto text = read_state_file(root_, "/proc/devices");
        if (!text) return own;
        auto* majors = &own.character;
        for (std::string_view rest = *text; !rest.empty();) {
            const std::string_view line = take_until(rest, '\n');
            if (line.starts_with("Block devices")) majors = &own.block;
            const auto fields = split_words(line);
            if (fields.size() == 2 && normalise_module_name(fields[1]) == name_)
                majors->emplace(fields[0]);
        }
        return own;
    }
    void add(ModuleUse::Kind kind, std::string_view what, std::string_view how) {
        if (found_.size() < kMaxUses)
            found_.push_back({kind, std::string(what), std::string(how)});
    }
    [[nodiscard]] std::vector<std::string> names_in(std::string_view directory) const {
        return root_.list(directory).value_or(std::vector<std::string>{});
    }
    /// True if the device's driver belongs to the module.
    [[nodiscard]] bool drives(std::string_view device) const {
        const auto module = root_.canonical(cat(device, "/driver/module"));
        return module && base_name(*module) == name_;
    }
    [[nodiscard]] bool is_below_driven_device(std::string_view device) const {
        auto path = root_.canonical(device);
        if (!path) return false;
        while (path->starts_with("/sys/devices/")) {
            if (drives(*path)) return true;
            path->erase(path->rfind('/'));
        }
        return false;
    }
    /// "/dev/NAME" from the device's uevent file; empty if it has no node.
    [[nodiscard]] std::string node_of(std::string_view device) const {
        constexpr std::string_view kName = "DEVNAME=";
        const auto text = read_state_file(root_, cat(device, "/uevent"));
        if (!text) return {};
        for (std::string_view rest = *text; !rest.empty();) {
            const std::string_view line = take_until(rest, '\n');
            if (line.starts_with(kName)) return cat("/dev/", line.substr(kName.size()));
        }
        return {};
    }

    const io::Root& root_;
    std::string_view name_;
    std::set<std::string, std::less<>> nodes_;
    std::vector<ModuleUse> found_;
};

}  // namespace

std::vector<ModuleUse> read_uses(
    const io::Root& root, std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system) {
    if (!is_entry_name(name)) return {};
    Search search(root, name);
    search.find_nodes(nodes);
    search.find_mounts(is_file_system);
    search.find_links();
    search.find_open_nodes();
    search.find_bound_devices();
    return std::move(search).take();
}

std::vector<ModuleUse> read_bound_devices(const io::Root& root, std::string_view name) {
    if (!is_entry_name(name)) return {};
    Search search(root, name);
    search.find_bound_devices();
    return std::move(search).take();
}

}  // namespace kmodpp::kernel
