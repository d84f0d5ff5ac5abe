// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens libraries when they are first needed, not at every start.
#pragma once

#include <bit>
#include <type_traits>

#include "base/error.hpp"

namespace kmodpp::io {

/// A library opened with dlopen. It is never closed: threads may still hold contexts of
/// it, and closing it would gain nothing. Copying is cheap.
///
/// Typical use: a struct of function pointers, filled once in a function-local static,
/// whose initialisation is thread-safe.
class SharedObject {
public:
    /// \param soname  "libzstd.so.1"
    /// \param package Debian's package, for the error message
    /// \return unsupported if it cannot be opened: "libzstd.so.1 cannot be opened
    /// (package libzstd1): …"
    [[nodiscard]] static Result<SharedObject> open(const char* soname,
                                                   const char* package);
    /// The same for a library of this project, which is searched first in the directory
    /// of the calling one. (A RUNPATH would make the loader search that directory for
    /// libc at every start.)
    [[nodiscard]] static Result<SharedObject> open_beside(const char* soname,
                                                          const char* package);

    /// Points \p function to the named function; unsupported if the library does not
    /// have it.
    template <class Function>
    [[nodiscard]] Status bind(Function& function, const char* name) const {
        static_assert(std::is_function_v<std::remove_pointer_t<Function>>);
        TRY_ASSIGN(void* const address, find(name));
        function = std::bit_cast<Function>(address);
        return {};
    }

private:
    SharedObject(void* handle, const char* soname) : handle_(handle), soname_(soname) {}
    [[nodiscard]] static Result<SharedObject> open_file(const char* path,
                                                        const char* soname,
                                                        const char* package);
    [[nodiscard]] Result<void*> find(const char* name) const;

    void* handle_;
    const char* soname_;
};

}  // namespace kmodpp::io

/// Declares in the ELF note .note.dlopen that this file opens a library at run time.
/// Initramfs generators and packagers read the note, because the library has no DT_NEEDED
/// entry (UAPI "Package Metadata for dlopen"). Arguments are string literals; `sonames`
/// is KMODPP_NOTE_STRING("libz.so.1"), or several separated by ",", the preferred one
/// first.
///
/// \verbatim
/// | u32 4 | u32 size of JSON | u32 0x407c0c0a | "FDO\0" | JSON, NUL, padded to 4 |
/// \endverbatim
#define KMODPP_NOTE_STRING(text) "\\\"" text "\\\""
#define KMODPP_DLOPEN_NOTE(sonames, feature, description, priority) \
    __asm__(                                                                \
        ".pushsection .note.dlopen, \"a\", %note\n"                         \
        ".balign 4\n"                                                       \
        ".long 7702f - 7701f\n"                                             \
        ".long 7704f - 7703f\n"                                             \
        ".long 0x407c0c0a\n"                                                \
        "7701: .asciz \"FDO\"\n"                                            \
        "7702: .balign 4\n"                                                 \
        "7703: .asciz \"[{" KMODPP_NOTE_STRING(                             \
            "soname") ":[" sonames "]," KMODPP_NOTE_STRING("feature") ":"   \
        KMODPP_NOTE_STRING(feature) "," KMODPP_NOTE_STRING("description")   \
        ":" KMODPP_NOTE_STRING(description) "," KMODPP_NOTE_STRING(         \
            "priority") ":" KMODPP_NOTE_STRING(priority) "}]\"\n"           \
        "7704: .balign 4\n"                                                 \
        ".popsection\n")
