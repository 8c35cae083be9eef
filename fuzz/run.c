/* Runs: the command over the inputs, its bytes arriving and leaving in one of several ways. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define STDOUT_NAME "out"
#define STDERR_NAME "err"
#define SINK_DIR "files"
#define SINK "files/out.bin"
#define PARTIAL "files/out.bin.partial"

enum { OVERDUE_S = 30, PAUSES_MAX = 10, PAUSE_US_MAX = 100, WORDS_MAX = 80 };

const char OLD[] = "what was there before\n";

void way_draw(struct way *way, const struct inputs *inputs, bool uring, struct draw *draw)
{
    /* One by one, and all of them always: a seed is the same case on every machine. */
    *way = (struct way){.driver = draw_percent(draw, 50) && uring ? "uring" : "epoll"};
    way->arriving = (enum arriving)draw_below(draw, ARRIVINGS);
    way->leaving = (enum leaving)draw_below(draw, LEAVINGS - 1);
    way->unnamed = draw_below(draw, inputs->n);
    way->is_old = draw_percent(draw, 50);
    way->durable = draw_percent(draw, 4);
    way->dash = draw_percent(draw, 30);
    way->seed = draw_bits(draw);
    if (draw_percent(draw, 4))
        way->leaving = LEAVE_NULL;
    way->partial = way->leaving == LEAVE_SINK && draw_percent(draw, 40);
}

/* ---- words ---- */

struct words {
    const char *at[WORDS_MAX];
    size_t n;
    char made[16][NUMBER_BYTES];
    size_t made_n;
};

static void add(struct words *words, const char *word)
{
    words->at[words->n++] = word;
    words->at[words->n] = NULL;
}

static void add_sink(struct words *words, const struct way *way)
{
    if (way->leaving == LEAVE_NULL || way->dash) {
        if (way->leaving == LEAVE_NULL || way->leaving < LEAVE_SINK) {
            add(words, "!");
            add(words, way->leaving == LEAVE_NULL ? "null" : "-");
        }
    }
    if (way->leaving != LEAVE_SINK && way->leaving != LEAVE_APPEND)
        return;
    add(words, "!");
    add(words, SINK);
    if (way->leaving == LEAVE_APPEND)
        add(words, "append");
    if (way->partial)
        add(words, "partial=keep");
    if (!way->durable)
        add(words, "sync=no");
}

static void add_all(struct words *words, const struct inputs *inputs, const struct chain *chain,
                    const struct way *way)
{
    for (size_t i = 0; i < inputs->n; i++) {
        char *name = words->made[words->made_n++];
        snprintf(name, NUMBER_BYTES, "in%zu.bin", i);
        add(words, way->arriving != ARRIVE_NAMED && i == way->unnamed ? "-" : name);
    }
    for (const struct step *step = chain->step; step < chain->step + chain->n; step++) {
        add(words, "!");
        words->n += step_words(step, words->at + words->n, words->made[words->made_n++]);
    }
    add_sink(words, way);
}

static void print_way(FILE *to, const struct way *way)
{
    static const char *const arrives[] = {NULL, " <in%zu.bin", "cat in%zu.bin | ",
                                          "{ in pieces: in%zu.bin; } | "};
    if (way->arriving > ARRIVE_NAMED)
        fprintf(to, arrives[way->arriving], way->unnamed);
}

void command_print(FILE *to, const struct inputs *inputs, const struct chain *chain,
                   const struct way *way)
{
    struct words words = {.n = 0};
    add_all(&words, inputs, chain, way);
    if (way->arriving > ARRIVE_FILE)
        print_way(to, way);
    fprintf(to, "WEIR_DRIVER=%s weir", way->driver);
    for (size_t i = 0; i < words.n; i++) {
        fputc(' ', to);
        print_word(to, words.at[i]);
    }
    if (way->arriving == ARRIVE_FILE)
        print_way(to, way);
    if (way->leaving == LEAVE_FILE)
        fputs(way->is_old ? " >>" STDOUT_NAME : " >" STDOUT_NAME, to);
    if (way->leaving == LEAVE_PIPE)
        fputs(" | cat", to);
}

/* ---- arriving ---- */

static void write_all(int fd, const unsigned char *at, size_t n)
{
    while (n) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno != EINTR)
            _exit(0); /* the command has what it wants */
        at += done > 0 ? done : 0;
        n -= (size_t)(done > 0 ? done : 0);
    }
}

static void write_pieces(int fd, const struct bytes *bytes, struct draw *draw)
{
    size_t longest = bytes->n / (1 + draw_below(draw, PAUSES_MAX)) + 1;
    for (size_t at = 0; at < bytes->n;) {
        size_t left = bytes->n - at;
        size_t n = longest / 2 + 1 + draw_below(draw, longest);
        n = n < left ? n : left;
        write_all(fd, bytes->at + at, n);
        at += n;
        usleep((useconds_t)draw_below(draw, PAUSE_US_MAX));
    }
}

/* A process that writes it, so that neither side waits for this one. */
static pid_t feed(const struct bytes *bytes, const struct way *way, int fds[2])
{
    struct draw draw = {way->seed};
    if (pipe2(fds, O_CLOEXEC))
        give_up("pipe2");
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child)
        return child;
    signal(SIGPIPE, SIG_IGN);
    close(fds[0]);
    if (way->arriving == ARRIVE_PIPE)
        write_all(fds[1], bytes->at, bytes->n);
    else
        write_pieces(fds[1], bytes, &draw);
    _exit(0);
}

/* ---- leaving ---- */

static void read_pipe(int fd, const struct way *way, struct bytes *to)
{
    unsigned char block[65536];
    struct draw draw = {~way->seed};
    size_t most = draw_percent(&draw, 50) ? sizeof block : 1 + draw_below(&draw, 8192);
    unsigned pauses = draw_percent(&draw, 50) ? PAUSES_MAX : 0;
    ssize_t n;
    while ((n = read(fd, block, most)) > 0) {
        bytes_add(to, block, (size_t)n);
        if (pauses && pauses--)
            usleep((useconds_t)draw_below(&draw, PAUSE_US_MAX));
    }
}

static void read_if_there(const char *path, bool *is_there, struct bytes *to)
{
    struct stat about;
    *is_there = lstat(path, &about) == 0;
    if (*is_there)
        *to = bytes_of_file(path);
}

/* Takes the sink's directory away; what is in it and should not be is remembered. */
static void empty_directory(struct ran *ran)
{
    DIR *dir = opendir(SINK_DIR);
    struct dirent *entry;
    if (!dir)
        give_up(SINK_DIR);
    while ((entry = readdir(dir))) {
        char path[sizeof ran->stray];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(path, sizeof path, SINK_DIR "/%s", entry->d_name);
        if (strcmp(path, SINK) && strcmp(path, PARTIAL))
            snprintf(ran->stray, sizeof ran->stray, "%s", path);
        unlink(path);
    }
    closedir(dir);
    rmdir(SINK_DIR);
}

/* ---- the command ---- */

struct ends {
    int in;
    int out;
};

_Noreturn static void be(const char *command, struct words *words, const struct way *way,
                         const struct ends *ends)
{
    int err = open(STDERR_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(ends->in, STDIN_FILENO);
    dup2(ends->out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(err);
    setenv("WEIR_DRIVER", way->driver, 1);
    words->at[0] = command;
    execv(command, (char *const *)(uintptr_t)words->at);
    _exit(127);
}

static volatile sig_atomic_t running, overdue;

static void on_alarm(int signal)
{
    (void)signal;
    overdue = 1;
    kill((pid_t)running, SIGKILL);
}

static pid_t start(const char *command, const struct inputs *inputs, const struct chain *chain,
                   const struct way *way, const struct ends *ends)
{
    struct words words = {.n = 0};
    add(&words, command);
    add_all(&words, inputs, chain, way);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0)
        be(command, &words, way, ends);
    return child;
}

static int status_of(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) < 0)
        give_up("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int open_source(const struct way *way)
{
    char name[NUMBER_BYTES];
    snprintf(name, sizeof name, "in%zu.bin", way->unnamed);
    int fd = open(way->arriving == ARRIVE_FILE ? name : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        give_up(name);
    return fd;
}

static int open_stdout(const struct way *way)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (way->is_old ? O_APPEND : O_TRUNC);
    int fd = open(way->leaving == LEAVE_FILE ? STDOUT_NAME : "/dev/null", flags, 0666);
    if (fd < 0)
        give_up(STDOUT_NAME);
    return fd;
}

static void lay_out(const struct way *way)
{
    struct bytes old = {NULL, 0, 0};
    bytes_add(&old, OLD, way->is_old ? strlen(OLD) : 0);
    if (mkdir(SINK_DIR, 0777))
        give_up(SINK_DIR);
    bytes_to_file(&old, STDOUT_NAME);
    if (way->is_old && (way->leaving == LEAVE_SINK || way->leaving == LEAVE_APPEND))
        bytes_to_file(&old, SINK);
    bytes_drop(&old);
}

static void gather(const struct way *way, struct ran *ran)
{
    bool is_there;
    read_if_there(STDERR_NAME, &is_there, &ran->said);
    if (way->leaving == LEAVE_FILE)
        read_if_there(STDOUT_NAME, &ran->is_there, &ran->out);
    if (way->leaving == LEAVE_SINK || way->leaving == LEAVE_APPEND)
        read_if_there(SINK, &ran->is_there, &ran->out);
    read_if_there(PARTIAL, &ran->is_partial, &ran->kept);
    empty_directory(ran);
}

/* Until it ends, or is overdue and ended. */
static void attend(pid_t child, int from, const struct way *way, struct ran *ran)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    running = child;
    overdue = 0;
    alarm(OVERDUE_S);
    if (from >= 0)
        read_pipe(from, way, &ran->out);
    ran->status = status_of(child);
    alarm(0);
    ran->overdue = overdue;
}

struct ran command_run(const char *command, const struct inputs *inputs, const struct chain *chain,
                       const struct way *way)
{
    struct ran ran = {.status = 0};
    struct ends ends;
    int from[2], to[2] = {-1, -1};
    pid_t feeder = 0;
    lay_out(way);
    if (way->arriving > ARRIVE_FILE)
        feeder = feed(&inputs->source[way->unnamed], way, from);
    ends.in = feeder ? from[0] : open_source(way);
    if (way->leaving == LEAVE_PIPE && pipe2(to, O_CLOEXEC))
        give_up("pipe2");
    ends.out = to[1] >= 0 ? to[1] : open_stdout(way);
    pid_t child = start(command, inputs, chain, way, &ends);
    close(ends.in);
    close(ends.out);
    if (feeder)
        close(from[1]);
    attend(child, to[0], way, &ran);
    if (to[0] >= 0)
        close(to[0]);
    if (feeder)
        status_of(feeder);
    gather(way, &ran);
    return ran;
}

void ran_drop(struct ran *ran)
{
    bytes_drop(&ran->out);
    bytes_drop(&ran->kept);
    bytes_drop(&ran->said);
}
