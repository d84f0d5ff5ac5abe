// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/device_names.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "format/device_alias.hpp"

namespace kmodpp {

namespace {

constexpr std::uint64_t kMaxList = 64u << 20;
constexpr std::array<std::string_view, 2> kPlaces = {"/usr/share/hwdata/",
                                                     "/usr/share/misc/"};

/// The buses with a list in hwdata.
struct NumberedBus {
    std::string_view prefix;  ///< of the alias
    const char* list;
    std::optional<DeviceNumbers> (*parse)(std::string_view alias);
};
constexpr std::array<NumberedBus, 2> kNumbered = {{
    {"pci:", "pci.ids", parse_pci_alias},
    {"usb:", "usb.ids", parse_usb_alias},
}};

/// The files of a device in sysfs that contain its name.
struct NamedBus {
    std::string_view bus;
    std::array<std::string_view, 2> files;
};
constexpr std::array<NamedBus, 4> kNamed = {{
    {"input", {"name"}},
    {"i2c", {"name"}},
    {"mmc", {"name"}},
    {"scsi", {"vendor", "model"}},
}};

/// Appends a word, if it is not empty, after a separator.
void append(std::string& text, std::string_view word, std::string_view separator = " ") {
    if (word.empty()) return;
    if (!text.empty()) text += separator;
    text += word;
}

std::string describe_numbers(const HardwareIds& ids, const DeviceNumbers& numbers) {
    std::string device(ids.vendor(numbers.vendor));
    append(device, ids.product(numbers.vendor, numbers.product));
    std::string text(ids.device_class(numbers.device_class, numbers.subclass));
    append(text, device, ": ");
    return text;
}

}  // namespace

std::string DeviceNames::describe(const kernel::Device& device) {
    for (const NumberedBus& bus : kNumbered) {
        if (!device.modalias.starts_with(bus.prefix)) continue;
        const auto numbers = bus.parse(device.modalias);
        return numbers ? describe_numbers(ids(bus.list), *numbers) : std::string();
    }
    std::string text;
    if (device.path.empty()) return text;
    for (const NamedBus& bus : kNamed) {
        if (device.bus != bus.bus) continue;
        for (const std::string_view file : bus.files) {
            if (file.empty()) continue;
            append(text, files_.text(cat(device.path, "/", file)).value_or(""));
        }
    }
    return text;
}

const HardwareIds& DeviceNames::ids(const std::string& file_name) {
    auto& list = lists_[file_name];
    if (list) return list->ids;
    list = std::make_unique<List>();
    for (const std::string_view place : kPlaces) {
        auto text = files_.root().read_file(cat(place, file_name), kMaxList);
        if (!text) {
            files_.report(text.error());
            continue;
        }
        list->text = *std::move(text);
        list->ids = HardwareIds::parse(list->text);
        break;
    }
    return list->ids;
}

}  // namespace kmodpp
