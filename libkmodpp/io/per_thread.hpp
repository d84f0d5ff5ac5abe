// SPDX-License-Identifier: LGPL-2.1-or-later
// An object per thread, created at its first use.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <memory>

#include "base/error.hpp"

namespace kmodpp::io {

/// An object per thread, destroyed at the end of the thread. Not thread_local, because
/// glibc aborts the process if it has no memory to register a destructor. Use one static
/// PerThread per kind of object; it is never destroyed.
template <class T>
class PerThread {
public:
    PerThread() : failure_(::pthread_key_create(&key_, destroy)) {}

    /// This thread's object, created by \p make at the first call. Borrows. io (ENOMEM)
    /// if out of memory.
    /// \param make () -> Result<std::unique_ptr<T>>
    template <class Make>
    [[nodiscard]] Result<T*> get(Make make) {
        if (failure_ != 0) return fail_errno(failure_, "cannot store thread-local data");
        if (void* const known = ::pthread_getspecific(key_))
            return static_cast<T*>(known);
        TRY_ASSIGN(std::unique_ptr<T> made, make());
        if (const int code = ::pthread_setspecific(key_, made.get()); code != 0)
            return fail_errno(code, "cannot store thread-local data");
        return made.release();
    }

private:
    static void destroy(void* object) { delete static_cast<T*>(object); }

    pthread_key_t key_{};
    int failure_;
};

}  // namespace kmodpp::io
