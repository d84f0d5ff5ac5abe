// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The devices of a machine, their drivers, and why a matching module is not at work.
/// Plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// Whether a module is at work for a device, or the first reason why it is not.
enum class DeviceModuleState {
    bound,         ///< its driver is bound to the device
    loaded,        ///< loaded; nothing can be bound to a device of a class
    not_bound,     ///< loaded, but its driver is not bound to the device
    builtin,       ///< built into the kernel
    forbidden,     ///< a forbid line names the module
    blacklisted,   ///< a blacklist line applies to the alias
    command,       ///< an install line runs a command that never loads it
    missing_file,  ///< its file does not exist
    unknown,       ///< an alias line leads to a module that does not exist
    refused,       ///< the kernel would refuse it
    loadable,      ///< nothing prevents the load
};
/// A stable name for programs: "not_bound".
[[nodiscard]] KMODPP_API std::string_view to_string(DeviceModuleState state);

/// A module that matches a device.
struct DeviceModule {
    std::string module = {};   ///< normalised
    std::string pattern = {};  ///< the alias pattern that matches; may be empty
    Origin alias = {};         ///< the alias line of the configuration, if it is one
    DeviceModuleState state = DeviceModuleState::loadable;
    Origin origin = {};                     ///< the forbid, blacklist or install line
    std::string text = {};                  ///< the state in one line
    std::string advice = {};                ///< one line: what to do; may be empty
    std::optional<Diagnosis> refusal = {};  ///< with `refused`
    /// With `not_bound` or `builtin`, if no driver is bound: its firmware files that do
    /// not exist. It may not need all of them.
    std::vector<std::string> missing_firmware = {};
};

/// A module of another installed release.
struct ReleaseModule {
    std::string release = {};
    std::string module = {};
};

/// A device, or an alias without one.
struct DeviceStatus {
    std::string path = {};     ///< "/sys/devices/…"; empty for an alias
    std::string bus = {};      ///< bus or class: "pci", "input"; may be empty
    std::string address = {};  ///< on its bus: "0000:00:1f.6"; empty for an alias
    std::string modalias = {};
    /// For users: "Ethernet controller: Intel Corporation I219-LM"; empty: unknown.
    std::string name = {};
    bool on_bus = false;             ///< a driver can be bound to it
    std::string driver = {};         ///< empty: none is bound
    std::string driver_module = {};  ///< the module of the driver; empty: unknown
    /// The driver that user space has chosen (driver_override); usually empty.
    std::string chosen_driver = {};
    std::vector<DeviceModule> modules = {};  ///< by priority
    /// If no module of this release matches: the modules of other installed releases
    /// that do.
    std::vector<ReleaseModule> other_releases = {};

    /// Whether a driver could be bound, but none is.
    [[nodiscard]] bool unbound() const { return on_bus && driver.empty(); }
};

/// The devices of a machine.
struct DeviceReport {
    std::vector<DeviceStatus> devices = {};  ///< sorted by path
    bool is_complete = true;  ///< false: there are more devices than are read
};

/// The devices of a DeviceReport.
enum class DeviceScope {
    all,      ///< every device with a modalias
    unbound,  ///< those to which a driver could be bound, but none is
};
/// A stable name for programs: "unbound".
[[nodiscard]] KMODPP_API std::string_view to_string(DeviceScope scope);

}  // namespace kmodpp
