// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/places.hpp"

#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/config_files.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp::index {

Result<Places> open_places(const DepmodRequest& request) {
    // Databases of no release would lie amid those of all.
    if (!is_entry_name(request.release))
        return fail(ErrorKind::malformed,
                    cat("'", printable(request.release),
                        "' is no release of a kernel: its databases have no place"),
                    EINVAL);
    TRY_ASSIGN(io::Root host, io::Root::open("/"));
    TRY_ASSIGN(io::Root root, io::Root::open(request.base));
    const std::string output_path =
        request.dry_run ? request.base : request.output.value_or(request.base);
    if (request.output && !request.dry_run)
        TRY(host.make_directories(io::absolute_path(output_path)));
    TRY_ASSIGN(io::Root output, io::Root::open(output_path));
    return Places{std::move(host), std::move(root), std::move(output),
                  cat(request.module_directory.empty() ? KMODPP_MODULE_DIR
                                                       : request.module_directory,
                      "/", request.release)};
}

DepmodConfig read_config(const io::Root& host, const DepmodRequest& request,
                         MessageSink& messages) {
    DepmodConfig config;
    for (const ConfigFile& file : read_config_files(
             host, "depmod.d", io::absolute_paths(request.config), messages))
        if (!file.foreign) parse_depmod_config(file.text, file.path, config);
    for (const ConfigRemark& remark : config.remarks)
        messages.message(Priority::warning,
                         cat(remark.origin.describe(), ": ", remark.text));
    return config;
}

}  // namespace kmodpp::index
