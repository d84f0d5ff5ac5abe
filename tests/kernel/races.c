// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs in the machine: starts commands at the same time, in many rounds.
//   races FILE
// FILE describes one race; each line is a word and its text:
//   rounds N         number of rounds
//   spread US        delay of each command: random, up to that many microseconds
//   seed N           seed of the random numbers
//   before COMMAND   run at the beginning of a round, one after the other
//   race COMMAND     started at the same time
//   kill US COMMAND  like race, but killed after a random delay of up to US microseconds
//   after COMMAND    run after all races of a round, one after the other
// Commands are words without quotes. Prints a line per round with four columns,
// separated by tabs: the exit statuses of the races; the loaded modules; the statuses
// of the commands after them; the loaded modules. A status is a number, or "S" and a
// signal. A module that is not Live is followed by its state, and one on which
// /proc/modules and /sys/module disagree by "?".
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kMaxCommands = 32, kMaxWords = 64, kText = 1 << 16 };
enum { kBefore, kRace, kKill, kAfter };

typedef struct {
    int when;
    long kill_within;
    char* words[kMaxWords];
} Command;

static Command commands[kMaxCommands];
static int command_count;
static long rounds, spread;

static void add_command(int when, long kill_within, char* text) {
    if (command_count == kMaxCommands) exit(2);
    Command* command = &commands[command_count++];
    command->when = when;
    command->kill_within = kill_within;
    int count = 0;
    for (char* word = strtok(text, " "); word && count < kMaxWords - 1; word = strtok(NULL, " "))
        command->words[count++] = word;
}

static void read_race(FILE* file) {
    static char text[kText];
    char* at = text;
    while (fgets(at, (int)(text + kText - at), file)) {
        at[strcspn(at, "\n")] = '\0';
        char* rest = strchr(at, ' ');
        if (!rest) exit(2);
        *rest++ = '\0';
        char* const next = rest + strlen(rest) + 1;
        if (strcmp(at, "rounds") == 0) rounds = atol(rest);
        else if (strcmp(at, "spread") == 0) spread = atol(rest);
        else if (strcmp(at, "seed") == 0) srandom((unsigned)atol(rest));
        else if (strcmp(at, "before") == 0) add_command(kBefore, 0, rest);
        else if (strcmp(at, "race") == 0) add_command(kRace, 0, rest);
        else if (strcmp(at, "after") == 0) add_command(kAfter, 0, rest);
        else if (strcmp(at, "kill") == 0) {
            const long within = strtol(rest, &rest, 10);
            add_command(kKill, within, rest);
        } else exit(2);
        at = next;
    }
}

static long part_of(long whole) { return whole > 0 ? random() % whole : 0; }

static pid_t start(const Command* command, long delay) {
    const pid_t child = fork();
    if (child != 0) return child;
    const int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(nothing, fd);
    usleep((useconds_t)delay);
    execv(command->words[0], command->words);
    _exit(127);
}

static pid_t start_killer(pid_t victim, long delay) {
    const pid_t child = fork();
    if (child != 0) return child;
    usleep((useconds_t)delay);
    kill(victim, SIGKILL);
    _exit(0);
}

static void print_status(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("S%d ", WTERMSIG(status));
    else
        printf("%d ", WEXITSTATUS(status));
}

static void print_loaded(void) {
    static char names[kText];
    names[0] = ' ';
    names[1] = '\0';
    char line[4096], name[64], state[16], path[128];
    FILE* file = fopen("/proc/modules", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%63s %*s %*s %*s %15s", name, state) != 2) continue;
        snprintf(path, sizeof path, "/sys/module/%s/initstate", name);
        printf("%s%s%s%s ", name, strcmp(state, "Live") == 0 ? "" : ":",
               strcmp(state, "Live") == 0 ? "" : state, access(path, F_OK) == 0 ? "" : "?");
        if (strlen(names) + strlen(name) + 2 < sizeof names) strcat(strcat(names, name), " ");
    }
    if (file) fclose(file);
    DIR* directory = opendir("/sys/module");
    for (struct dirent* entry; directory && (entry = readdir(directory)) != NULL;) {
        char padded[300];
        snprintf(path, sizeof path, "/sys/module/%.80s/initstate", entry->d_name);
        snprintf(padded, sizeof padded, " %s ", entry->d_name);
        // Builtin modules have no initstate.
        if (access(path, F_OK) == 0 && !strstr(names, padded)) printf("%s? ", entry->d_name);
    }
    if (directory) closedir(directory);
}

static void run_in_turn(int when, int report) {
    for (int i = 0; i < command_count; ++i) {
        if (commands[i].when != when) continue;
        const pid_t child = start(&commands[i], 0);
        if (report)
            print_status(child);
        else
            waitpid(child, NULL, 0);
    }
}

static void run_round(void) {
    pid_t children[kMaxCommands] = {0}, killers[kMaxCommands] = {0};
    run_in_turn(kBefore, 0);
    for (int i = 0; i < command_count; ++i) {
        if (commands[i].when != kRace && commands[i].when != kKill) continue;
        children[i] = start(&commands[i], part_of(spread));
        if (commands[i].when == kKill)
            killers[i] = start_killer(children[i], part_of(commands[i].kill_within));
    }
    // Wait for the killers first: until then the process ids of the victims are not
    // reused.
    for (int i = 0; i < command_count; ++i)
        if (killers[i]) waitpid(killers[i], NULL, 0);
    for (int i = 0; i < command_count; ++i)
        if (children[i]) print_status(children[i]);
    printf("\t");
    print_loaded();
    printf("\t");
    run_in_turn(kAfter, 1);
    printf("\t");
    print_loaded();
    printf("\n");
    fflush(stdout);
}

int main(int count, char** arguments) {
    FILE* file = count == 2 ? fopen(arguments[1], "r") : NULL;
    if (!file) return 2;
    read_race(file);
    fflush(stdout);
    for (long round = 0; round < rounds; ++round) run_round();
    return 0;
}
