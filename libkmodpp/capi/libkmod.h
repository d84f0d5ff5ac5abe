/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The C interface of libkmod.so.2, compatible with kmod's library and implemented with
 * libkmodpp. libkmod(3) describes errors, ownership and threads for all functions.
 */
#ifndef LIBKMOD_H
#define LIBKMOD_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Contexts: a module directory, a configuration, a log ---- */

struct kmod_ctx;

/*
 * dirname: the module directory; NULL: /lib/modules/RELEASE of the running kernel.
 * config_paths: files and directories to read instead of the usual modprobe.d directories,
 * terminated by NULL; NULL: the usual ones; an empty array: no configuration.
 * Returns a context with one reference, or NULL on failure.
 */
struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths);
struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx);
/* Returns NULL if that was the last reference. Each module holds a reference, too. */
struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx);

/* log_fn receives messages up to the log priority; NULL discards all messages. */
void kmod_set_log_fn(struct kmod_ctx *ctx,
                     void (*log_fn)(void *log_data, int priority, const char *file,
                                    int line, const char *fn, const char *format,
                                    va_list args),
                     const void *data);
/* A priority of syslog(3). Initially that of the variable KMOD_LOG, or LOG_ERR. */
int kmod_get_log_priority(const struct kmod_ctx *ctx);
void kmod_set_log_priority(struct kmod_ctx *ctx, int priority);
void *kmod_get_userdata(const struct kmod_ctx *ctx);
void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata);
/* The absolute path of the module directory, valid as long as the context. */
const char *kmod_get_dirname(const struct kmod_ctx *ctx);

/*
 * Opens the databases and keeps them open until kmod_unload_resources(). Without it, each
 * function opens those that it needs.
 */
int kmod_load_resources(struct kmod_ctx *ctx);
void kmod_unload_resources(struct kmod_ctx *ctx);

enum kmod_resources {
    KMOD_RESOURCES_OK = 0,
    KMOD_RESOURCES_MUST_RELOAD = 1,   /* the databases have changed */
    KMOD_RESOURCES_MUST_RECREATE = 2, /* the configuration has changed */
};
int kmod_validate_resources(struct kmod_ctx *ctx);

enum kmod_index {
    KMOD_INDEX_MODULES_DEP = 0,
    KMOD_INDEX_MODULES_ALIAS,
    KMOD_INDEX_MODULES_SYMBOL,
    KMOD_INDEX_MODULES_BUILTIN_ALIAS,
    KMOD_INDEX_MODULES_BUILTIN,
    _KMOD_INDEX_PAD = 1U << 31, /* as wide as an int */
};
/* Writes the index to fd as "KEY VALUE" lines. */
int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd);

/* ---- Lists: NULL is an empty list ---- */

struct kmod_list;
struct kmod_list *kmod_list_next(const struct kmod_list *list,
                                 const struct kmod_list *curr);
struct kmod_list *kmod_list_prev(const struct kmod_list *list,
                                 const struct kmod_list *curr);
struct kmod_list *kmod_list_last(const struct kmod_list *list);

#define kmod_list_foreach(list_entry, first_entry)            \
    for (list_entry = first_entry; list_entry != NULL;        \
         list_entry = kmod_list_next(first_entry, list_entry))

#define kmod_list_foreach_reverse(list_entry, first_entry)                         \
    for (list_entry = kmod_list_last(first_entry); list_entry != NULL;             \
         list_entry = kmod_list_prev(first_entry, list_entry))

/* ---- Rules of the configuration ---- */

struct kmod_config_iter;
struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx);
/* NULL before the first call of kmod_config_iter_next() and after the last rule. */
const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter);
const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter);
/* Returns false after the last rule; the next call then starts again at the first. */
bool kmod_config_iter_next(struct kmod_config_iter *iter);
void kmod_config_iter_free_iter(struct kmod_config_iter *iter);

/* ---- Modules: one object for each name in a context ---- */

struct kmod_module;
/* The module need not exist. */
int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name,
                              struct kmod_module **mod);
int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path,
                              struct kmod_module **mod);
/* Returns 0 and an empty list if the name is not found. */
int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
                                struct kmod_list **list);
/* Ignores aliases. Returns 0 and leaves *mod unchanged if there is no such module. */
int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
                                     struct kmod_module **mod);
int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list);

struct kmod_module *kmod_module_ref(struct kmod_module *mod);
/* Returns NULL if that was the last reference. */
struct kmod_module *kmod_module_unref(struct kmod_module *mod);
int kmod_module_unref_list(struct kmod_list *list);
/* Returns a new reference. */
struct kmod_module *kmod_module_get_module(const struct kmod_list *entry);

enum kmod_remove {
    KMOD_REMOVE_FORCE = O_TRUNC,
    KMOD_REMOVE_NOWAIT = O_NONBLOCK, /* always set */
    KMOD_REMOVE_NOLOG = 1,           /* failures are not logged */
};

enum kmod_insert {
    KMOD_INSERT_FORCE_VERMAGIC = 0x1,
    KMOD_INSERT_FORCE_MODVERSION = 0x2,
};

enum kmod_probe {
    KMOD_PROBE_FORCE_VERMAGIC = 0x00001,
    KMOD_PROBE_FORCE_MODVERSION = 0x00002,
    KMOD_PROBE_IGNORE_COMMAND = 0x00004, /* no install commands, no soft dependencies */
    KMOD_PROBE_IGNORE_LOADED = 0x00008,
    KMOD_PROBE_DRY_RUN = 0x00010,
    KMOD_PROBE_FAIL_ON_LOADED = 0x00020,

    /* Returned if a blacklist line prevented the load. */
    KMOD_PROBE_APPLY_BLACKLIST_ALL = 0x10000, /* dependencies too */
    KMOD_PROBE_APPLY_BLACKLIST = 0x20000,
    KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY = 0x40000,
};

enum kmod_filter {
    KMOD_FILTER_BLACKLIST = 0x00001,
    KMOD_FILTER_BUILTIN = 0x00002,
};

int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags);
/* Loads only the module file, without dependencies and configuration. */
int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags,
                              const char *options);
/*
 * Loads a module with its dependencies, soft dependencies, options and install commands.
 * run_install, if set, runs a command instead of /bin/sh and returns 0 or a negative errno.
 * print_action, if set, is called before each step.
 * Returns 0, a negative errno, or the KMOD_PROBE_APPLY_* flag that prevented the load.
 */
int kmod_module_probe_insert_module(
    struct kmod_module *mod, unsigned int flags, const char *extra_options,
    int (*run_install)(struct kmod_module *m, const char *cmdline, void *data),
    const void *data,
    void (*print_action)(struct kmod_module *m, bool install, const char *options));

/* The returned strings belong to the module. */
const char *kmod_module_get_name(const struct kmod_module *mod);
const char *kmod_module_get_path(const struct kmod_module *mod);
const char *kmod_module_get_options(const struct kmod_module *mod);
const char *kmod_module_get_install_commands(const struct kmod_module *mod);
const char *kmod_module_get_remove_commands(const struct kmod_module *mod);
/* In the order in which they must be loaded. */
struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod);
int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
                             struct kmod_list **post);
int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak);
int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx,
                                       const struct kmod_list *input,
                                       struct kmod_list **output)
    __attribute__((deprecated));
/* Returns the modules of input except those that filter_type selects. */
int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
                             const struct kmod_list *input, struct kmod_list **output);

/* ---- State of a module in the running kernel ---- */

enum kmod_module_initstate {
    KMOD_MODULE_BUILTIN = 0,
    KMOD_MODULE_LIVE,
    KMOD_MODULE_COMING,
    KMOD_MODULE_GOING,
    _KMOD_MODULE_PAD = 1U << 31, /* as wide as an int */
};
const char *kmod_module_initstate_str(enum kmod_module_initstate state);
int kmod_module_get_initstate(const struct kmod_module *mod);
int kmod_module_get_refcnt(const struct kmod_module *mod);
struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod);
struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod);
const char *kmod_module_section_get_name(const struct kmod_list *entry);
/* ULONG_MAX if the entry does not belong to a list of sections. */
unsigned long kmod_module_section_get_address(const struct kmod_list *entry);
void kmod_module_section_free_list(struct kmod_list *list);
/* In bytes. */
long kmod_module_get_size(const struct kmod_module *mod);

/* ---- Contents of a module file; kmod_module_get_* return the number of entries ---- */

int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_info_get_key(const struct kmod_list *entry);
const char *kmod_module_info_get_value(const struct kmod_list *entry);
void kmod_module_info_free_list(struct kmod_list *list);

/* The symbol versions that the module was built with. */
int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_version_get_symbol(const struct kmod_list *entry);
uint64_t kmod_module_version_get_crc(const struct kmod_list *entry);
void kmod_module_versions_free_list(struct kmod_list *list);

/* The symbols that the module exports. */
int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry);
uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry);
void kmod_module_symbols_free_list(struct kmod_list *list);

enum kmod_symbol_bind {
    KMOD_SYMBOL_NONE = '\0',
    KMOD_SYMBOL_LOCAL = 'L',
    KMOD_SYMBOL_GLOBAL = 'G',
    KMOD_SYMBOL_WEAK = 'W',
    KMOD_SYMBOL_UNDEF = 'U',
};

/* The symbols that the module needs. */
int kmod_module_get_dependency_symbols(const struct kmod_module *mod,
                                       struct kmod_list **list);
const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry);
int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry);
uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry);
void kmod_module_dependency_symbols_free_list(struct kmod_list *list);

#ifdef __cplusplus
}
#endif
#endif
