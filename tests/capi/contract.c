/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what callers of libkmod rely on besides its results: NULL arguments, reference counts,
 * lists, logs, files that change. Each line is one fact; two libraries must print the same lines.
 * Calls with NULL arguments run in a process of their own, because a library may crash.
 *   contract DIRECTORY SCRATCH MODULE-FILE FILE-WITHOUT-MODINFO-AND-VERSIONS
 */
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static struct kmod_ctx *ctx;
static struct kmod_module *mod;

#define FACT(what) printf("%s: %ld\n", #what, (long)(what))

/* Prints the value of an expression in a child process, or that the child died. */
#define ALONE(what)                                                    \
    do {                                                               \
        fflush(stdout);                                                \
        pid_t child = fork();                                          \
        if (child == 0) {                                              \
            printf("%s: %ld\n", #what, (long)(what));                  \
            fflush(stdout);                                            \
            _exit(0);                                                  \
        }                                                              \
        int status = 0;                                                \
        waitpid(child, &status, 0);                                    \
        if (status != 0) printf("%s: died\n", #what);                  \
    } while (0)
#define ALONE_VOID(what) ALONE((what, 0))

static void without_arguments(void) {
    struct kmod_list *list = NULL, *other = NULL;
    struct kmod_module *found = NULL;
    ALONE(kmod_ref(NULL));
    ALONE(kmod_unref(NULL));
    ALONE_VOID(kmod_set_log_fn(NULL, NULL, NULL));
    ALONE(kmod_get_log_priority(NULL));
    ALONE_VOID(kmod_set_log_priority(NULL, 1));
    ALONE(kmod_get_userdata(NULL));
    ALONE_VOID(kmod_set_userdata(NULL, NULL));
    ALONE(kmod_get_dirname(NULL));
    ALONE(kmod_load_resources(NULL));
    ALONE_VOID(kmod_unload_resources(NULL));
    ALONE(kmod_validate_resources(NULL));
    ALONE(kmod_dump_index(NULL, KMOD_INDEX_MODULES_DEP, 1));
    ALONE(kmod_dump_index(ctx, KMOD_INDEX_MODULES_DEP, -1));
    ALONE(kmod_dump_index(ctx, (enum kmod_index)99, 1));
    ALONE(kmod_list_next(NULL, NULL));
    ALONE(kmod_list_prev(NULL, NULL));
    ALONE(kmod_list_last(NULL));
    ALONE(kmod_config_get_blacklists(NULL));
    ALONE(kmod_config_get_install_commands(NULL));
    ALONE(kmod_config_get_remove_commands(NULL));
    ALONE(kmod_config_get_aliases(NULL));
    ALONE(kmod_config_get_options(NULL));
    ALONE(kmod_config_get_softdeps(NULL));
    ALONE(kmod_config_iter_get_key(NULL));
    ALONE(kmod_config_iter_get_value(NULL));
    ALONE(kmod_config_iter_next(NULL));
    ALONE_VOID(kmod_config_iter_free_iter(NULL));
    ALONE(kmod_module_new_from_name(NULL, "ext4", &found));
    ALONE(kmod_module_new_from_name(ctx, NULL, &found));
    ALONE(kmod_module_new_from_name(ctx, "ext4", NULL));
    ALONE(kmod_module_new_from_path(NULL, "/x", &found));
    ALONE(kmod_module_new_from_path(ctx, NULL, &found));
    ALONE(kmod_module_new_from_path(ctx, "/x", NULL));
    ALONE(kmod_module_new_from_lookup(NULL, "ext4", &list));
    ALONE(kmod_module_new_from_lookup(ctx, NULL, &list));
    ALONE(kmod_module_new_from_lookup(ctx, "ext4", NULL));
    ALONE(kmod_module_new_from_name_lookup(NULL, "ext4", &found));
    ALONE(kmod_module_new_from_name_lookup(ctx, NULL, &found));
    ALONE(kmod_module_new_from_name_lookup(ctx, "ext4", NULL));
    ALONE(kmod_module_new_from_loaded(NULL, &list));
    ALONE(kmod_module_new_from_loaded(ctx, NULL));
    ALONE(kmod_module_ref(NULL));
    ALONE(kmod_module_unref(NULL));
    ALONE(kmod_module_unref_list(NULL));
    ALONE(kmod_module_get_module(NULL));
    ALONE(kmod_module_remove_module(NULL, 0));
    ALONE(kmod_module_insert_module(NULL, 0, NULL));
    ALONE(kmod_module_probe_insert_module(NULL, 0, NULL, NULL, NULL, NULL));
    ALONE(kmod_module_get_name(NULL));
    ALONE(kmod_module_get_path(NULL));
    ALONE(kmod_module_get_options(NULL));
    ALONE(kmod_module_get_install_commands(NULL));
    ALONE(kmod_module_get_remove_commands(NULL));
    ALONE(kmod_module_get_dependencies(NULL));
    ALONE(kmod_module_get_softdeps(NULL, &list, &other));
    ALONE(kmod_module_get_softdeps(mod, NULL, NULL));
    ALONE(kmod_module_apply_filter(NULL, KMOD_FILTER_BUILTIN, NULL, &list));
    ALONE(kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, NULL, NULL));
    ALONE(kmod_module_apply_filter(ctx, KMOD_FILTER_BUILTIN, NULL, &list));
    ALONE(kmod_module_get_filtered_blacklist(NULL, NULL, &list));
    ALONE(kmod_module_get_filtered_blacklist(ctx, NULL, &list));
    ALONE(kmod_module_initstate_str((enum kmod_module_initstate)77));
    ALONE(kmod_module_get_initstate(NULL));
    ALONE(kmod_module_get_refcnt(NULL));
    ALONE(kmod_module_get_holders(NULL));
    ALONE(kmod_module_get_sections(NULL));
    ALONE(kmod_module_section_get_name(NULL));
    ALONE(kmod_module_section_get_address(NULL) == ULONG_MAX);
    ALONE_VOID(kmod_module_section_free_list(NULL));
    ALONE(kmod_module_get_size(NULL));
    ALONE(kmod_module_get_info(NULL, &list));
    ALONE(kmod_module_get_info(mod, NULL));
    ALONE(kmod_module_info_get_key(NULL));
    ALONE(kmod_module_info_get_value(NULL));
    ALONE_VOID(kmod_module_info_free_list(NULL));
    ALONE(kmod_module_get_versions(NULL, &list));
    ALONE(kmod_module_get_versions(mod, NULL));
    ALONE(kmod_module_version_get_symbol(NULL));
    ALONE(kmod_module_version_get_crc(NULL));
    ALONE_VOID(kmod_module_versions_free_list(NULL));
    ALONE(kmod_module_get_symbols(NULL, &list));
    ALONE(kmod_module_get_symbols(mod, NULL));
    ALONE(kmod_module_symbol_get_symbol(NULL));
    ALONE(kmod_module_symbol_get_crc(NULL));
    ALONE_VOID(kmod_module_symbols_free_list(NULL));
    ALONE(kmod_module_get_dependency_symbols(NULL, &list));
    ALONE(kmod_module_get_dependency_symbols(mod, NULL));
    ALONE(kmod_module_dependency_symbol_get_symbol(NULL));
    ALONE(kmod_module_dependency_symbol_get_bind(NULL));
    ALONE(kmod_module_dependency_symbol_get_crc(NULL));
    ALONE_VOID(kmod_module_dependency_symbols_free_list(NULL));
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) exit(5);
}

static void objects(const char *scratch, const char *file) {
    struct kmod_module *same = NULL, *other = NULL;
    struct kmod_list *list = NULL;

    FACT(kmod_module_new_from_name(ctx, "snd-pcm", &same));
    FACT(kmod_module_new_from_name(ctx, "snd_pcm", &other));
    FACT(same == other);
    FACT(kmod_module_unref(other) == same);
    FACT(kmod_module_ref(same) == same);
    FACT(kmod_module_unref(same) == same);
    FACT(strcmp(kmod_module_get_name(same), "snd_pcm"));
    FACT(kmod_module_get_path(same) == kmod_module_get_path(same));
    FACT(kmod_module_new_from_path(ctx, file, &other)); /* another file with the same name */
    FACT(kmod_module_unref(same) == NULL);

    FACT(kmod_module_new_from_lookup(ctx, "ext4", &list));
    FACT(list != NULL);
    FACT(kmod_module_new_from_lookup(ctx, "ext4", &list)); /* the list is not empty */
    FACT(kmod_list_next(list, list) == NULL);
    FACT(kmod_list_prev(list, list) == NULL);
    FACT(kmod_list_last(list) == list);
    same = kmod_module_get_module(list);
    FACT(kmod_module_unref_list(list));
    FACT(strcmp(kmod_module_get_name(same), "ext4"));
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/ext4.ko", scratch);
    write_file(path, "no module");
    FACT(kmod_module_new_from_path(ctx, path, &other)); /* the lookup has found another file */
    list = kmod_module_get_dependencies(same);
    FACT(kmod_list_last(list) == kmod_list_next(list, kmod_list_next(list, list)));
    FACT(kmod_list_prev(list, kmod_list_last(list)) == kmod_list_next(list, list));
    ALONE(kmod_module_get_info(same, &list)); /* the list is not empty */
    FACT(kmod_module_unref_list(list));
    FACT(kmod_module_unref(same) == NULL);

    FACT(kmod_module_new_from_path(ctx, "/nowhere/x.ko", &other));
    ALONE(kmod_module_new_from_path(ctx, "/usr", &other));
    FACT(kmod_module_new_from_path(ctx, file, &other));
    FACT(strcmp(kmod_module_get_path(other), file));
    FACT(kmod_module_unref(other) == NULL);
    list = NULL;
    FACT(kmod_module_new_from_name(ctx, "no-such", &other));
    FACT(kmod_module_get_info(other, &list));
    FACT(kmod_module_get_versions(other, &list));
    FACT(kmod_module_get_symbols(other, &list));
    FACT(kmod_module_get_dependency_symbols(other, &list));
    FACT(kmod_module_get_path(other));
    FACT(kmod_module_get_dependencies(other));
    FACT(kmod_module_get_initstate(other));
    FACT(kmod_module_get_refcnt(other));
    FACT(kmod_module_get_size(other));
    FACT(kmod_module_get_holders(other));
    FACT(kmod_module_get_sections(other));
    FACT(kmod_module_insert_module(other, 0, NULL));
    FACT(kmod_module_probe_insert_module(other, 0, NULL, NULL, NULL, NULL));
    FACT(kmod_module_unref(other) == NULL);
    FACT(list == NULL);
}

static void all_contents(const char *file) {
    struct kmod_module *module = NULL;
    struct kmod_list *info = NULL, *versions = NULL, *symbols = NULL, *needs = NULL;
    FACT(kmod_module_new_from_path(ctx, file, &module));
    FACT(kmod_module_get_info(module, &info));
    FACT(kmod_module_get_versions(module, &versions));
    FACT(kmod_module_get_symbols(module, &symbols));
    FACT(kmod_module_get_dependency_symbols(module, &needs));
    kmod_module_info_free_list(info);
    kmod_module_versions_free_list(versions);
    kmod_module_symbols_free_list(symbols);
    kmod_module_dependency_symbols_free_list(needs);
    kmod_module_unref(module);
}

/* Files without contents, or that are not modules. */
static void contents(const char *scratch, const char *bare) {
    char path[PATH_MAX];
    all_contents(bare);
    snprintf(path, sizeof path, "%s/text.ko", scratch);
    write_file(path, "no module");
    all_contents(path);
    write_file(path, "");
    all_contents(path);
    unlink(path);
}

/* The kernel refuses these calls: the process has no privileges. */
static void kernel(void) {
    struct kmod_module *module = NULL;
    FACT(kmod_module_new_from_name(ctx, "nbd", &module));
    FACT(kmod_module_insert_module(module, KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION, "a=1") < 0);
    FACT(kmod_module_insert_module(module, 0, NULL));
    FACT(kmod_module_probe_insert_module(module, 0, "a=1", NULL, NULL, NULL));
    FACT(kmod_module_remove_module(module, KMOD_REMOVE_NOLOG));
    FACT(kmod_module_remove_module(module, KMOD_REMOVE_FORCE | KMOD_REMOVE_NOLOG));
    kmod_module_unref(module);
    for (int state = KMOD_MODULE_BUILTIN; state <= KMOD_MODULE_GOING; ++state)
        printf("state %d: %s\n", state, kmod_module_initstate_str((enum kmod_module_initstate)state));
}

static int logged, log_data_seen;
static void log_function(void *data, int priority, const char *file, int line, const char *fn,
                         const char *format, va_list args) {
    char text[1000];
    vsnprintf(text, sizeof text, format, args);
    ++logged;
    log_data_seen = data == &logged && priority <= LOG_DEBUG && file != NULL && line >= 0 && fn != NULL &&
                    text[strlen(text) - 1] == '\n';
}

static void contexts(const char *directory) {
    const char *none[] = {NULL};
    struct kmod_ctx *context = kmod_new(directory, none);
    struct kmod_module *module = NULL;
    FACT(strcmp(kmod_get_dirname(context), directory));
    FACT(kmod_get_log_priority(context));
    kmod_set_log_priority(context, LOG_DEBUG);
    FACT(kmod_get_log_priority(context));
    kmod_set_log_fn(context, log_function, &logged);
    kmod_module_new_from_path(context, "/nowhere/x.ko", &module);
    FACT(logged > 0);
    FACT(log_data_seen);
    kmod_set_log_fn(context, NULL, NULL);
    FACT(kmod_get_userdata(context));
    kmod_set_userdata(context, &logged);
    FACT(kmod_get_userdata(context) == &logged);
    FACT(kmod_ref(context) == context);
    FACT(kmod_unref(context) == context);
    FACT(kmod_module_new_from_name(context, "ext4", &module));
    FACT(kmod_unref(context) == context); /* the module holds a reference */
    FACT(kmod_module_unref(module) == NULL);

    static const char *const kLevels[] = {"err", "info", "debug", "7", "0", "3", "", "99", "-1", "+5", " 7",
                                          "7 x", "7x", "x7", "error", "information", "ERR", "warning"};
    for (size_t i = 0; i < sizeof kLevels / sizeof *kLevels; ++i) {
        setenv("KMOD_LOG", kLevels[i], 1);
        context = kmod_new(directory, none);
        printf("KMOD_LOG=%s: %d\n", kLevels[i], kmod_get_log_priority(context));
        kmod_unref(context);
    }
    unsetenv("KMOD_LOG");
    if (chdir("/") == 0) {
        context = kmod_new(directory + 1, none);
        FACT(strcmp(kmod_get_dirname(context), directory) == 0);
        kmod_unref(context);
    }
    context = kmod_new("/nowhere", none);
    kmod_set_log_fn(context, NULL, NULL);
    struct kmod_list *list = NULL;
    FACT(kmod_load_resources(context) < 0);
    FACT(kmod_module_new_from_lookup(context, "ext4", &list));
    FACT(list == NULL);
    FACT(kmod_dump_index(context, KMOD_INDEX_MODULES_DEP, STDOUT_FILENO));
    kmod_unref(context);
}

/* If some databases are damaged, the others are still searched. */
static void damaged(const char *directory, const char *scratch) {
    const char *none[] = {NULL};
    char command[4 * PATH_MAX], path[PATH_MAX];
    struct kmod_list *list = NULL;
    snprintf(path, sizeof path, "%s/damaged", scratch);
    snprintf(command, sizeof command,
             "cd '%s' && mkdir damaged && cd damaged && cp '%s/modules.alias.bin' . && echo x >modules.dep.bin && "
             "echo x >modules.symbols.bin && echo x >modules.builtin.bin && echo x >modules.builtin.alias.bin",
             scratch, directory);
    if (system(command) != 0) exit(5);
    struct kmod_ctx *context = kmod_new(path, none);
    kmod_set_log_fn(context, NULL, NULL);
    static const char *const kNames[] = {"fs-ext4", "ext4", "symbol:jbd2_journal_start", "tcp_cubic", "no-such"};
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) {
        printf("damaged: %s: %d", kNames[i], kmod_module_new_from_lookup(context, kNames[i], &list));
        struct kmod_module *found = kmod_module_get_module(list);
        printf(" %s\n", found == NULL ? "" : kmod_module_get_name(found));
        kmod_module_unref(found);
        kmod_module_unref_list(list);
        list = NULL;
    }
    FACT(kmod_load_resources(context) < 0);
    FACT(kmod_dump_index(context, KMOD_INDEX_MODULES_DEP, STDOUT_FILENO));
    kmod_unref(context);
}

/* Strings of the configuration live as long as the context. */
static void configuration(const char *directory, const char *scratch) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/own.conf", scratch);
    write_file(path, "options a x=1\noptions b y=2\nblacklist c\n");
    const char *config[] = {path, NULL};
    struct kmod_ctx *context = kmod_new(directory, config);
    struct kmod_config_iter *iter = kmod_config_get_options(context);
    FACT(kmod_config_iter_get_key(iter) == NULL);
    FACT(kmod_config_iter_next(iter));
    const char *key = kmod_config_iter_get_key(iter);
    while (kmod_config_iter_next(iter)) {} /* includes options of the kernel command line */
    FACT(kmod_config_iter_get_key(iter) == NULL);
    FACT(kmod_config_iter_next(iter)); /* starts again at the beginning */
    FACT(kmod_config_iter_get_key(iter) == key);
    kmod_config_iter_free_iter(iter);
    FACT(strcmp(key, "a"));
    unlink(path);
    kmod_unref(context);
}

/* Replaces a file with a copy of itself, as depmod does. */
static void renew(const char *path) {
    char command[6 * PATH_MAX];
    snprintf(command, sizeof command, "cp '%s' '%s.new' && touch -d tomorrow '%s.new' && mv '%s.new' '%s'",
             path, path, path, path, path);
    if (system(command) != 0) exit(5);
}

/* Waits until files that change get a later time than before: the clock of file times ticks slowly. */
static void next_file_time(void) {
    struct timespec before, now;
    clock_gettime(CLOCK_REALTIME_COARSE, &before);
    do
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    while (now.tv_nsec == before.tv_nsec);
}

static void resources(const char *directory, const char *scratch) {
    const char *config[] = {scratch, NULL};
    char path[PATH_MAX];
    struct kmod_list *list = NULL;
    struct kmod_ctx *context = kmod_new(directory, config);
    FACT(kmod_validate_resources(context));
    FACT(kmod_load_resources(context));
    FACT(kmod_load_resources(context));
    FACT(kmod_validate_resources(context));
    snprintf(path, sizeof path, "%s/modules.dep.bin", directory);
    renew(path);
    FACT(kmod_validate_resources(context));
    kmod_unload_resources(context);
    FACT(kmod_validate_resources(context));
    FACT(kmod_module_new_from_lookup(context, "ext4", &list));
    kmod_module_unref_list(list);
    FACT(kmod_load_resources(context));
    FACT(kmod_validate_resources(context));
    next_file_time();
    snprintf(path, sizeof path, "%s/new.conf", scratch);
    write_file(path, "blacklist x\n");
    FACT(kmod_validate_resources(context));
    kmod_unref(context);
    context = kmod_new(directory, config);
    FACT(kmod_validate_resources(context));
    write_file(path, "blacklist another\n");
    printf("in place: %d\n", kmod_validate_resources(context));
    kmod_unref(context);
}

int main(int argc, char **argv) {
    const char *none[] = {NULL};
    if (argc != 5) return 2;
    ctx = kmod_new(argv[1], none);
    kmod_set_log_fn(ctx, NULL, NULL);
    kmod_module_new_from_name(ctx, "ext4", &mod);
    without_arguments();
    kmod_module_unref(mod);
    objects(argv[2], argv[3]);
    contents(argv[2], argv[4]);
    kernel();
    FACT(kmod_unref(ctx));
    contexts(argv[1]);
    damaged(argv[1], argv[2]);
    configuration(argv[1], argv[2]);
    resources(argv[1], argv[2]);
    return 0;
}
