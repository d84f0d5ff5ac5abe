/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes every query of libkmod for a module directory and a configuration, and prints the
 * results: two libraries must print the same text.
 *   walk lookup|info|symbols|probe|configuration|indexes|loaded|threads DIRECTORY CONFIG [NAME...]
 * Without NAMEs, they are read from standard input.
 */
#include <errno.h>
#include <libkmod.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct kmod_ctx *ctx;

static const char *shown(const char *text) { return text == NULL ? "(null)" : text; }

/* Prints the modules of a list, and frees it. */
static void print_modules(const char *what, struct kmod_list *list) {
    struct kmod_list *entry;
    printf("  %s:", what);
    kmod_list_foreach(entry, list) {
        struct kmod_module *module = kmod_module_get_module(entry);
        printf(" %s", kmod_module_get_name(module));
        kmod_module_unref(module);
    }
    printf("\n");
    kmod_module_unref_list(list);
}

static void print_module(struct kmod_module *module) {
    struct kmod_list *before = NULL, *after = NULL;
    int code;
    printf(" module %s\n", kmod_module_get_name(module));
    printf("  path: %s\n", shown(kmod_module_get_path(module)));
    printf("  options: %s\n", shown(kmod_module_get_options(module)));
    printf("  install: %s\n", shown(kmod_module_get_install_commands(module)));
    printf("  remove: %s\n", shown(kmod_module_get_remove_commands(module)));
    print_modules("needs", kmod_module_get_dependencies(module));
    code = kmod_module_get_softdeps(module, &before, &after);
    printf("  softdeps: %d\n", code);
    print_modules("before", before);
    print_modules("after", after);
}

static void look_up(const char *name) {
    struct kmod_list *list = NULL, *entry, *left = NULL;
    struct kmod_module *module = NULL;
    int code = kmod_module_new_from_lookup(ctx, name, &list);
    printf("%s: %d\n", name, code);
    kmod_list_foreach(entry, list) {
        struct kmod_module *found = kmod_module_get_module(entry);
        print_module(found);
        kmod_module_unref(found);
    }
    code = kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &left);
    printf("  filter: %d\n", code);
    print_modules("not blacklisted", left);
    left = NULL;
    kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, list, &left);
    print_modules("not builtin", left);
    left = NULL;
    kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN | KMOD_FILTER_BLACKLIST, list, &left);
    print_modules("neither", left);
    kmod_module_unref_list(list);

    code = kmod_module_new_from_name_lookup(ctx, name, &module);
    printf("  by name: %d %s\n", code, module == NULL ? "(none)" : kmod_module_get_name(module));
    kmod_module_unref(module);
    module = NULL;
    code = kmod_module_new_from_name(ctx, name, &module);
    printf("  named: %d %s\n", code, module == NULL ? "(none)" : kmod_module_get_name(module));
    if (module != NULL) printf("  state: %d\n", kmod_module_get_initstate(module));
    kmod_module_unref(module);
}

static void print_info(struct kmod_module *module) {
    struct kmod_list *list = NULL, *entry;
    int count = kmod_module_get_info(module, &list);
    printf("%s info: %d\n", kmod_module_get_name(module), count);
    kmod_list_foreach(entry, list)
        printf("  %s=%s\n", kmod_module_info_get_key(entry), kmod_module_info_get_value(entry));
    kmod_module_info_free_list(list);
}

static void print_symbols(struct kmod_module *module) {
    struct kmod_list *list = NULL, *entry;
    int count = kmod_module_get_versions(module, &list);
    printf("%s versions: %d\n", kmod_module_get_name(module), count);
    kmod_list_foreach(entry, list)
        printf("  %08llx %s\n", (unsigned long long)kmod_module_version_get_crc(entry),
               kmod_module_version_get_symbol(entry));
    kmod_module_versions_free_list(list);

    list = NULL;
    count = kmod_module_get_symbols(module, &list);
    printf("%s exports: %d\n", kmod_module_get_name(module), count);
    kmod_list_foreach(entry, list)
        printf("  %08llx %s\n", (unsigned long long)kmod_module_symbol_get_crc(entry),
               kmod_module_symbol_get_symbol(entry));
    kmod_module_symbols_free_list(list);

    list = NULL;
    count = kmod_module_get_dependency_symbols(module, &list);
    printf("%s needs: %d\n", kmod_module_get_name(module), count);
    kmod_list_foreach(entry, list) {
        const char *symbol = kmod_module_dependency_symbol_get_symbol(entry);
        /* dracut-install calls the function of another kind of list. */
        const char *mistaken = kmod_module_symbol_get_symbol(entry);
        printf("  %08llx %c %s%s\n", (unsigned long long)kmod_module_dependency_symbol_get_crc(entry),
               kmod_module_dependency_symbol_get_bind(entry), symbol,
               strstr(mistaken, symbol) != NULL ? "" : " is not in it");
    }
    kmod_module_dependency_symbols_free_list(list);
}

static void with_module(const char *name, void (*print)(struct kmod_module *)) {
    struct kmod_module *module = NULL;
    int code = name[0] == '/' ? kmod_module_new_from_path(ctx, name, &module)
                              : kmod_module_new_from_name(ctx, name, &module);
    if (code < 0) printf("%s: %d\n", name, code);
    if (module != NULL) print(module);
    kmod_module_unref(module);
}

static void info(const char *name) { with_module(name, print_info); }
static void symbols(const char *name) { with_module(name, print_symbols); }

static int run_install(struct kmod_module *module, const char *command, void *data) {
    printf("  %s runs for %s: %s\n", (const char *)data, kmod_module_get_name(module), command);
    return 0;
}

/* Prints what modprobe -n shows; it skips modules with neither a file nor a command. */
static void print_action(struct kmod_module *module, bool install, const char *options) {
    if (!install && kmod_module_get_path(module) == NULL &&
        kmod_module_get_initstate(module) != KMOD_MODULE_BUILTIN)
        return;
    printf("  %s %s (%s) '%s'\n", install ? "install" : "insert", kmod_module_get_name(module),
           shown(kmod_module_get_path(module)), options);
}

static void probe(const char *name) {
    static const unsigned kFlags[] = {
        0, KMOD_PROBE_IGNORE_COMMAND, KMOD_PROBE_APPLY_BLACKLIST, KMOD_PROBE_APPLY_BLACKLIST_ALL,
        KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, KMOD_PROBE_FORCE_VERMAGIC | KMOD_PROBE_FORCE_MODVERSION,
        KMOD_PROBE_APPLY_BLACKLIST | KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY | KMOD_PROBE_APPLY_BLACKLIST_ALL};
    for (size_t i = 0; i < 2 * sizeof kFlags / sizeof *kFlags; ++i) {
        unsigned flags = kFlags[i / 2] | KMOD_PROBE_DRY_RUN | (i % 2 ? KMOD_PROBE_IGNORE_LOADED : 0);
        struct kmod_list *list = NULL, *entry;
        kmod_module_new_from_lookup(ctx, name, &list);
        printf("%s with %x\n", name, flags);
        kmod_list_foreach(entry, list) {
            struct kmod_module *module = kmod_module_get_module(entry);
            int code = kmod_module_probe_insert_module(module, flags, i % 4 ? "extra=1" : NULL,
                                                       run_install, "caller", print_action);
            printf("  %s: %d\n", kmod_module_get_name(module), code);
            kmod_module_unref(module);
        }
        kmod_module_unref_list(list);
    }
}

static void print_rules(const char *what, struct kmod_config_iter *iter) {
    int count = 0;
    printf("%s: %s %s\n", what, shown(kmod_config_iter_get_key(iter)), shown(kmod_config_iter_get_value(iter)));
    while (kmod_config_iter_next(iter)) {
        ++count;
        printf("  %s: %s\n", kmod_config_iter_get_key(iter), shown(kmod_config_iter_get_value(iter)));
    }
    while (kmod_config_iter_next(iter)) --count;
    printf("  again: %d\n", count);
    kmod_config_iter_free_iter(iter);
}

static void configuration(void) {
    print_rules("blacklist", kmod_config_get_blacklists(ctx));
    print_rules("install", kmod_config_get_install_commands(ctx));
    print_rules("remove", kmod_config_get_remove_commands(ctx));
    print_rules("alias", kmod_config_get_aliases(ctx));
    print_rules("options", kmod_config_get_options(ctx));
    print_rules("softdep", kmod_config_get_softdeps(ctx));
}

static void indexes(void) {
    for (int type = KMOD_INDEX_MODULES_DEP; type <= (int)KMOD_INDEX_MODULES_BUILTIN; ++type) {
        printf("index %d\n", type);
        fflush(stdout);
        int code = kmod_dump_index(ctx, (enum kmod_index)type, STDOUT_FILENO);
        printf("is %d\n", code);
    }
}

/* Prints the loaded modules. */
static void loaded(void) {
    struct kmod_list *list = NULL, *entry, *inner;
    printf("loaded: %d\n", kmod_module_new_from_loaded(ctx, &list));
    kmod_list_foreach(entry, list) {
        struct kmod_module *module = kmod_module_get_module(entry);
        int state = kmod_module_get_initstate(module);
        struct kmod_list *holders = kmod_module_get_holders(module);
        struct kmod_list *sections = kmod_module_get_sections(module);
        printf("%s: %s, %ld bytes, %d references\n", kmod_module_get_name(module),
               shown(kmod_module_initstate_str((enum kmod_module_initstate)state)),
               kmod_module_get_size(module), kmod_module_get_refcnt(module));
        kmod_list_foreach(inner, holders) {
            struct kmod_module *holder = kmod_module_get_module(inner);
            printf("%s: held by %s\n", kmod_module_get_name(module), kmod_module_get_name(holder));
            kmod_module_unref(holder);
        }
        kmod_module_unref_list(holders);
        kmod_list_foreach(inner, sections)
            printf("%s: section %s at %lx\n", kmod_module_get_name(module),
                   kmod_module_section_get_name(inner), kmod_module_section_get_address(inner));
        kmod_module_section_free_list(sections);
        printf("%s: probed %d, %d\n", kmod_module_get_name(module),
               kmod_module_probe_insert_module(module, KMOD_PROBE_DRY_RUN, NULL, NULL, NULL, print_action),
               kmod_module_probe_insert_module(module, KMOD_PROBE_DRY_RUN | KMOD_PROBE_FAIL_ON_LOADED, NULL,
                                               NULL, NULL, print_action));
        kmod_module_unref(module);
    }
    kmod_module_unref_list(list);
}

/* Names that a thread looks up in a context of its own. */
struct worker {
    pthread_t thread;
    const char *directory;
    char **names;
    int count;
    unsigned long sum; /* checksum of all results */
};

static void add(struct worker *worker, const char *text) {
    for (; text != NULL && *text != '\0'; ++text) worker->sum = worker->sum * 31 + (unsigned char)*text;
}

static void *run_worker(void *argument) {
    struct worker *worker = argument;
    const char *none[] = {NULL};
    struct kmod_ctx *own = kmod_new(worker->directory, none);
    for (int i = 0; i < worker->count; ++i) {
        struct kmod_list *list = NULL, *infos, *entry, *inner;
        kmod_module_new_from_lookup(own, worker->names[i], &list);
        kmod_list_foreach(entry, list) {
            struct kmod_module *module = kmod_module_get_module(entry);
            add(worker, kmod_module_get_path(module));
            infos = NULL;
            kmod_module_get_info(module, &infos);
            kmod_list_foreach(inner, infos) {
                /* Which kmod 30 does not have. */
                if (strcmp(kmod_module_info_get_key(inner), "build-id") == 0) continue;
                add(worker, kmod_module_info_get_value(inner));
            }
            kmod_module_info_free_list(infos);
            kmod_module_unref(module);
        }
        kmod_module_unref_list(list);
    }
    kmod_unref(own);
    return NULL;
}

static void threads(const char *directory, int count, char **names) {
    struct worker workers[8];
    const size_t all = sizeof workers / sizeof *workers;
    for (size_t i = 0; i < all; ++i) {
        workers[i] = (struct worker){.directory = directory, .names = names, .count = count};
        if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]) != 0) exit(5);
    }
    for (size_t i = 0; i < all; ++i) {
        pthread_join(workers[i].thread, NULL);
        printf("thread %zu: %lx\n", i, workers[i].sum);
    }
}

static void each(void (*work)(const char *), int count, char **names) {
    char line[8192];
    for (int i = 0; i < count; ++i) work(names[i]);
    if (count > 0) return;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        work(line);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*whole)(void);
        void (*each)(const char *);
    } kWalks[] = {{"lookup", NULL, look_up},           {"info", NULL, info},
                  {"symbols", NULL, symbols},          {"probe", NULL, probe},
                  {"configuration", configuration, NULL}, {"indexes", indexes, NULL},
                  {"loaded", loaded, NULL}};
    if (argc < 4) return 2;
    if (strcmp(argv[1], "threads") == 0) {
        threads(argv[2], argc - 4, argv + 4);
        return 0;
    }
    const char *config[] = {argv[3], NULL};
    ctx = kmod_new(argv[2], config);
    if (ctx == NULL) return 3;
    kmod_set_log_fn(ctx, NULL, NULL);
    if (strcmp(argv[1], "loaded") != 0) printf("resources: %d\n", kmod_load_resources(ctx));
    for (size_t i = 0; i < sizeof kWalks / sizeof *kWalks; ++i) {
        if (strcmp(kWalks[i].name, argv[1]) != 0) continue;
        if (kWalks[i].whole != NULL)
            kWalks[i].whole();
        else
            each(kWalks[i].each, argc - 4, argv + 4);
        ctx = kmod_unref(ctx);
        return ctx == NULL ? 0 : 4; /* a reference was not released */
    }
    return 2;
}
