// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory across the border of libkmodpp. Strings and vectors that the library makes are
// freed by its caller, but with libstdc++ linked statically the library has an operator
// new of its own. So that one hands on to the operator new of the program, which may have
// been replaced: by an allocator that the program brings, or by AddressSanitizer.
#include <dlfcn.h>

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace {

// The mangled name tells what std::size_t is.
// Nothing may be thrown through the frames of this library (base/guarded.hpp).
constexpr const char* kOperatorNew =
    std::is_same_v<std::size_t, unsigned> ? "_ZnwjRKSt9nothrow_t" : "_ZnwmRKSt9nothrow_t";
constexpr const char* kOperatorDelete = "_ZdlPv";

struct Allocator {
    void* (*allocate)(std::size_t, const std::nothrow_t&) = nullptr;
    void (*release)(void*) = nullptr;
};

/// That of the program; malloc, which is what every libstdc++ falls back on, where no
/// library or program shows one.
Allocator find_allocator() {
    void* const allocate = ::dlsym(RTLD_DEFAULT, kOperatorNew);
    void* const release = ::dlsym(RTLD_DEFAULT, kOperatorDelete);
    if (allocate == nullptr || release == nullptr)
        return {[](std::size_t size, const std::nothrow_t&) { return std::malloc(size); },
                std::free};
    return {std::bit_cast<decltype(Allocator::allocate)>(allocate),
            std::bit_cast<decltype(Allocator::release)>(release)};
}

const Allocator& allocator() {
    static const Allocator found = find_allocator();
    return found;
}

}  // namespace

void* operator new(std::size_t size) {
    void* const memory = allocator().allocate(size == 0 ? 1 : size, std::nothrow);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void operator delete(void* memory) noexcept {
    if (memory != nullptr) allocator().release(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
