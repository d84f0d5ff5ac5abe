// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds modules for devices in the other installed releases.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "kernel/sysfs.hpp"
#include "kmodpp/device_report.hpp"
#include "kmodpp/message.hpp"
#include "report/device_matches.hpp"

namespace kmodpp {

/// Opens the databases of the releases when they are first needed.
class OtherReleases {
public:
    /// \param own its root is searched, and its release is left out; must outlive this
    /// \param files report errors
    OtherReleases(Catalog& own, const kernel::Sysfs& files)
        : own_(own), files_(files.on(own.root())) {}

    [[nodiscard]] std::vector<ReleaseModule> find(const std::string& modalias);

private:
    /// A damaged database of another release is not worth a message.
    class Silence final : public MessageSink {
    public:
        void message(Priority, std::string_view) override {}
    };
    struct Release {
        std::unique_ptr<Catalog> catalog;
        DeviceMatches matches;
    };
    void open();

    Catalog& own_;
    kernel::Sysfs files_;  ///< of the root of the modules
    Silence silence_;
    bool opened_ = false;
    std::vector<Release> releases_;
};

}  // namespace kmodpp
