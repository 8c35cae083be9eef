/* killer COMMAND MODE MOMENTS: runs `COMMAND big ! gzip level=1 ! gunzip ! files/out.txt`, kills it
 * at a moment that is drawn, and looks at what stands in `files`; until so many runs were killed.
 *
 * MODE is new, replace, append; with `-unsynced` behind it the sink has sync=no. Prints how many
 * were killed, how many files were complete, and how many hidden ones were left; exits with 1 when
 * something half-written stands under the final name. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY "files"
#define NAME "out.txt"
#define PATH DIRECTORY "/" NAME
#define HIDDEN "." NAME ".weir-"

static const char OLD[] = "what was there before\n";

enum { RUNS_A_MOMENT_MAX = 10 };

struct content {
    char *at;
    size_t n;
    bool is_there;
};

struct killer {
    const char *command;
    bool old, append, unsynced;
    bool nameless; /* new files are, until they are complete */
    struct content whole;
    uint64_t drawn;
    unsigned whole_us; /* what a run takes that nobody kills, about */
    unsigned runs, killed, complete, hidden, wrong;
};

static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

static struct content read_file(const char *path)
{
    struct content content = {.at = NULL};
    FILE *file = fopen(path, "rb");
    if (!file)
        return content;
    fseek(file, 0, SEEK_END);
    content.n = (size_t)ftell(file);
    rewind(file);
    content.at = malloc(content.n + 1);
    content.is_there = content.at && fread(content.at, 1, content.n, file) == content.n;
    if (!content.is_there)
        give_up(path);
    fclose(file);
    return content;
}

static bool is(const struct content *content, const char *bytes, size_t n)
{
    return content->is_there && content->n == n && !memcmp(content->at, bytes, n);
}

/* The old content, and a beginning of the new. */
static bool is_appended(const struct killer *killer, const struct content *content)
{
    size_t old_n = sizeof OLD - 1;
    if (content->n < old_n || memcmp(content->at, OLD, old_n))
        return false;
    size_t n = content->n - old_n;
    return n <= killer->whole.n && !memcmp(content->at + old_n, killer->whole.at, n);
}

static void complain(struct killer *killer, const char *what, size_t n)
{
    printf("not ok: %s (%zu)\n", what, n);
    killer->wrong++;
}

static void look_at_file(struct killer *killer)
{
    struct content now = read_file(PATH);
    size_t all = killer->whole.n + (killer->append ? sizeof OLD - 1 : 0);
    bool done = now.n == all;
    killer->complete += done;
    if (killer->append ? !is_appended(killer, &now)
                       : !(is(&now, killer->whole.at, killer->whole.n) ||
                           (killer->old ? is(&now, OLD, sizeof OLD - 1) : !now.is_there)))
        complain(killer, "a file that is neither old nor complete; bytes:", now.n);
    free(now.at);
}

/* Empties the directory. */
static void look_at_directory(struct killer *killer)
{
    DIR *dir = opendir(DIRECTORY);
    struct dirent *entry;
    unsigned hidden = 0;
    if (!dir)
        give_up(DIRECTORY);
    while ((entry = readdir(dir))) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, ".."))
            continue;
        if (strncmp(name, HIDDEN, strlen(HIDDEN)) == 0)
            hidden++;
        else if (strcmp(name, NAME))
            complain(killer, name, 1);
        unlinkat(dirfd(dir), name, 0);
    }
    closedir(dir);
    if (hidden > (killer->append || (!killer->old && killer->nameless) ? 0 : 1))
        complain(killer, "hidden files were left:", hidden);
    killer->hidden += hidden;
}

static void write_old(void)
{
    FILE *file = fopen(PATH, "wb");
    if (!file || fputs(OLD, file) < 0 || fclose(file))
        give_up(PATH);
}

static pid_t start(const struct killer *killer)
{
    const char *words[] = {killer->command, "big", "!",  "gzip", "level=1", "!",
                           "gunzip",        "!",   PATH, NULL,   NULL,      NULL};
    size_t n = 9;
    if (killer->append)
        words[n++] = "append";
    if (killer->unsynced)
        words[n++] = "sync=no";
    if (killer->old)
        write_old();
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0) {
        execv(killer->command, (char *const *)(uintptr_t)words);
        _exit(127);
    }
    return child;
}

static unsigned now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)now.tv_sec * 1000000u + (unsigned)(now.tv_nsec / 1000);
}

/* A run that nobody kills. */
static void measure(struct killer *killer)
{
    int status;
    unsigned begin = now_us();
    pid_t child = start(killer);
    waitpid(child, &status, 0);
    killer->whole_us = now_us() - begin;
    if (status)
        give_up("the command fails, which");
    look_at_file(killer);
    look_at_directory(killer);
    if (!killer->complete)
        complain(killer, "a run that nobody killed is not complete", 0);
    killer->complete = 0;
}

static unsigned draw_below(struct killer *killer, unsigned n)
{
    killer->drawn = killer->drawn * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(killer->drawn >> 33) % (n ? n : 1);
}

/* Half of the moments are near the end, where the name is given. */
static unsigned moment_us(struct killer *killer)
{
    unsigned all = killer->whole_us, late = all * 2 / 3;
    return draw_below(killer, 2) ? draw_below(killer, all) : late + draw_below(killer, all / 2);
}

/* A machine that is shared is now quicker, now slower. */
static void adapt(struct killer *killer, bool was_killed)
{
    if (!was_killed)
        killer->whole_us = killer->whole_us * 3 / 4;
    else if (killer->whole_us < 1000000)
        killer->whole_us += killer->whole_us / 6 + 1;
}

static void run_and_kill(struct killer *killer)
{
    int status;
    unsigned us = moment_us(killer);
    pid_t child = start(killer);
    usleep(us);
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) < 0)
        give_up("waitpid");
    killer->runs++;
    if (WIFSIGNALED(status))
        killer->killed++;
    else if (status)
        complain(killer, "exit code", (size_t)WEXITSTATUS(status));
    adapt(killer, WIFSIGNALED(status));
    look_at_file(killer);
    look_at_directory(killer);
}

/* Files without a name that can be given one. */
static bool has_nameless(void)
{
    char path[64];
    int fd = open(DIRECTORY, O_TMPFILE | O_WRONLY, 0600);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool fine = fd >= 0 && !linkat(AT_FDCWD, path, AT_FDCWD, PATH, AT_SYMLINK_FOLLOW);
    close(fd);
    unlink(PATH);
    return fine;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct killer killer = {.command = argv[1],
                            .old = strncmp(argv[2], "new", 3) != 0,
                            .append = strncmp(argv[2], "append", 6) == 0,
                            .unsynced = strstr(argv[2], "-unsynced") != NULL,
                            .nameless = has_nameless(),
                            .whole = read_file("big"),
                            .drawn = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32};
    measure(&killer);
    unsigned moments = (unsigned)atoi(argv[3]);
    while (killer.killed < moments && killer.runs < moments * RUNS_A_MOMENT_MAX)
        run_and_kill(&killer);
    printf("%s: %u of %u killed, %u complete, %u hidden files left, %u wrong\n", argv[2],
           killer.killed, killer.runs, killer.complete, killer.hidden, killer.wrong);
    if (!killer.killed)
        complain(&killer, "each was done before it was killed; runs:", killer.runs);
    return killer.wrong > 0;
}
