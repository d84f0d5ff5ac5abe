// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/real_kernel.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "base/text.hpp"
#include "format/elf_header.hpp"
#include "kernel/forced_image.hpp"
#include "kernel/kallsyms.hpp"
#include "kernel/kernel_log.hpp"
#include "kernel/load_call.hpp"
#include "kernel/load_policy.hpp"
#include "kernel/module_files.hpp"
#include "kernel/module_uses.hpp"

namespace kmodpp::kernel {

namespace {

/// glibc has no wrappers for these calls.
class SystemModuleCalls final : public ModuleCalls {
public:
    int finit_module(int fd, const char* parameters, unsigned flags) override {
        return syscall(SYS_finit_module, fd, parameters, flags) == 0 ? 0 : errno;
    }
    int init_module(Bytes image, const char* parameters) override {
        return syscall(SYS_init_module, image.data(), image.size(), parameters) == 0
                   ? 0
                   : errno;
    }
    int delete_module(const char* name, unsigned flags) override {
        return syscall(SYS_delete_module, name, flags) == 0 ? 0 : errno;
    }
};

/// The filters that the running kernel's xz decoder is expected to support.
XzFilters own_xz_filters() {
    struct utsname names {};
    if (uname(&names) != 0) return 0;
    const auto machine = elf::machine_of_uname(names.machine);
    return machine ? xz_filters_of(*machine) : 0;
}

/// True if the kernel has logged since the mark that it could not unpack a module. Its
/// decoders refuse more than the headers of a stream show.
bool could_not_unpack(const LogMark& mark) {
    const auto lines = read_kmsg(mark);
    return lines && std::ranges::any_of(*lines, is_unpack_failure);
}

}  // namespace

std::unique_ptr<ModuleCalls> system_module_calls() {
    return std::make_unique<SystemModuleCalls>();
}

std::unique_ptr<Kernel> make_real_kernel() {
    auto host = io::Root::open("/");
    assert(host.has_value());  // the host's root is not opened, so nothing can fail
    return std::make_unique<RealKernel>(*std::move(host), system_module_calls());
}

Result<std::string> RealKernel::release() {
    struct utsname names {};
    if (uname(&names) != 0) return fail_errno(errno, "cannot determine the release");
    return std::string(names.release);
}

Result<std::string> RealKernel::command_line() { return read_command_line(files_); }

io::Compression RealKernel::compression() const {
    const auto name = read_state_file(files_, "/sys/module/compression");
    return name ? compression_named(trim(*name)) : io::Compression::none;
}

Status RealKernel::load(io::ModuleFile& file, const std::string& parameters,
                        LoadFlags flags) {
    const bool packed = file.compression() != io::Compression::none;
    if (!packed || accepts_unchanged(file, compression(), own_xz_filters())) {
        LogMark mark = packed ? mark_log() : LogMark{};
        const int code =
            calls_->finit_module(file.fd(), parameters.c_str(),
                                 to_bits(flags) | (packed ? kCompressedFile : 0));
        if (code == 0) return {};
        if (code != ENOSYS && !(packed && code == EINVAL && could_not_unpack(mark)))
            return load_refused(code, file.path());
    }
    auto image = file.contents();
    if (!image) return std::unexpected(within(std::move(image).error(), file.path()));
    std::string forced;
    if (to_bits(flags) != 0) {
        auto copy = forced_image(*image, flags);
        if (!copy) return std::unexpected(within(std::move(copy).error(), file.path()));
        forced = *std::move(copy);
        image = as_bytes(forced);
    }
    const int code = calls_->init_module(*image, parameters.c_str());
    if (code != 0) return load_refused(code, file.path());
    return {};
}

Status RealKernel::unload(const std::string& name, UnloadFlags flags) {
    const unsigned bits = O_NONBLOCK | (flags.force ? O_TRUNC : 0);
    const int code = calls_->delete_module(name.c_str(), bits);
    if (code != 0) return fail_errno(code, name);
    return {};
}

Result<std::vector<LoadedModule>> RealKernel::modules() { return list_modules(files_); }

InitState RealKernel::state(std::string_view name) { return read_state(files_, name); }

Result<std::vector<std::string>> RealKernel::holders(std::string_view name) {
    return read_holders(files_, name);
}

Result<long> RealKernel::refcount(std::string_view name) {
    return read_refcount(files_, name);
}

std::optional<std::uint64_t> RealKernel::size(std::string_view name) {
    return read_size(files_, name);
}

std::vector<LoadedSection> RealKernel::sections(std::string_view name) {
    return read_sections(files_, name);
}

std::vector<ModuleUse> RealKernel::uses(
    std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system) {
    return read_uses(files_, name, nodes, is_file_system);
}

std::vector<ModuleUse> RealKernel::bound_devices(std::string_view name) {
    return read_bound_devices(files_, name);
}

LogMark RealKernel::mark_log() { return mark_kmsg(files_); }

std::optional<std::vector<std::string>> RealKernel::log_since(LogMark& mark) {
    return read_kmsg(mark);
}

LoadPolicy RealKernel::policy() { return read_policy(files_); }

KernelIdentity RealKernel::identity() {
    struct utsname names {};
    if (uname(&names) != 0) return {};
    return {.vermagic = std::nullopt,
            .machine = elf::machine_of_uname(names.machine),
            .is_64 = elf::is_64_by_uname(names.machine),
            .order = std::endian::native};
}

std::optional<VisibleExports> RealKernel::exports(
    const std::set<std::string, std::less<>>& symbols) {
    return read_kallsyms(files_, symbols);
}

}  // namespace kmodpp::kernel
