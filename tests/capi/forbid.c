/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks for forbidden modules with every flag for blacklists, in dry runs; prints the results, what the
 * library logs, and the modules that a filter leaves.
 *   forbid DIRECTORY CONFIG MODULE...
 */
#include <libkmod.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static void print_log(void *data, int priority, const char *file, int line, const char *function,
                      const char *format, va_list arguments) {
    (void)data, (void)file, (void)line, (void)function;
    printf("%d: ", priority);
    vprintf(format, arguments);
}

int main(int argc, char **argv) {
    static const unsigned kFlags[] = {0, KMOD_PROBE_APPLY_BLACKLIST, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
                                      KMOD_PROBE_APPLY_BLACKLIST_ALL, KMOD_PROBE_IGNORE_COMMAND};
    const char *config[] = {argc > 2 ? argv[2] : NULL, NULL};
    struct kmod_ctx *ctx = argc > 3 ? kmod_new(argv[1], config) : NULL;
    if (ctx == NULL) return 2;
    kmod_set_log_fn(ctx, print_log, NULL);
    kmod_set_log_priority(ctx, LOG_NOTICE);
    for (int i = 3; i < argc; ++i) {
        struct kmod_list *list = NULL, *left = NULL, *entry;
        if (kmod_module_new_from_lookup(ctx, argv[i], &list) != 0) return 3;
        kmod_list_foreach(entry, list) {
            struct kmod_module *module = kmod_module_get_module(entry);
            printf("%s:", kmod_module_get_name(module));
            for (size_t flag = 0; flag < sizeof kFlags / sizeof *kFlags; ++flag)
                printf(" %d\n", kmod_module_probe_insert_module(
                                    module, kFlags[flag] | KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED, NULL,
                                    NULL, NULL, NULL));
            kmod_module_unref(module);
        }
        if (kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &left) != 0) return 4;
        printf("%s\n", left == NULL ? "filtered" : "left");
        kmod_module_unref_list(left);
        kmod_module_unref_list(list);
    }
    return kmod_unref(ctx) != NULL;
}
