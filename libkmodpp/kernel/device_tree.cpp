// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/device_tree.hpp"

#include <algorithm>
#include <utility>

#include "base/names.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"

namespace kmodpp::kernel {

namespace {

void set_bus(const Sysfs& sysfs, Device& device) {
    const auto target = sysfs.link(cat(device.path, "/subsystem"));
    if (!target) return;
    device.bus = base_name(*target);
    const std::string_view place =
        std::string_view(*target).substr(0, target->size() - device.bus.size());
    device.on_bus = place.ends_with("bus/");
}

std::string modalias_of(const Sysfs& sysfs, const Device& device) {
    if (auto text = sysfs.text(cat(device.path, "/modalias"))) return *std::move(text);
    // The uevent file of a class device can be slow to read (batteries).
    if (!device.on_bus) return {};
    return uevent_value(sysfs, device.path, "MODALIAS");
}

struct Directory {
    std::string path;
    std::size_t depth;
};

}  // namespace

std::string uevent_value(const Sysfs& sysfs, std::string_view directory,
                         std::string_view key) {
    const auto text = sysfs.text(cat(directory, "/uevent"));
    if (!text) return {};
    for (std::string_view rest = *text; !rest.empty();) {
        std::string_view value = take_until(rest, '\n');
        if (take_until(value, '=') == key) return std::string(value);
    }
    return {};
}

std::optional<Device> read_device(const Sysfs& sysfs, std::string_view path) {
    Device device{.path = std::string(path)};
    set_bus(sysfs, device);
    device.modalias = modalias_of(sysfs, device);
    if (device.modalias.empty() || device.modalias.size() > kMaxNameLength)
        return std::nullopt;
    device.driver = sysfs.linked_name(cat(path, "/driver"));
    if (!device.driver.empty())
        device.driver_module = sysfs.linked_name(cat(path, "/driver/module"));
    return device;
}

Result<DeviceTree> read_devices(const Sysfs& sysfs) {
    DeviceTree tree;
    std::vector<Directory> pending = {{std::string(kSysDevices), 0}};
    for (std::size_t visited = 0; !pending.empty(); ++visited) {
        const Directory directory = std::move(pending.back());
        pending.pop_back();
        const auto entries = sysfs.root().entries(directory.path);
        if (!entries && visited == 0) return std::unexpected(entries.error());
        if (!entries) {
            sysfs.report(entries.error());
            continue;
        }
        const auto has = [&entries](std::string_view name) {
            return std::ranges::binary_search(*entries, name, {},
                                              &io::DirectoryEntry::name);
        };
        if (has("modalias") || (has("subsystem") && has("uevent")))
            if (auto device = read_device(sysfs, directory.path))
                tree.devices.push_back(*std::move(device));
        for (const io::DirectoryEntry& entry : *entries) {
            if (!entry.is_directory) continue;
            if (directory.depth == kMaxDeviceDepth ||
                visited + pending.size() >= kMaxDeviceDirectories)
                tree.is_complete = false;
            else
                pending.push_back(
                    {cat(directory.path, "/", entry.name), directory.depth + 1});
        }
    }
    sort_by(tree.devices, &Device::path);
    return tree;
}

}  // namespace kmodpp::kernel
