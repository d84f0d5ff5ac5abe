// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs in the machine: loads and removes the modules of a list one after the other, and
// prints the results of modprobe and the modules that it loaded.
//   module_loop LIST FIRST COUNT
// Lines: "begin NAME", "load STATUS MS TEXT", "added NAMES", "remove STATUS MS TEXT",
// "left NAMES", "stuck NAMES", "end". STATUS is an exit status, 256 + N for a signal, 512
// for a run that was killed after kLimitSeconds, 513 for one that not even SIGKILL ended:
// then the loop ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kLimitSeconds = 240, kNames = 8192, kNameLength = 64 };

typedef struct {
    char names[kNames][kNameLength];
    int count;
} ModuleSet;

static void read_loaded(ModuleSet* set) {
    FILE* file = fopen("/proc/modules", "r");
    char line[4096];
    set->count = 0;
    while (file && fgets(line, sizeof line, file) && set->count < kNames)
        if (sscanf(line, "%63s", set->names[set->count]) == 1) ++set->count;
    if (file) fclose(file);
}

static int contains(const ModuleSet* set, const char* name) {
    for (int i = 0; i < set->count; ++i)
        if (strcmp(set->names[i], name) == 0) return 1;
    return 0;
}

static void print_news(const char* word, const ModuleSet* before, const ModuleSet* now) {
    printf("%s", word);
    for (int i = 0; i < now->count; ++i)
        if (!contains(before, now->names[i])) printf(" %s", now->names[i]);
    printf("\n");
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

// Waits for a child and returns its STATUS as described above.
static int wait_for(pid_t child, const sigset_t* child_signal) {
    const struct timespec limit = {kLimitSeconds, 0}, grace = {10, 0};
    int status, killed = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (sigtimedwait(child_signal, NULL, killed ? &grace : &limit) >= 0) continue;
        if (killed) return 513;
        kill(child, SIGKILL);
        killed = 1;
    }
    if (killed) return 512;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

// Runs modprobe and prints a line about it.
static int run(const char* word, char* const arguments[], const sigset_t* child_signal) {
    const long start = milliseconds();
    const pid_t child = fork();
    if (child == 0) {
        const int out = open("/tmp/output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(out, 1);
        dup2(out, 2);
        sigprocmask(SIG_UNBLOCK, child_signal, NULL);
        execv("/sbin/modprobe", arguments);
        _exit(127);
    }
    const int status = wait_for(child, child_signal);
    char text[400] = "";
    FILE* messages = fopen("/tmp/output", "r");
    if (messages && fgets(text, sizeof text, messages)) text[strcspn(text, "\n")] = '\0';
    if (messages) fclose(messages);
    printf("%s %d %ld %s\n", word, status, milliseconds() - start, text);
    fflush(stdout);
    return status;
}

// Removes all modules that were not loaded before and can be removed, so that every
// module starts from the same state.
static void clean(const ModuleSet* before) {
    static ModuleSet now;
    for (int gone = 1; gone;) {
        gone = 0;
        read_loaded(&now);
        for (int i = 0; i < now.count; ++i)
            if (!contains(before, now.names[i]) &&
                syscall(SYS_delete_module, now.names[i], O_NONBLOCK) == 0)
                gone = 1;
    }
}

int main(int count, char** arguments) {
    static ModuleSet before, now;
    if (count != 4) return 2;
    FILE* list = fopen(arguments[1], "r");
    const int first = atoi(arguments[2]), end = first + atoi(arguments[3]);
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, NULL);
    char name[kNameLength];
    for (int i = 0; list && fscanf(list, "%63s", name) == 1; ++i) {
        if (i < first || i >= end) continue;
        read_loaded(&before);
        printf("begin %s\n", name);
        fflush(stdout);
        char* const load[] = {"modprobe", name, NULL};
        char* const remove[] = {"modprobe", "-r", name, NULL};
        if (run("load", load, &child_signal) == 513) return 1;
        read_loaded(&now);
        print_news("added", &before, &now);
        if (run("remove", remove, &child_signal) == 513) return 1;
        read_loaded(&now);
        print_news("left", &before, &now);
        clean(&before);
        read_loaded(&now);
        print_news("stuck", &before, &now);
        printf("end\n");
        fflush(stdout);
    }
    return 0;
}
