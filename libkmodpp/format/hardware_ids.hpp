// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the lists of names that hwdata installs: pci.ids and usb.ids.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace kmodpp {

//   source: the head of each file
//
//   8086  Intel Corporation            vendor
//   <TAB>15bb  Ethernet Connection     its product
//   <TAB><TAB>…                        subsystem or interface: ignored
//   C 02  Network controller           class
//   <TAB>00  Ethernet controller       its subclass
//   HID 21  …                          other lists of usb.ids: ignored

/// Borrows from the text. Lines of another form are ignored.
class HardwareIds {
public:
    [[nodiscard]] static HardwareIds parse(std::string_view text);

    // Each returns an empty name for an unknown number.
    [[nodiscard]] std::string_view vendor(std::uint16_t vendor) const;
    [[nodiscard]] std::string_view product(std::uint16_t vendor,
                                           std::uint16_t product) const;
    /// The name of the subclass or, if it has none, of the class.
    [[nodiscard]] std::string_view device_class(std::uint8_t device_class,
                                                std::uint8_t subclass) const;

private:
    /// Sorted by key. The key of a product or subclass includes that of its parent.
    using Names = std::vector<std::pair<std::uint32_t, std::string_view>>;
    [[nodiscard]] static std::string_view find(const Names& names, std::uint32_t key);

    Names vendors_, products_, classes_, subclasses_;
};

}  // namespace kmodpp
