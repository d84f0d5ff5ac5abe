// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/device_operand.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kDev = "/dev/";
constexpr std::string_view kSys = "/sys/";

/// The device in a directory of /sys, or the nearest one above it.
std::optional<kernel::Device> nearest_device(const kernel::Sysfs& sysfs,
                                             std::string_view path) {
    auto directory = sysfs.canonical(path);
    if (!directory) return std::nullopt;
    const std::string top = cat(kernel::kSysDevices, "/");
    while (directory->starts_with(top)) {
        if (auto device = kernel::read_device(sysfs, *directory)) return device;
        directory->erase(directory->rfind('/'));
    }
    return std::nullopt;
}

using Found = std::optional<kernel::Device>;

Found by_path(const kernel::Sysfs& sysfs, std::string_view operand) {
    return operand.starts_with(kSys) ? nearest_device(sysfs, operand) : std::nullopt;
}

/// The uevent file of a device contains the name of its node.
Found by_node(const kernel::Sysfs& sysfs, std::string_view operand) {
    if (!operand.starts_with(kDev)) return std::nullopt;
    // Links such as /dev/disk/by-id/… lead to the node.
    const std::string node = sysfs.canonical(operand).value_or(std::string(operand));
    if (!node.starts_with(kDev)) return std::nullopt;
    const std::string_view name = std::string_view(node).substr(kDev.size());
    for (const std::string_view kind : {"/sys/dev/block", "/sys/dev/char"})
        for (const std::string& number : sysfs.names(kind)) {
            const std::string link = cat(kind, "/", number);
            if (kernel::uevent_value(sysfs, link, "DEVNAME") == name)
                return nearest_device(sysfs, link);
        }
    return std::nullopt;
}

Found by_interface(const kernel::Sysfs& sysfs, std::string_view operand) {
    if (!is_entry_name(operand)) return std::nullopt;
    return nearest_device(sysfs, cat("/sys/class/net/", operand));
}

Found by_name_on_bus(const kernel::Sysfs& sysfs, std::string_view operand) {
    if (!is_entry_name(operand)) return std::nullopt;
    for (const std::string& bus : sysfs.names("/sys/bus"))
        if (auto device =
                nearest_device(sysfs, cat("/sys/bus/", bus, "/devices/", operand)))
            return device;
    return std::nullopt;
}

/// "00:1f.6": a PCI address without its domain, as lspci shows it.
Found by_short_address(const kernel::Sysfs& sysfs, std::string_view operand) {
    if (!is_entry_name(operand)) return std::nullopt;
    return nearest_device(sysfs, cat("/sys/bus/pci/devices/0000:", operand));
}

Found by_alias(const kernel::Sysfs&, std::string_view operand) {
    if (operand.starts_with('/') || !operand.contains(':') ||
        operand.size() > kMaxNameLength)
        return std::nullopt;
    return kernel::Device{.modalias = std::string(operand)};
}

constexpr std::array<Found (*)(const kernel::Sysfs&, std::string_view), 6> kForms = {
    by_path, by_node, by_interface, by_name_on_bus, by_short_address, by_alias};

}  // namespace

Result<kernel::Device> find_device(const kernel::Sysfs& sysfs, std::string_view operand) {
    for (const auto form : kForms)
        if (auto device = form(sysfs, operand)) return *std::move(device);
    return fail(ErrorKind::not_found,
                cat("'", printable(operand),
                    "' is not a device: expected a path in /sys, a PCI address, a "
                    "network interface, a node in /dev, or an alias"),
                ENOENT);
}

}  // namespace kmodpp
