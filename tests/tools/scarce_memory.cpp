// SPDX-License-Identifier: LGPL-2.1-or-later
// A library to preload that makes allocations fail. Counting from the beginning of
// main(), SCARCE_MEMORY=17 makes the 17th allocation fail, 17+ also all later ones, 0
// none. At exit the number of allocations is written to the file SCARCE_REPORT. Child
// processes are not affected.
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

extern "C" {
// glibc's own names of the allocator.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

using Main = int (*)(int, char**, char**);

// Trivially constructible, because allocations happen before constructors.
constinit std::atomic<bool> armed = false;
constinit std::atomic<long> seen = 0;
constinit long refused_number = 0;
constinit bool all_later = false;
constinit char report[4096] = {};
constinit Main real_main = nullptr;

bool refused() {
    if (!armed) return false;
    const long number = ++seen;
    const bool hit = number == refused_number || (all_later && number > refused_number);
    if (hit) errno = ENOMEM;
    return hit;
}

int armed_main(int argc, char** argv, char** environment) {
    armed = true;
    return real_main(argc, argv, environment);
}

__attribute__((destructor)) void tell() {
    if (report[0] == '\0') return;
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%ld\n", seen.load());
    const int file = ::open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (::write(file, text, static_cast<std::size_t>(size)) != size) ::_exit(99);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

void* malloc(std::size_t size) { return refused() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
    return refused() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
    return refused() ? nullptr : __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    return refused() ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    void* const made = memalign(alignment, size);
    if (made == nullptr) return ENOMEM;
    *memory = made;
    return 0;
}

int __libc_start_main(Main main_function, int argc, char** argv, void (*init)(),
                      void (*fini)(), void (*loader_fini)(), void* stack_end) {
    decltype(&__libc_start_main) start = nullptr;
    void* const found = ::dlsym(RTLD_NEXT, "__libc_start_main");
    std::memcpy(&start, &found, sizeof start);
    if (const char* const number = std::getenv("SCARCE_MEMORY")) {
        refused_number = std::atol(number);
        all_later = std::strchr(number, '+') != nullptr;
    }
    if (const char* const path = std::getenv("SCARCE_REPORT"))
        std::strncpy(report, path, sizeof report - 1);
    for (const char* const name : {"LD_PRELOAD", "SCARCE_MEMORY", "SCARCE_REPORT"})
        ::unsetenv(name);
    real_main = main_function;
    return start(armed_main, argc, argv, init, fini, loader_fini, stack_end);
}

}  // extern "C"
#pragma GCC visibility pop
