// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/device_alias.hpp"

#include <cstddef>

#include "base/text.hpp"

namespace kmodpp {

namespace {

/// Reads an alias field by field. After a mismatch, nothing matches any more.
class Fields {
public:
    explicit Fields(std::string_view text) : rest_(text) {}

    void expect(std::string_view text) {
        if (rest_.starts_with(text))
            rest_.remove_prefix(text.size());
        else
            good_ = false;
    }
    /// A field of that many hexadecimal digits.
    template <class T>
    T hex(std::string_view key, std::size_t digits) {
        expect(key);
        const auto value = parse_unsigned<std::uint32_t>(rest_.substr(0, digits), 16);
        if (!good_ || !value || rest_.size() < digits) {
            good_ = false;
            return 0;
        }
        rest_.remove_prefix(digits);
        return static_cast<T>(*value);
    }
    [[nodiscard]] bool good() const { return good_; }

private:
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::optional<DeviceNumbers> parse_pci_alias(std::string_view alias) {
    Fields fields(alias);
    DeviceNumbers numbers;
    fields.expect("pci:");
    numbers.vendor = fields.hex<std::uint16_t>("v", 8);
    numbers.product = fields.hex<std::uint16_t>("d", 8);
    static_cast<void>(fields.hex<std::uint32_t>("sv", 8));
    static_cast<void>(fields.hex<std::uint32_t>("sd", 8));
    numbers.device_class = fields.hex<std::uint8_t>("bc", 2);
    numbers.subclass = fields.hex<std::uint8_t>("sc", 2);
    if (!fields.good()) return std::nullopt;
    return numbers;
}

std::optional<DeviceNumbers> parse_usb_alias(std::string_view alias) {
    Fields fields(alias);
    DeviceNumbers numbers;
    fields.expect("usb:");
    numbers.vendor = fields.hex<std::uint16_t>("v", 4);
    numbers.product = fields.hex<std::uint16_t>("p", 4);
    static_cast<void>(fields.hex<std::uint16_t>("d", 4));
    for (const std::string_view key : {"dc", "dsc", "dp"})
        static_cast<void>(fields.hex<std::uint8_t>(key, 2));
    numbers.device_class = fields.hex<std::uint8_t>("ic", 2);
    numbers.subclass = fields.hex<std::uint8_t>("isc", 2);
    if (!fields.good()) return std::nullopt;
    return numbers;
}

}  // namespace kmodpp
