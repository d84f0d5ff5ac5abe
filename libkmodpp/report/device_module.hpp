// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a module that matches a device is not at work.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kernel/device_tree.hpp"
#include "kmodpp/device_report.hpp"
#include "kmodpp/plan.hpp"
#include "report/firmware_search.hpp"
#include "report/system.hpp"

namespace kmodpp {

/// Judges the modules of devices; remembers what does not depend on the device.
class ModuleJudge {
public:
    /// \param system must outlive the judge
    explicit ModuleJudge(const System& system) : system_(system), firmware_(system) {}

    [[nodiscard]] DeviceModule judge(const kernel::Device& device,
                                     const NamedModule& module);

private:
    struct Question {
        const kernel::Device& device;
        const NamedModule& module;
        InitState state;
    };
    using Rule = bool (ModuleJudge::*)(const Question&, DeviceModule&);

    // Each sets the state and returns true, or returns false if it does not apply.
    bool is_bound(const Question& question, DeviceModule& out);
    bool is_builtin(const Question& question, DeviceModule& out);
    bool is_loaded(const Question& question, DeviceModule& out);
    bool is_forbidden(const Question& question, DeviceModule& out);
    bool is_blacklisted(const Question& question, DeviceModule& out);
    bool is_replaced(const Question& question, DeviceModule& out);
    bool has_no_file(const Question& question, DeviceModule& out);
    bool is_refused(const Question& question, DeviceModule& out);
    bool is_loadable(const Question& question, DeviceModule& out);

    void add_missing_firmware(const Question& question, DeviceModule& out);
    /// The command that binds the driver of the module to the device; may be empty.
    [[nodiscard]] std::string bind_command(const Question& question) const;
    [[nodiscard]] InitState state(const NamedModule& module);
    [[nodiscard]] const std::optional<Diagnosis>& refusal(const NamedModule& module);

    const System& system_;
    FirmwareSearch firmware_;
    std::map<std::string, InitState, std::less<>> states_;
    std::map<std::string, std::optional<Diagnosis>, std::less<>> refusals_;
    std::map<std::string, std::vector<std::string>, std::less<>> missing_firmware_;
};

}  // namespace kmodpp
