// SPDX-License-Identifier: LGPL-2.1-or-later
// Declares kmod_module_new_from_name_lookup, which has two symbol versions.
#pragma once

struct kmod_ctx;
struct kmod_module;

// kmod 30 exports this function as LIBKMOD_5, later releases as LIBKMOD_30. New
// programs bind to LIBKMOD_30; LIBKMOD_5 remains for programs that were linked with
// kmod 30. The attribute also works with link-time optimisation, .symver does not;
// clang only has the latter.
#if __has_attribute(symver)
#define SYMBOL_VERSION(version) __attribute__((symver(version)))
#else
#define SYMBOL_VERSION(version)
__asm__(".symver name_lookup, kmod_module_new_from_name_lookup@@LIBKMOD_30");
__asm__(".symver name_lookup_5, kmod_module_new_from_name_lookup@LIBKMOD_5");
#endif
#pragma GCC visibility push(default)
extern "C" {
SYMBOL_VERSION("kmod_module_new_from_name_lookup@@LIBKMOD_30")
int name_lookup(kmod_ctx* ctx, const char* modname, kmod_module** mod);
SYMBOL_VERSION("kmod_module_new_from_name_lookup@LIBKMOD_5")
int name_lookup_5(kmod_ctx* ctx, const char* modname, kmod_module** mod)
    __attribute__((alias("name_lookup")));
}
#pragma GCC visibility pop
