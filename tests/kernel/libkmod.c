/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads and removes modules through libkmod, as requested by lines of stdin, and prints
 * the library's results and what it then reports about the kernel.
 *   probe FLAGS NAME [OPTIONS]    every module that the name refers to
 *   insert FLAGS NAME [OPTIONS]   only this module; a NAME that begins with '/' is a file
 *   remove FLAGS NAME             only this module
 *   module NAME                   its state, holders and sections
 * FLAGS are a number, as in libkmod.h.
 */
#include <errno.h>
#include <libkmod.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct kmod_ctx* ctx;

static const char* or_dash(const char* text) { return text && *text ? text : "-"; }

static void show_action(struct kmod_module* mod, bool install, const char* options) {
    printf("  %s %s %s\n", install ? "command" : "load", kmod_module_get_name(mod),
           or_dash(options));
}

static int run_install(struct kmod_module* mod, const char* command, void* data) {
    printf("  command '%s' for %s (%s)\n", command, kmod_module_get_name(mod),
           (const char*)data);
    return strstr(command, "false") ? -EPROTO : 0;
}

static int compare_names(const void* a, const void* b) {
    return strcmp(*(const char* const*)a, *(const char* const*)b);
}

/* The kernel and the library return them in no fixed order. */
static void show_sorted(const struct kmod_list* modules) {
    const struct kmod_list* at;
    const char* names[64];
    size_t count = 0;
    kmod_list_foreach(at, modules) {
        struct kmod_module* mod = kmod_module_get_module(at);
        /* The names are valid as long as the list. */
        if (count < sizeof(names) / sizeof(*names))
            names[count++] = kmod_module_get_name(mod);
        kmod_module_unref(mod);
    }
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; ++i) printf(" %s", names[i]);
}

static void show_module(struct kmod_module* mod) {
    struct kmod_list* holders = kmod_module_get_holders(mod);
    struct kmod_list* sections = kmod_module_get_sections(mod);
    int state = kmod_module_get_initstate(mod);
    printf("  state %s, used %d times, %s size, %s sections, held by",
           state < 0 ? "none" : kmod_module_initstate_str(state),
           kmod_module_get_refcnt(mod), kmod_module_get_size(mod) > 0 ? "a" : "no",
           sections ? "with" : "no");
    show_sorted(holders);
    printf("\n");
    kmod_module_section_free_list(sections);
    kmod_module_unref_list(holders);
}

static void show_loaded(void) {
    struct kmod_list* loaded = NULL;
    int result = kmod_module_new_from_loaded(ctx, &loaded);
    if (result < 0) printf("  loaded: %d\n", result);
    printf("  loaded:");
    show_sorted(loaded);
    printf("\n");
    kmod_module_unref_list(loaded);
}

static int probe(unsigned flags, const char* name, const char* options) {
    struct kmod_list *list = NULL, *at;
    int result = kmod_module_new_from_lookup(ctx, name, &list);
    if (result < 0) return result;
    if (!list) printf("  nothing of that name\n");
    kmod_list_foreach(at, list) {
        struct kmod_module* mod = kmod_module_get_module(at);
        int one = kmod_module_probe_insert_module(mod, flags, options, run_install,
                                                  "data", show_action);
        printf("  %s: %d\n", kmod_module_get_name(mod), one);
        if (one != 0) result = one;
        kmod_module_unref(mod);
    }
    kmod_module_unref_list(list);
    return result;
}

static struct kmod_module* find(const char* name, int* result) {
    struct kmod_module* mod = NULL;
    *result = name[0] == '/' ? kmod_module_new_from_path(ctx, name, &mod)
                             : kmod_module_new_from_name(ctx, name, &mod);
    return mod;
}

static int act(const char* verb, unsigned flags, const char* name, const char* options) {
    if (!strcmp(verb, "probe")) return probe(flags, name, options);
    int result = 0;
    struct kmod_module* mod = find(name, &result);
    if (!mod) return result;
    if (!strcmp(verb, "insert"))
        result = kmod_module_insert_module(mod, flags, options);
    else if (!strcmp(verb, "remove"))
        result = kmod_module_remove_module(mod, flags);
    else
        show_module(mod);
    kmod_module_unref(mod);
    return result;
}

int main(void) {
    char* line = NULL;
    size_t room = 0;
    ssize_t size;
    ctx = kmod_new(NULL, NULL);
    if (!ctx || kmod_load_resources(ctx) < 0) return 1;
    kmod_set_log_priority(ctx, 0);
    while ((size = getline(&line, &room, stdin)) > 0) {
        line[size - 1] = '\0';
        printf("%s\n", line);
        char* rest = line;
        const char* verb = strsep(&rest, " ");
        unsigned flags =
            strcmp(verb, "module") ? (unsigned)strtoul(strsep(&rest, " "), NULL, 0) : 0;
        const char* name = strsep(&rest, " ");
        int result = act(verb, flags, name, rest);
        printf("  = %d\n", result);
        show_loaded();
        fflush(stdout);
    }
    free(line);
    kmod_unref(ctx);
    return 0;
}
