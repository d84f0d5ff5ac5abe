// SPDX-License-Identifier: LGPL-2.1-or-later
// What the reports read: the files of a kernel, and the modules of a release.
#pragma once

#include <functional>
#include <string_view>

#include "catalog/catalog.hpp"
#include "kernel/kernel.hpp"
#include "kernel/sysfs.hpp"
#include "kmodpp/loaded_module.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// What it refers to must outlive the calls that it is passed to.
struct System {
    kernel::Sysfs files;  ///< /proc, /sys and /dev of the kernel
    kernel::Kernel& kernel;
    Catalog& catalog;
    /// Whether the catalog contains the modules of the kernel: not another release or
    /// the root of an image.
    bool is_own_tree = false;
    /// The state of a module; for the modules of another kernel, absent or builtin.
    std::function<InitState(std::string_view)> state = {};
    /// Returns the certificates that the kernel trusts, or null.
    std::function<const trust::TrustStore*()> certificates = {};
};

}  // namespace kmodpp
