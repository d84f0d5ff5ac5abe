// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/packed_modules.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/kernel_unpacking.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"

namespace kmodpp::index {

namespace {

/// The configuration of a distribution kernel has 300 kB.
constexpr std::uint64_t kMaxConfig = 16u << 20;

KernelUnpacking read_config_of_kernel(const io::Root& root, const std::string& directory,
                                      const std::string& release) {
    for (const std::string& path :
         {cat(directory, "/config"), cat("/boot/config-", release)})
        if (const auto text = root.read_file(path, kMaxConfig))
            return read_kernel_unpacking(*text);
    return {};
}

std::string_view command_for(std::string_view compression) {
    if (compression == "xz") return "xz --check=crc32 --lzma2=dict=1MiB";
    if (compression == "zstd") return "zstd -19";
    return "gzip -n";
}

}  // namespace

void warn_of_packed_modules(const io::Root& root, const std::string& directory,
                            const std::string& release,
                            const std::vector<FoundModule>& modules, unsigned jobs,
                            MessageSink& messages) {
    const KernelUnpacking kernel = read_config_of_kernel(root, directory, release);
    if (kernel.compression.empty()) return;
    std::vector<std::string_view> obstacles(modules.size());
    io::for_each_in_parallel(jobs, modules.size(), [&](std::size_t i) {
        const auto file = io::ModuleFile::open(root, modules[i].path);
        // Modules compressed in another way are always unpacked in user space.
        if (file && io::to_string(file->compression()) == kernel.compression)
            obstacles[i] = kernel_unpack_obstacle(file->packed_head(), kernel.filters);
    });
    const auto is_bad = [](std::string_view obstacle) { return !obstacle.empty(); };
    const auto first = std::ranges::find_if(obstacles, is_bad);
    if (first == obstacles.end()) return;
    const auto at = static_cast<std::size_t>(first - obstacles.begin());
    const auto count = std::ranges::count_if(obstacles, is_bad);
    messages.message(Priority::warning,
                     cat("kernel ", release, " cannot decompress ", count,
                         count == 1 ? " module itself: " : " modules itself, such as ",
                         root.display(modules[at].path), ": ", *first,
                         "; compress with '", command_for(kernel.compression), "'"));
}

}  // namespace kmodpp::index
