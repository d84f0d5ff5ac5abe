// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/shared_object.hpp"

#include <dlfcn.h>

#include <string_view>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

std::string_view last_error() {
    const char* const text = ::dlerror();
    return text == nullptr ? "unknown error" : text;
}

}  // namespace

Result<SharedObject> SharedObject::open(const char* soname, const char* package) {
    void* const handle = ::dlopen(soname, RTLD_NOW | RTLD_LOCAL);
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
