// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/shared_object.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <bit>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

std::string_view last_error() {
    const char* const text = ::dlerror();
    return text == nullptr ? "unknown error" : text;
}

/// The directory of the library that contains this function, with a slash.
std::string own_directory() {
    Dl_info info{};
    if (::dladdr(std::bit_cast<void*>(&own_directory), &info) == 0) return {};
    const std::string_view path = info.dli_fname;
    return std::string(path.substr(0, path.rfind('/') + 1));
}

}  // namespace

Result<SharedObject> SharedObject::open(const char* soname, const char* package) {
    return open_file(soname, soname, package);
}

Result<SharedObject> SharedObject::open_beside(const char* soname, const char* package) {
    const std::string beside = cat(own_directory(), soname);
    if (::access(beside.c_str(), F_OK) != 0) return open(soname, package);
    auto library = open_file(beside.c_str(), soname, package);
    // If memory is scarce, the loader may fail to copy the path, and then reports the
    // error of an earlier call, "No such file or directory". A second attempt succeeds or
    // runs out of memory where that is reported.
    if (!library) library = open_file(beside.c_str(), soname, package);
    return library;
}

Result<SharedObject> SharedObject::open_file(const char* path, const char* soname,
                                             const char* package) {
    void* const handle = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        return fail(ErrorKind::unsupported, cat(soname, " cannot be opened (package ",
                                                package, "): ", last_error()));
    return SharedObject(handle, soname);
}

Result<void*> SharedObject::find(const char* name) const {
    void* const address = ::dlsym(handle_, name);
    if (address == nullptr)
        return fail(ErrorKind::unsupported,
                    cat(soname_, " has no function ", name, ": ", last_error()));
    return address;
}

}  // namespace kmodpp::io
