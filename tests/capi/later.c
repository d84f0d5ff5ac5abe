/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Uses functions that came after kmod 30; built with our header, as C and as C++.
 *   later DIRECTORY CONFIG MODULE
 */
#include <libkmod.h>
#include <stdio.h>

int main(int argc, char **argv) {
    const char *config[] = {argc > 2 ? argv[2] : NULL, NULL};
    struct kmod_ctx *ctx = argc == 4 ? kmod_new(argv[1], config) : NULL;
    struct kmod_config_iter *iter = kmod_config_get_weakdeps(ctx);
    struct kmod_module *module = NULL;
    struct kmod_list *weak = NULL, *entry;
    if (iter == NULL) return 2;
    while (kmod_config_iter_next(iter))
        printf("%s: %s\n", kmod_config_iter_get_key(iter), kmod_config_iter_get_value(iter));
    kmod_config_iter_free_iter(iter);
    printf("%d\n", kmod_module_new_from_name_lookup(ctx, argv[3], &module));
    printf("%d\n", kmod_module_get_weakdeps(module, &weak));
    kmod_list_foreach(entry, weak) {
        struct kmod_module *found = kmod_module_get_module(entry);
        printf("%s\n", kmod_module_get_name(found));
        kmod_module_unref(found);
    }
    kmod_module_unref_list(weak);
    weak = NULL;
    printf("%d\n", kmod_module_get_weakdeps(NULL, &weak));
    kmod_module_unref(module);
    return kmod_config_get_weakdeps(NULL) != NULL || kmod_unref(ctx) != NULL;
}
