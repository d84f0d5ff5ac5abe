// SPDX-License-Identifier: LGPL-2.1-or-later
// A module directory and a fake /sys under one root, for the reports.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "report/system.hpp"
#include "support/fake_kernel.hpp"
#include "support/module_directory.hpp"

namespace kmodpp::test {

class ReportMachine : public ModuleDirectory {
public:
    FakeKernel kernel;
    bool is_own_tree = true;

    void link(const std::string& target, const std::string& path) const {
        const boost::filesystem::path place(files().string() + "/" + path);
        boost::filesystem::create_directories(place.parent_path());
        boost::filesystem::create_symlink(target, place);
    }
    /// A device on the bus "pci" without a driver; returns its path.
    std::string device(std::string_view name, std::string_view alias) const {
        const std::string path = cat("sys/devices/", name);
        files().write(cat(path, "/modalias"), cat(alias, "\n"));
        link("../../bus/pci", cat(path, "/subsystem"));
        link(cat("../../../devices/", name), cat("sys/bus/pci/devices/", name));
        return cat("/", path);
    }
    /// Valid until the next call.
    const System& system() {
        catalog_ = std::make_unique<Catalog>(catalog());
        system_ = std::make_unique<System>(
            System{kernel::Sysfs(root(), messages()), kernel, *catalog_, is_own_tree,
                   [this](std::string_view name) {
                       if (catalog_->is_builtin(name).value_or(false))
                           return InitState::builtin;
                       return is_own_tree ? kernel.state(name) : InitState::absent;
                   }});
        return *system_;
    }

private:
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<System> system_;
};

}  // namespace kmodpp::test
