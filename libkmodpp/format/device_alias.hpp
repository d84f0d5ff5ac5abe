// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the numbers in the aliases of PCI and USB devices (source:
// scripts/mod/file2alias.c, drivers/pci/pci-sysfs.c, drivers/usb/core/sysfs.c).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kmodpp {

/// The numbers that pci.ids and usb.ids name.
struct DeviceNumbers {
    std::uint16_t vendor = 0;
    std::uint16_t product = 0;
    std::uint8_t device_class = 0;
    std::uint8_t subclass = 0;
};

/// "pci:v00008086d000015BBsv…sd…bc02sc00i00"; nullopt: another form.
[[nodiscard]] std::optional<DeviceNumbers> parse_pci_alias(std::string_view alias);
/// "usb:v1D6Bp0002d0510dc09dsc00dp01ic09isc00ip00in00"; the class is that of the
/// interface. nullopt: another form.
[[nodiscard]] std::optional<DeviceNumbers> parse_usb_alias(std::string_view alias);

}  // namespace kmodpp
