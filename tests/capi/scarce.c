/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes allocations fail: the first one, then the second, and so on, alone or together with all
 * later ones. The library must not crash or leak, and the next call must give all results.
 *   scarce DIRECTORY CONFIG MODULE-FILE
 */
#include <errno.h>
#include <libkmod.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);

static long left; /* number of allocations before the one that fails */
static int armed, only_one, refused;

/* All allocations of the C library and of the libraries that use it end here. */
void *malloc(size_t size) {
    if (armed && --left < 0 && (!only_one || left == -1)) {
        ++refused;
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

static int run_install(struct kmod_module *module, const char *command, void *data) {
    return module == NULL || command == NULL || data != NULL;
}
static void print_action(struct kmod_module *module, bool install, const char *options) {
    if (module == NULL || (install && options == NULL)) abort();
}

/* Calls many functions, and returns the number of results. */
static int ask(const char *directory, const char *configuration, const char *file) {
    const char *config[] = {configuration, NULL};
    struct kmod_ctx *ctx = kmod_new(directory, config);
    struct kmod_list *list = NULL, *other = NULL, *before, *after, *entry;
    struct kmod_module *module = NULL;
    int answers = ctx != NULL;
    if (ctx == NULL) return 0;
    kmod_set_log_fn(ctx, NULL, NULL);
    answers += kmod_load_resources(ctx) == 0;
    answers += kmod_validate_resources(ctx) == KMOD_RESOURCES_OK;
    struct kmod_config_iter *iter = kmod_config_get_options(ctx);
    while (kmod_config_iter_next(iter)) ++answers;
    if (iter != NULL) kmod_config_iter_free_iter(iter);
    answers += kmod_module_new_from_lookup(ctx, "two", &list) == 0;
    kmod_list_foreach(entry, list) {
        struct kmod_module *found = kmod_module_get_module(entry);
        ++answers;
        answers += kmod_module_get_path(found) != NULL;
        answers += kmod_module_get_options(found) != NULL;
        answers += kmod_module_get_install_commands(found) != NULL;
        answers += kmod_module_probe_insert_module(found, KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED, "a=1",
                                                   run_install, NULL, print_action) == 0;
        kmod_module_unref_list(kmod_module_get_dependencies(found));
        before = after = NULL;
        answers += kmod_module_get_softdeps(found, &before, &after) == 0;
        kmod_module_unref_list(before);
        kmod_module_unref_list(after);
        kmod_module_unref(found);
    }
    answers += kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, list, &other) == 0 && other != NULL;
    kmod_module_unref_list(other);
    kmod_module_unref_list(list);
    if (kmod_module_new_from_path(ctx, file, &module) == 0) {
        list = NULL;
        answers += kmod_module_get_info(module, &list) > 0;
        kmod_module_info_free_list(list);
        list = NULL;
        answers += kmod_module_get_dependency_symbols(module, &list) > 0;
        kmod_module_dependency_symbols_free_list(list);
        kmod_module_get_initstate(module);
        kmod_module_get_size(module);
        kmod_module_unref(module);
    }
    return kmod_unref(ctx) == NULL ? answers : -1;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    /* Blocks in the cache of a thread would count as used. */
    if (getenv("GLIBC_TUNABLES") == NULL) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
        execv("/proc/self/exe", argv);
        return 2;
    }
    const int whole = ask(argv[1], argv[2], argv[3]);
    long refusals = 0;
    const size_t used = mallinfo2().uordblks;
    for (only_one = 0; only_one < 2; ++only_one) {
        long tries = 0;
        do {
            left = tries++;
            refused = 0;
            armed = 1;
            const int answers = ask(argv[1], argv[2], argv[3]);
            armed = 0;
            if (answers < 0 || answers > whole || (refused == 0 && answers != whole)) {
                printf("%d answers instead of %d when allocation %ld fails\n", answers, whole, tries);
                return 3;
            }
            if (mallinfo2().uordblks != used) {
                printf("%ld bytes leak when allocation %ld fails\n", (long)(mallinfo2().uordblks - used), tries);
                return 4;
            }
        } while (refused > 0);
        if (ask(argv[1], argv[2], argv[3]) != whole || tries < 100) return 5;
        refusals += tries - 1;
    }
    printf("%ld\n", refusals);
    return 0;
}
