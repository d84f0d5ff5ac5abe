// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/cache_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/names.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "io/file.hpp"
#include "io/replace_file.hpp"

namespace kmodpp::index {

namespace {

/// 40,000 modules need 60 MB.
constexpr std::uint64_t kMaxCacheSize = 1u << 30;
constexpr std::string_view kPrefix = "depmod-";
constexpr std::string_view kSuffix = ".cache";

std::string_view directory_of(std::string_view path) {
    return path.substr(0, path.rfind('/'));
}

/// denied if another user might have written the file.
Result<io::Fd> open_private(const io::Root& host, const std::string& path) {
    TRY_ASSIGN(io::Fd fd, host.open_file(path, O_RDONLY | O_NOFOLLOW));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "cannot stat it");
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::malformed, "not a regular file");
    if ((status.st_uid != 0 && status.st_uid != ::geteuid()) ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(ErrorKind::denied, "another user could have written it");
    return fd;
}

}  // namespace

CacheFile::CacheFile(const DepmodRequest& request, const io::Root& root,
                     const std::string& directory)
    : module_directory_(directory_of(directory)) {
    switch (request.cache) {
        case InspectionCacheUse::off: return;
        case InspectionCacheUse::automatic:
            // Other roots are images. A run on them must leave nothing on the host.
            if (!root.is_host()) return;
            automatic_ = true;
            path_ = cat(KMODPP_STATE_DIR, "/", kPrefix, request.release, kSuffix);
            break;
        case InspectionCacheUse::file:
            path_ = io::absolute_path(request.cache_file);
            break;
    }
    const auto status = root.stat(directory);
    origin_ = cat(KMODPP_VERSION, " ", sizeof(void*), " ", root.display(directory));
    if (status) origin_ += cat(" ", status->st_dev, ":", status->st_ino);
}

InspectionCache CacheFile::read(const io::Root& host, MessageSink& messages) const {
    if (!is_used()) return {};
    const auto read_cache = [&]() -> Result<InspectionCache> {
        TRY_ASSIGN(const io::Fd fd, open_private(host, path_));
        TRY_ASSIGN(std::string bytes, io::read_all(fd.get(), kMaxCacheSize));
        return InspectionCache::decode(std::move(bytes), origin_);
    };
    auto cache = read_cache();
    if (cache) return *std::move(cache);
    if (cache.error().kind == ErrorKind::not_found) return {};
    messages.message(Priority::info,
                     cat("cache ", path_, " not used: ", cache.error().message));
    return {};
}

void CacheFile::write(const io::Root& host, const LastRun& last, EncodedModules modules,
                      MessageSink& messages) const {
    if (!is_used()) return;
    modules.bytes.insert(0, InspectionCache::encode_head(origin_, last, modules));
    const auto status = try_write(host, modules.bytes);
    // A warning only for a file that the user named; the state directory may be
    // read-only.
    if (!status)
        messages.message(automatic_ ? Priority::info : Priority::warning,
                         cat("no cache for the next run: ", status.error().message));
    if (status && automatic_) remove_orphans(host);
}

Status CacheFile::try_write(const io::Root& host, const std::string& bytes) const {
    constexpr mode_t kPrivate = 0600, kPrivateDirectory = 0700;
    // read() would refuse it.
    if (bytes.size() > kMaxCacheSize)
        return fail(ErrorKind::unsupported,
                    cat(path_, " would be larger than ", kMaxCacheSize, " bytes"));
    const std::string_view directory = directory_of(path_);
    if (automatic_) TRY(host.make_directories(directory, kPrivateDirectory));
    // Never overwrite a file that is not one of our caches (mistyped --cache).
    if (const auto old = host.open_file(path_, O_RDONLY)) {
        std::array<char, 8> head{};
        const ssize_t size = ::pread(old->get(), head.data(), head.size(), 0);
        if (size < 0 ||
            !InspectionCache::may_be_one({head.data(), static_cast<std::size_t>(size)}))
            return fail(ErrorKind::conflict,
                        cat(path_, " exists and is not an inspection cache"));
    }
    // Unlink first: some file systems flush a file at once when it is renamed over
    // another one, and no cache is as good as an old one.
    ::unlink(path_.c_str());
    return io::replace_file(host, directory, base_name(path_), bytes, kPrivate);
}

/// Removes the caches of releases whose module directory no longer exists.
void CacheFile::remove_orphans(const io::Root& host) const {
    const std::string directory(directory_of(path_));
    const auto names = host.list(directory);
    if (!names) return;
    for (const std::string_view name : *names) {
        if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix) ||
            name.size() <= kPrefix.size() + kSuffix.size())
            continue;
        const std::string_view release =
            name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
        if (!host.exists(cat(module_directory_, "/", release)))
            ::unlink(cat(directory, "/", name).c_str());
    }
}

}  // namespace kmodpp::index
