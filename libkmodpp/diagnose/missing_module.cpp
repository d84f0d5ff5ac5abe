// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/missing_module.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/scan.hpp"
#include "diagnose/load_case.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

namespace {

Finding missing_directory(Catalog& catalog, kernel::Kernel& kernel) {
    const std::string& release = catalog.release();
    const auto parent = catalog.directory().substr(0, catalog.directory().rfind('/'));
    const auto releases = catalog.root().list(parent).value_or(Names{});
    const auto running = kernel.release();
    const bool is_running = running && *running == release;
    Finding finding{FailureCause::no_module_directory,
                    cat(catalog.display_directory(), " does not exist: "),
                    {},
                    {{"release", release}}};
    if (releases.empty()) {
        finding.text += "no modules are installed";
        finding.advice =
            is_running ? "install the modules of this kernel; a container or a kernel "
                         "with everything built in has none"
                       : "install the modules of that release";
        return finding;
    }
    finding.text += cat(releases.size() == 1 ? "the installed release is "
                                                 : "the installed releases are ",
                           some_of(releases));
    for (const std::string& one : releases) finding.facts.push_back({"installed", one});
    finding.advice = is_running
                         ? "the running kernel was probably upgraded or removed: reboot, "
                           "or reinstall its modules"
                         : "choose an installed release with -S";
    return finding;
}

/// The module files of that name in the module directory.
Names files_named(const Catalog& catalog, std::string_view name) {
    Names found;
    for (const std::string& path :
         files_of_module(catalog.root(), catalog.directory(), name))
        found.push_back(catalog.root().display(path));
    return found;
}

}  // namespace

std::vector<Finding> explain_missing(std::string_view name, Catalog& catalog,
                                     kernel::Kernel& kernel) {
    const auto directory = catalog.root().stat(catalog.directory());
    if (!directory && directory.error().kind == ErrorKind::not_found)
        return {missing_directory(catalog, kernel)};
    const std::string command = depmod_command(catalog);
    const std::string module = normalise_module_name(name);
    if (const auto has = catalog.has(Database::dep); has && !*has)
        return {{FailureCause::not_indexed,
                 cat(catalog.display_directory(), "/modules.dep.bin does not exist"),
                 cat("run '", command, "' to create it"),
                 {}}};
    // For an alias such as "pci:v0000…" there is neither a file nor a similar name.
    if (!is_entry_name(module) || module.contains(':')) return {};
    if (const Names files = files_named(catalog, module); !files.empty())
        return {{FailureCause::not_indexed,
                 cat(files.front(), " exists but is not in modules.dep"),
                 cat("run '", command, "' to add it to the databases"),
                 {{"path", files.front()}}}};
    const auto nearest = nearest_module(catalog, module);
    if (!nearest || nearest->empty()) return {};
    return {{FailureCause::no_such_module,
             cat("the nearest name is '", printable(*nearest), "'"),
             {},
             {{"nearest", *nearest}}}};
}

}  // namespace kmodpp
