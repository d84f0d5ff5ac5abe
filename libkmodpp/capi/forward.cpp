// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of libkmod.so.2. Each calls the function of libkmodpp with the prefix
// "kmodpp_", so that a system has one copy of the code.
#include "capi/libkmod.h"

#include <cstddef>
#include <tuple>

namespace {

template <class Function>
struct Signature;
template <class R, class... A>
struct Signature<R(A...)> {
    using Result = R;
    template <std::size_t N>
    using Argument = std::tuple_element_t<N, std::tuple<A...>>;
};

}  // namespace

// The types are those of libkmod.h. FORWARD_N defines a function with N arguments.
#define RESULT(name) Signature<decltype(name)>::Result
#define ARGUMENT(name, n) Signature<decltype(name)>::Argument<n>
#define DECLARE(name) extern decltype(name) kmodpp_##name;
#define FORWARD_1(name) \
    DECLARE(name)       \
    RESULT(name) name(ARGUMENT(name, 0) a) { return kmodpp_##name(a); }
#define FORWARD_2(name)                                           \
    DECLARE(name)                                                 \
    RESULT(name) name(ARGUMENT(name, 0) a, ARGUMENT(name, 1) b) { \
        return kmodpp_##name(a, b);                               \
    }
#define FORWARD_3(name)                                                                \
    DECLARE(name)                                                                      \
    RESULT(name) name(ARGUMENT(name, 0) a, ARGUMENT(name, 1) b, ARGUMENT(name, 2) c) { \
        return kmodpp_##name(a, b, c);                                                 \
    }
#define FORWARD_4(name)                                                 \
    DECLARE(name)                                                       \
    RESULT(name)                                                        \
    name(ARGUMENT(name, 0) a, ARGUMENT(name, 1) b, ARGUMENT(name, 2) c, \
         ARGUMENT(name, 3) d) {                                         \
        return kmodpp_##name(a, b, c, d);                               \
    }
#define FORWARD_6(name)                                                   \
    DECLARE(name)                                                         \
    RESULT(name)                                                          \
    name(ARGUMENT(name, 0) a, ARGUMENT(name, 1) b, ARGUMENT(name, 2) c,   \
         ARGUMENT(name, 3) d, ARGUMENT(name, 4) e, ARGUMENT(name, 5) f) { \
        return kmodpp_##name(a, b, c, d, e, f);                           \
    }

// libkmod.h declares a function as deprecated, for its callers.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC visibility push(default)
extern "C" {

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
SYMBOL_VERSION("kmod_module_new_from_name_lookup@@LIBKMOD_30")
int name_lookup(kmod_ctx* ctx, const char* modname, kmod_module** mod);
SYMBOL_VERSION("kmod_module_new_from_name_lookup@LIBKMOD_5")
int name_lookup_5(kmod_ctx* ctx, const char* modname, kmod_module** mod)
    __attribute__((alias("name_lookup")));

DECLARE(kmod_module_new_from_name_lookup)
int name_lookup(kmod_ctx* ctx, const char* modname, kmod_module** mod) {
    return kmodpp_kmod_module_new_from_name_lookup(ctx, modname, mod);
}

FORWARD_1(kmod_ref)
FORWARD_1(kmod_unref)
FORWARD_1(kmod_get_log_priority)
FORWARD_1(kmod_get_userdata)
FORWARD_1(kmod_get_dirname)
FORWARD_1(kmod_load_resources)
FORWARD_1(kmod_unload_resources)
FORWARD_1(kmod_validate_resources)
FORWARD_1(kmod_list_last)
FORWARD_1(kmod_config_get_blacklists)
FORWARD_1(kmod_config_get_install_commands)
FORWARD_1(kmod_config_get_remove_commands)
FORWARD_1(kmod_config_get_aliases)
FORWARD_1(kmod_config_get_options)
FORWARD_1(kmod_config_get_softdeps)
FORWARD_1(kmod_config_get_weakdeps)
FORWARD_1(kmod_config_iter_get_key)
FORWARD_1(kmod_config_iter_get_value)
FORWARD_1(kmod_config_iter_next)
FORWARD_1(kmod_config_iter_free_iter)
FORWARD_1(kmod_module_ref)
FORWARD_1(kmod_module_unref)
FORWARD_1(kmod_module_unref_list)
FORWARD_1(kmod_module_get_module)
FORWARD_1(kmod_module_get_name)
FORWARD_1(kmod_module_get_path)
FORWARD_1(kmod_module_get_options)
FORWARD_1(kmod_module_get_install_commands)
FORWARD_1(kmod_module_get_remove_commands)
FORWARD_1(kmod_module_get_dependencies)
FORWARD_1(kmod_module_initstate_str)
FORWARD_1(kmod_module_get_initstate)
FORWARD_1(kmod_module_get_refcnt)
FORWARD_1(kmod_module_get_holders)
FORWARD_1(kmod_module_get_sections)
FORWARD_1(kmod_module_section_get_name)
FORWARD_1(kmod_module_section_get_address)
FORWARD_1(kmod_module_section_free_list)
FORWARD_1(kmod_module_get_size)
FORWARD_1(kmod_module_info_get_key)
FORWARD_1(kmod_module_info_get_value)
FORWARD_1(kmod_module_info_free_list)
FORWARD_1(kmod_module_version_get_symbol)
FORWARD_1(kmod_module_version_get_crc)
FORWARD_1(kmod_module_versions_free_list)
FORWARD_1(kmod_module_symbol_get_symbol)
FORWARD_1(kmod_module_symbol_get_crc)
FORWARD_1(kmod_module_symbols_free_list)
FORWARD_1(kmod_module_dependency_symbol_get_symbol)
FORWARD_1(kmod_module_dependency_symbol_get_bind)
FORWARD_1(kmod_module_dependency_symbol_get_crc)
FORWARD_1(kmod_module_dependency_symbols_free_list)

FORWARD_2(kmod_new)
FORWARD_2(kmod_set_log_priority)
FORWARD_2(kmod_set_userdata)
FORWARD_2(kmod_list_next)
FORWARD_2(kmod_list_prev)
FORWARD_2(kmod_module_new_from_loaded)
FORWARD_2(kmod_module_remove_module)
FORWARD_2(kmod_module_get_weakdeps)
FORWARD_2(kmod_module_get_info)
FORWARD_2(kmod_module_get_versions)
FORWARD_2(kmod_module_get_symbols)
FORWARD_2(kmod_module_get_dependency_symbols)

FORWARD_3(kmod_set_log_fn)
FORWARD_3(kmod_dump_index)
FORWARD_3(kmod_module_new_from_name)
FORWARD_3(kmod_module_new_from_path)
FORWARD_3(kmod_module_new_from_lookup)
FORWARD_3(kmod_module_insert_module)
FORWARD_3(kmod_module_get_softdeps)
FORWARD_3(kmod_module_get_filtered_blacklist)

FORWARD_4(kmod_module_apply_filter)

FORWARD_6(kmod_module_probe_insert_module)

}  // extern "C"
#pragma GCC visibility pop
