// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/places.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "index/directory_names.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp::index {

namespace {

/// As root, depmod never writes outside the output root, wherever links lead. Other
/// users can only write where they have permission anyway.
Result<io::Root> open_output(const std::string& path, const std::string& directory,
                             bool confined) {
    TRY_ASSIGN(io::Root inside, io::Root::open(path));
    if (confined || inside.is_host()) return inside;
    TRY_ASSIGN(io::Root leaving, io::Root::open(path, io::Links::may_leave));
    const auto link = leaving.leaving_link(directory);
    if (!link) return inside;
    if (::geteuid() != 0) return leaving;
    return fail(ErrorKind::denied,
                cat(leaving.display(link->path), " is a link to ",
                    printable(link->target), ", outside of ", leaving.prefix(),
                    ": databases are not written there for root; use -b with the root of "
                    "that directory, or -o with another one"));
}

}  // namespace

Result<Places> open_places(const DepmodRequest& request) {
    // An empty release, "." or a path would put the databases into another directory.
    if (!is_entry_name(request.release))
        return fail(ErrorKind::malformed,
                    cat("'", printable(request.release),
                        "' is not a valid kernel release: expected a directory name such "
                        "as 6.1.0"),
                    EINVAL);
    TRY_ASSIGN(io::Root host, io::Root::open("/"));
    TRY_ASSIGN(io::Root root,
               io::Root::open(request.root, request.confined ? io::Links::stay_inside
                                                             : io::Links::may_leave));
    std::string directory = cat(
        request.module_directory.empty() ? KMODPP_MODULE_DIR : request.module_directory,
        "/", request.release);
    if (request.dry_run) {
        TRY_ASSIGN(io::Root unused, io::Root::open(request.root));
        return Places{std::move(host), std::move(root), std::move(unused),
                      std::move(directory)};
    }
    const std::string output_path = request.output_root.value_or(request.root);
    if (request.output_root) TRY(host.make_directories(io::absolute_path(output_path)));
    TRY_ASSIGN(io::Root output, open_output(output_path, directory, request.confined));
    return Places{std::move(host), std::move(root), std::move(output),
                  std::move(directory)};
}

ScanRequest scan_request(const Places& places, const DepmodRequest& request,
                         const DepmodConfig& config) {
    return {.root = places.root,
            .directory = places.directory,
            .release = request.release,
            .config = config,
            .files = request.module_files,
            .jobs = request.jobs,
            .strict = request.strict,
            .read_names = &directory_names};
}

}  // namespace kmodpp::index
