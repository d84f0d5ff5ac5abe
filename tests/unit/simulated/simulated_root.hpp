// SPDX-License-Identifier: LGPL-2.1-or-later
// A root with a simulated kernel 6.1.0, and modules to load.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "kernel/kernel.hpp"
#include "support/elf_builder.hpp"
#include "support/temporary_directory.hpp"

namespace kmodpp::test {

inline constexpr std::string_view kVermagic = "6.1.0 SMP mod_unload ";

/// A valid module.
inline ElfBuilder sound_module(std::string_view name, ElfTarget target = {}) {
    ElfBuilder builder(target);
    builder.text(64)
        .info("name", name)
        .info("license", "GPL")
        .info("intree", "Y")
        .info("vermagic", kVermagic)
        .this_module(name);
    return builder;
}

class SimulatedRoot {
public:
    explicit SimulatedRoot(std::string_view description = "release 6.1.0\n") {
        directory_.write("etc/kmodpp/kernel.conf", description);
        root_ = std::make_unique<io::Root>(io::Root::open(directory_.string()).value());
    }

    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    [[nodiscard]] const io::Root& root() const { return *root_; }

    /// Created at the first use, so that a test can write files before that.
    [[nodiscard]] kernel::Kernel& kernel() {
        if (!kernel_) kernel_ = kernel::make_simulated_kernel(*root_, *root_, "").value();
        return *kernel_;
    }

    /// Writes NAME.ko and loads it. 0 or the errno.
    int load(std::string_view name, const ElfBuilder& module,
             const std::string& parameters = "", kernel::LoadFlags flags = {}) {
        return load_bytes(name, module.build(), parameters, flags);
    }
    int load(std::string_view name) { return load(name, sound_module(name)); }

    int load_bytes(std::string_view name, std::string_view bytes,
                   const std::string& parameters = "", kernel::LoadFlags flags = {}) {
        const std::string path = std::string(name) + ".ko";
        directory_.write(path, bytes);
        auto file = io::ModuleFile::open(*root_, path);
        REQUIRE(file.has_value());
        const Status status = kernel().load(*file, parameters, flags);
        return status ? 0 : status.error().code;
    }

    int unload(const std::string& name, bool force = false) {
        const Status status = kernel().unload(name, {.force = force});
        return status ? 0 : status.error().code;
    }

    /// The log; "" before the first line.
    [[nodiscard]] std::string log() const {
        return root_->exists("/var/log/kernel.log")
                   ? directory_.read("var/log/kernel.log")
                   : "";
    }
    [[nodiscard]] bool logged(std::string_view line) const {
        return log().find(std::string(line) + "\n") != std::string::npos;
    }
    [[nodiscard]] std::string proc_modules() const {
        return root_->exists("/proc/modules") ? directory_.read("proc/modules") : "";
    }
    [[nodiscard]] std::string sys(std::string_view file) const {
        return directory_.read("sys/module/" + std::string(file));
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<io::Root> root_;
    std::unique_ptr<kernel::Kernel> kernel_;
};

}  // namespace kmodpp::test
