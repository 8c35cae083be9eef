/* profile: runs a command, looks at it while it runs, and tells at its end where a spawn would
 * help. */
#include "profile.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.h"
#include "clock.h"
#include "pipeline/columns.h"
#include "memory.h"
#include "report.h"
#include "screen.h"
#include "top.h"
#include "watch.h"
#include "watch_table.h"
#include "pipeline/text.h"

extern char **environ;

enum {
    SEEK_MS = 2,        /* until it is found, at first */
    SEEK_LATE_MS = 100, /* ... later */
    WATCH_MS = 100,
    NOT_FOUND = 127,
    NOT_RUN = 126
};
#define EARLY_NS CLOCK_SECOND_NS
#define LAST_NS (CLOCK_SECOND_NS / 2) /* what it has said is waited for, when it is gone */

struct profile {
    struct watch watch;
    struct profile_advice advice;
    const char *command;
    pid_t pid;
    int fd;   /* -1: not found yet */
    bool cut; /* the connection is over */
    int status, passed_on;
    uint64_t began_ns, ended_ns;
};

static void on_line(struct watch *watch, const char *type, const char *line, size_t n)
{
    struct profile *self = watch->arg;

    (void)line, (void)n;
    if (!strcmp(type, "advice"))
        profile_advise(&self->advice, &watch->watched);
}

/* ---- the command ---- */

/* False: it complained. */
static bool start(struct profile *self, char *const *arguments)
{
    setenv("WEIR_INSPECT", "1", 1);
    setenv("WEIR_INSPECT_EXACT", "1", 1); /* its first turn may be a long one */
    int why = posix_spawnp(&self->pid, arguments[0], NULL, NULL, arguments, environ);
    if (why) {
        report_plain(why == ENOENT && !strchr(arguments[0], '/')
                         ? "a program of this directory is written ./NAME"
                         : NULL,
                     "profile: cannot run '%s': %s", arguments[0], weir_pl_text_reason(why));
        self->status = why == ENOENT ? NOT_FOUND : NOT_RUN;
    }
    return !why;
}

/* ^C comes to it from the terminal; what was meant for this process alone is passed on. */
static void pass_on(struct profile *self)
{
    int number = screen_stopped();

    if (number && number != self->passed_on && number != SIGINT && number != SIGQUIT)
        kill(self->pid, number);
    self->passed_on = number;
}

static bool has_ended(struct profile *self)
{
    int status;

    if (waitpid(self->pid, &status, WNOHANG) != self->pid)
        return false;
    self->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    self->ended_ns = clock_ns();
    return true;
}

/* ---- looking at it ---- */

static void seek(struct profile *self)
{
    self->fd = attach_try(self->pid);
    if (self->fd >= 0)
        attach_say(self->fd, "watch");
}

static void look(struct profile *self, int wait_ms)
{
    if (screen_wait(self->cut ? -1 : self->fd, wait_ms) && !watch_socket(&self->watch, self->fd))
        self->cut = true;
}

static void follow(struct profile *self)
{
    while (!has_ended(self)) {
        bool early = clock_ns() - self->began_ns < EARLY_NS;
        if (self->fd < 0)
            seek(self);
        look(self, self->fd >= 0 ? WATCH_MS : early ? SEEK_MS : SEEK_LATE_MS);
        pass_on(self);
    }
    while (self->fd >= 0 && !self->cut && clock_ns() - self->ended_ns < LAST_NS)
        look(self, WATCH_MS);
}

/* ---- telling ---- */

static void tell(const struct profile *self)
{
    const struct watched *watched = &self->watch.watched;
    double seconds = (double)(self->ended_ns - self->began_ns) / 1e9;
    size_t width = weir_pl_columns_of_terminal();

    bool is_early = self->ended_ns - self->began_ns < EARLY_NS;
    bool saw_nothing = self->fd < 0 || (watched->greeted && !watched->rows);

    if (saw_nothing && is_early) {
        report_plain(
            "give it more to do, or let it run again: a second is enough",
            "'%s' ended after %.3f s, before it could be looked at: nothing is known of it",
            self->command, seconds);
    } else if (self->fd < 0) {
        report_plain(
            "it has to be linked with the shared library, or to call weir_inspect_listen()",
            "'%s' could not be looked at: it does not seem to use weir", self->command);
    } else if (watch_greeted(&self->watch, self->command)) {
        report_plain(NULL, "profile of '%s': it ran for %.*f s, exit code %d", self->command,
                     seconds < 1 ? 3 : 1, seconds, self->status);
        profile_report(stderr, watched, &self->advice,
                       width > TABLE_COLUMNS_MIN ? width : TABLE_COLUMNS_DEFAULT);
    }
}

/* The command stands there; false: it complained. */
static bool find_command(int *n, char *const **arguments)
{
    static const char usage[] = "usage: weir profile COMMAND [ARGUMENT]...";
    bool is_over = *n && !strcmp(**arguments, "--");

    *n -= is_over;
    *arguments += is_over;
    if (*n && !is_over && ***arguments == '-')
        report_plain(usage, "'profile' has no option '%s'", **arguments);
    else if (!*n)
        report_plain(usage, "'profile' takes a command");
    else
        return true;
    return false;
}

int profile_command(int n, char *const *arguments)
{
    if (!find_command(&n, &arguments))
        return 2;
    struct profile *self = memory_zeroed(1, sizeof *self);
    self->command = arguments[0];
    self->fd = -1;
    self->began_ns = clock_ns();
    self->watch.watched.from_its_first_turn = true; /* start() asks for that */
    self->watch.on_line = on_line;
    self->watch.arg = self;
    screen_open(false); /* a signal is passed on as soon as the command is there */
    if (start(self, arguments)) {
        follow(self);
        tell(self);
    }
    if (self->fd >= 0)
        close(self->fd);
    int status = self->status;
    watch_drop(&self->watch);
    profile_advice_drop(&self->advice);
    free(self);
    return status;
}
