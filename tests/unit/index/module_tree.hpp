// SPDX-License-Identifier: LGPL-2.1-or-later
// A tree of module files for release 6.1.0, and a run of depmod over it.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "kmodpp/depmod.hpp"
#include "support/elf_builder.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"

namespace kmodpp::test {

class ModuleTree {
public:
    static constexpr std::string_view kDirectory = "lib/modules/6.1.0/";

    ModuleTree() {
        file("modules.order", "");
        file("modules.builtin", "");
        file("modules.builtin.modinfo", "");
        // Keeps the configuration of the host out of the test.
        files.write("depmod.d/test.conf", "");
        request.root = files.string();
        request.release = "6.1.0";
        request.config = {files.string() + "/depmod.d"};
        request.sync = false;
    }

    /// Writes a file of the module directory.
    void file(std::string_view name, std::string_view contents) const {
        files.write(cat(kDirectory, name), contents);
    }
    void module(std::string_view path, const ElfBuilder& builder) const {
        file(path, builder.build());
    }
    /// Writes a module that exports and needs the given symbols.
    void module(std::string_view path, const std::vector<std::string>& exports,
                const std::vector<std::string>& needs = {}) const {
        ElfBuilder builder;
        for (const std::string& name : exports) builder.exports(name, 0x1000);
        for (const std::string& name : needs) builder.undefined(name);
        module(path, builder);
    }
    void config(std::string_view text) const { files.write("depmod.d/test.conf", text); }
    void link(const std::string& target, std::string_view path) const {
        REQUIRE(::symlink(target.c_str(), outside(path).c_str()) == 0);
    }

    [[nodiscard]] std::string outside(std::string_view name) const {
        return cat(files.string(), "/", kDirectory, name);
    }
    [[nodiscard]] std::string read(std::string_view name) const {
        return files.read(cat(kDirectory, name));
    }
    [[nodiscard]] bool has(std::string_view name) const {
        return ::access(outside(name).c_str(), F_OK) == 0;
    }

    Result<DepmodReport> run() {
        messages.clear();
        return run_depmod(request, messages);
    }
    /// modules.dep of a run that succeeds without messages.
    std::string dep() {
        const auto report = run();
        REQUIRE(report.has_value());
        CHECK(messages.lines() == std::vector<std::string>{});
        return read("modules.dep");
    }

    TemporaryDirectory files;
    DepmodRequest request;
    MessageLog messages;
};

inline constexpr std::string_view kDatabases[] = {
    "modules.dep",       "modules.dep.bin",          "modules.alias",
    "modules.alias.bin", "modules.softdep",          "modules.weakdep",
    "modules.symbols",   "modules.symbols.bin",      "modules.builtin.bin",
    "modules.devname",   "modules.builtin.alias.bin"};

}  // namespace kmodpp::test
