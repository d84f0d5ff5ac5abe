// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/shared_object.hpp"

#include <dlfcn.h>

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
    void* const handle = ::dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        return fail(ErrorKind::unsupported, cat(soname, " cannot be opened (package ",
                                                package, "): ", last_error()));
    return SharedObject(handle, soname);
}

Result<SharedObject> SharedObject::open_beside(const char* soname, const char* package) {
    void* const handle =
        ::dlopen(cat(own_directory(), soname).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) return SharedObject(handle, soname);
    return open(soname, package);
}

Result<void*> SharedObject::find(const char* name) const {
    void* const address = ::dlsym(handle_, name);
    if (address == nullptr)
        return fail(ErrorKind::unsupported,
                    cat(soname_, " has no function ", name, ": ", last_error()));
    return address;
}

}  // namespace kmodpp::io
