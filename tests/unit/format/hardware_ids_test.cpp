// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/hardware_ids.hpp and format/device_alias.hpp: from an alias to a name.
#include "format/hardware_ids.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "format/device_alias.hpp"

using namespace kmodpp;

namespace {

constexpr std::string_view kList =
    "# comment\n"
    "8086  Intel Corporation\n"
    "\t15bb  Ethernet Connection (7) I219-LM\n"
    "\t\t1028 0869  a subsystem\n"
    "\tzzzz  no number\n"
    "10de  NVIDIA Corporation\n"
    "10de  a second line for the number\n"
    "\n"
    "C 02  Network controller\n"
    "\t00  Ethernet controller\n"
    "\t\t01  an interface\n"
    "AT 0100  another list\n"
    "\t15bb  not a product\n"
    "\t01  not a subclass\n";

constexpr std::string_view kPci = "pci:v00008086d000015BBsv00001028sd00000869bc02sc00i00";
constexpr std::string_view kUsb = "usb:v1D6Bp0002d0510dc09dsc00dp01ic09isc00ip00in00";

}  // namespace

TEST_CASE("HardwareIds: names vendors, products and classes") {
    const auto ids = HardwareIds::parse(kList);
    CHECK(ids.vendor(0x8086) == "Intel Corporation");
    CHECK(ids.vendor(0x10de) == "NVIDIA Corporation");
    CHECK(ids.vendor(0x1234).empty());
    CHECK(ids.product(0x8086, 0x15bb) == "Ethernet Connection (7) I219-LM");
    CHECK(ids.product(0x10de, 0x15bb).empty());
    CHECK(ids.device_class(2, 0) == "Ethernet controller");
    CHECK(ids.device_class(2, 1) == "Network controller");
    CHECK(ids.device_class(3, 0).empty());
}

TEST_CASE("HardwareIds: every truncation of a list is readable") {
    for (std::size_t size = 0; size <= kList.size(); ++size) {
        const std::string text(kList.substr(0, size));
        const auto ids = HardwareIds::parse(text);
        CHECK(std::string_view("Intel Corporation").starts_with(ids.vendor(0x8086)));
        CHECK(ids.product(0x10de, 0x15bb).empty());
    }
}

TEST_CASE("HardwareIds: a line before the first vendor belongs to no list") {
    const auto ids = HardwareIds::parse("\t0001  lost\n0000  zero\n");
    CHECK(ids.product(0, 1).empty());
    CHECK(ids.vendor(0) == "zero");
}

TEST_CASE("parse_pci_alias: reads the numbers, and refuses other forms") {
    const auto numbers = parse_pci_alias(kPci);
    REQUIRE(numbers.has_value());
    CHECK(numbers->vendor == 0x8086);
    CHECK(numbers->product == 0x15bb);
    CHECK(numbers->device_class == 2);
    CHECK(numbers->subclass == 0);
    for (const std::string_view alias :
         {"", "pci:", "usb:v00008086", "pci:v0000808Gd000015BBsv0sd0bc02sc00i00"})
        CHECK_FALSE(parse_pci_alias(alias).has_value());
    const std::size_t needed = kPci.find("i00");
    for (std::size_t size = 0; size < kPci.size(); ++size)
        CHECK(parse_pci_alias(kPci.substr(0, size)).has_value() == (size >= needed));
}

TEST_CASE("parse_usb_alias: takes the class of the interface") {
    const auto numbers = parse_usb_alias(kUsb);
    REQUIRE(numbers.has_value());
    CHECK(numbers->vendor == 0x1d6b);
    CHECK(numbers->product == 2);
    CHECK(numbers->device_class == 9);
    CHECK_FALSE(parse_usb_alias(kPci).has_value());
    const std::size_t needed = kUsb.find("ip00");
    for (std::size_t size = 0; size < kUsb.size(); ++size)
        CHECK(parse_usb_alias(kUsb.substr(0, size)).has_value() == (size >= needed));
}
