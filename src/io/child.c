/* A process of ours, from posix_spawn to its reaping. Its end is seen through a descriptor, so that
 * no other child of the program is ever reaped by mistake, and no SIGCHLD is needed. */

#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/system_text.h"
#include "io/descendants.h"
#include "weir/alloc.h"
#include "weir/implement.h"

enum {
    LAST_GRACE_MS = 100, /* between the two signals, when no runtime is left to wait on */
    LAST_WAIT_MS = 1000, /* for a process that was killed: it may hang in the kernel */
    CHILD_LOOK_AGAIN_NS = 10000000,
    SIGNALLED = 128 /* what a shell adds to the number of a signal */
};

/* ---- the block ---- */

static struct weir_child *child_of(weir_waker *waker)
{
    return WEIR_CONTAINER(waker, struct weir_child, waker);
}

static bool add_text(size_t *bytes, const char *text)
{
    return !text || !__builtin_add_overflow(*bytes, strlen(text) + 1, bytes);
}

/* The pointers and the texts of a list that ends with NULL. */
static bool add_list(size_t *bytes, const char *const *list)
{
    for (; list && *list; list++)
        if (*bytes > WEIR_EXEC_BYTES_MAX || !add_text(bytes, *list))
            return false;
        else
            *bytes += sizeof *list;
    *bytes += sizeof *list;
    return true;
}

static size_t child_bytes_of(const char *file, const char *const *argv,
                             const weir_exec_options *options)
{
    size_t bytes = sizeof(struct weir_child);
    bool fits = add_list(&bytes, argv) && add_list(&bytes, options->env) &&
                add_text(&bytes, file) && add_text(&bytes, options->dir) &&
                add_text(&bytes, options->name);
    return fits && bytes <= WEIR_EXEC_BYTES_MAX ? bytes : 0;
}

static char *child_put_text(char **at, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *put = *at;
    if (!size)
        return NULL;
    memcpy(put, text, size);
    *at += size;
    return put;
}

static size_t length_of(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static void put_list(char **out, char **at, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = child_put_text(at, list[i]);
    out[n] = NULL;
}

static void child_put_all(struct weir_child *child, const char *file, const char *const *argv,
                          const weir_exec_options *options)
{
    size_t args = length_of(argv), names = length_of(options->env);
    char **lists = (char **)(void *)(child + 1);
    char *at = (char *)(lists + args + 1 + names + 1);
    child->argv = lists;
    put_list(child->argv, &at, argv, args);
    if (options->env) {
        child->envp = lists + args + 1;
        put_list(child->envp, &at, options->env, names);
    }
    child->file = child_put_text(&at, file);
    child->dir = child_put_text(&at, options->dir);
    child->name = child_put_text(&at, options->name);
    if (!child->name)
        child->name = child->argv[0];
}

static const weir_waker_ops child_waker;

struct weir_child *weir_child_new(const char *file, const char *const *argv,
                                  const weir_exec_options *options, int *error)
{
    size_t bytes = child_bytes_of(file, argv, options);
    struct weir_child *child = bytes ? weir_allocate(bytes) : NULL;
    *error = child ? 0 : bytes ? -ENOMEM : -E2BIG;
    if (!child)
        return NULL;
    *child =
        (struct weir_child){.bytes = bytes,
                            .pidfd = -1,
                            .ends = {-1, -1, -1},
                            .exit.kind = WEIR_IO_POLL,
                            .grace.kind = WEIR_IO_TIMER,
                            .stdio = {options->in, options->out, options->err},
                            .grace_ns = options->grace_ns ? options->grace_ns : WEIR_EXEC_GRACE_NS,
                            .must_succeed = options->must_succeed};
    weir_waker_init(&child->waker, &child_waker);
    child_put_all(child, file, argv, options);
    return child;
}

int weir_child_take_end(struct weir_child *child, size_t end)
{
    int fd = child->ends[end];
    child->ends[end] = -1;
    return fd;
}

/* ---- its end ---- */

static void unref_child(weir_io *io)
{
    weir_waker_unref(io->kind == WEIR_IO_TIMER
                         ? &WEIR_CONTAINER(io, struct weir_child, grace)->waker
                         : &WEIR_CONTAINER(io, struct weir_child, exit)->waker);
}

/* The block stays until the driver is done with it. */
static void child_let_go(struct weir_child *child, weir_io *io)
{
    weir_waker_ref(&child->waker);
    weir_io_abandon(io, unref_child);
}

static void be_over(struct weir_child *child)
{
    child->over = true;
    child_let_go(child, &child->exit);
    child_let_go(child, &child->grace);
    child->sys->close(child->sys, child->pidfd);
    child->pidfd = -1;
}

static weir_exit_status child_status_of(int status)
{
    weir_exit_status out = {.code = -1};
    if (WIFSIGNALED(status))
        out.signo = WTERMSIG(status);
    else
        out.code = WEXITSTATUS(status);
    return out;
}

/* Somebody else may have reaped it (a program that waits for all its children, or ignores SIGCHLD):
 * then nobody knows what it came to. */
static void child_look(struct weir_child *child)
{
    int status = 0;
    if (child->over || child->pidfd < 0)
        return;
    int got = child->sys->pidfd_status(child->sys, child->pidfd, &status);
    if (!got || got == -EINTR)
        return;
    child->status = child_status_of(status);
    child->error = got < 0 ? got : 0;
    child->verb = "wait for";
    be_over(child);
}

static void send_signal(struct weir_child *child, int signo)
{
    (void)child->sys->pidfd_signal(child->sys, child->pidfd, signo); /* ESRCH: it is over */
}

/* The shell first, so that it does not go on with what comes next. */
static void child_tell_all(struct weir_child *child)
{
    int below[WEIR_DESCENDANTS_MAX];
    const weir_sys *sys = child->sys;
    size_t n = child->shell ? weir_descendants_open(sys, child->process, below) : 0;
    send_signal(child, SIGTERM);
    for (size_t i = 0; i < n; i++) {
        (void)sys->pidfd_signal(sys, below[i], SIGTERM);
        sys->close(sys, below[i]);
    }
}

void weir_child_tell(struct weir_child *child)
{
    child_look(child);
    if (child->begun && !child->over && !child->told && child->forks == weir_forks())
        child_tell_all(child);
    child->told = true;
}

static void wait_a_moment(struct weir_child *child, int ms)
{
    struct pollfd ask = {.fd = child->pidfd, .events = POLLIN};
    (void)child->sys->poll(child->sys, &ask, 1, ms);
    child_look(child);
}

/* No runtime is left that could wait. What does not even die of SIGKILL (it hangs in the kernel)
 * stays a zombie until the program ends: better that than a drop that never returns. */
static void end_here(struct weir_child *child)
{
    weir_child_tell(child);
    if (!child->over)
        wait_a_moment(child, LAST_GRACE_MS);
    if (child->over)
        return;
    send_signal(child, SIGKILL);
    wait_a_moment(child, LAST_WAIT_MS);
    if (!child->over)
        be_over(child);
}

static void child_submit(struct weir_child *child, weir_io *io, weir_driver *driver)
{
    weir_waker_slot_store(&io->waiter, &child->waker);
    weir_io_submit(driver, io);
}

static void set_timer(struct weir_child *child, weir_driver *driver, uint64_t ns)
{
    const weir_sys *sys = driver->sys;
    child->grace =
        (weir_io){.kind = WEIR_IO_TIMER, .deadline_ns = weir_after_ns(sys->now_ns(sys), ns)};
    child_submit(child, &child->grace, driver);
}

static weir_driver *child_driver_of(const struct weir_child *child)
{
    if (weir_io_busy(&child->exit))
        return child->exit.driver;
    return weir_io_busy(&child->grace) ? child->grace.driver : NULL;
}

/* Nobody wants it any more. */
static void end_it(struct weir_child *child)
{
    weir_driver *driver = child_driver_of(child);
    child_look(child);
    if (child->over)
        return;
    if (!driver) {
        end_here(child);
        return;
    }
    weir_child_tell(child);
    if (!child->over && !weir_io_busy(&child->grace))
        set_timer(child, driver, child->grace_ns);
}

static bool child_is_cancelled(const weir_io *io)
{
    return io->state == WEIR_IO_DONE && io->result == -ECANCELED;
}

/* One of its operations came to something, and nobody else wants to know: the timer, or an end that
 * is not quite there. */
static void press(struct weir_child *child)
{
    weir_driver *driver = child_driver_of(child);
    if (child_is_cancelled(&child->exit) || child_is_cancelled(&child->grace) || !driver) {
        end_here(child);
        return;
    }
    if (child->grace.state != WEIR_IO_DONE)
        return;
    send_signal(child, SIGKILL);
    set_timer(child, driver, CHILD_LOOK_AGAIN_NS);
}

static void child_wake(weir_waker *waker)
{
    struct weir_child *child = child_of(waker);
    if (child->over || child->forks != weir_forks())
        return;
    child_look(child);
    if (!child->over && !child->parts)
        press(child);
    for (size_t i = 0; i < WEIR_CHILD_PARTS; i++)
        weir_waker_slot_wake(&child->waiting[i]);
}

static void child_release(weir_waker *waker)
{
    struct weir_child *child = child_of(waker);
    if (child->pidfd >= 0)
        child->sys->close(child->sys, child->pidfd);
    weir_release(child, child->bytes);
}

static const weir_waker_ops child_waker = {sizeof child_waker, child_wake, child_release};

void weir_child_leave(struct weir_child *child, size_t part)
{
    weir_waker_slot_clear(&child->waiting[part]);
    if (!--child->parts && child->begun && !child->over) {
        if (child->forks == weir_forks())
            end_it(child);
        else
            be_over(child); /* it is another process's */
    }
    weir_waker_unref(&child->waker);
}

/* ---- its beginning ---- */

static weir_poll child_fail(const struct weir_child *child, weir_cx *cx)
{
    return weir_fail_system(cx, child->error, child->verb, child->name, WEIR_NOWHERE);
}

static void close_ends(const weir_sys *sys, int ends[3])
{
    for (int i = 0; i < 3; i++) {
        if (ends[i] >= 0) /* ours, also where a program without a 0, 1 or 2 got one of those */
            sys->close(sys, ends[i]);
        ends[i] = -1;
    }
}

/* Theirs is closed when they run it; a pipe is read and written as all others are, so that ours
 * need not be O_NONBLOCK, and the two sides share no flags. */
static int open_end(struct weir_child *child, const weir_sys *sys, int i, int *theirs)
{
    int fds[2];
    if (child->stdio[i] == WEIR_STDIO_INHERIT)
        return 0;
    if (child->stdio[i] == WEIR_STDIO_NULL) {
        *theirs = sys->open(sys, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
        return *theirs < 0 ? *theirs : 0;
    }
    int error = sys->pipe(sys, fds, O_CLOEXEC);
    if (error)
        return error;
    *theirs = fds[i ? 1 : 0];
    child->ends[i] = fds[i ? 0 : 1];
    return 0;
}

/* A descriptor for its end has to be had before it runs: who runs and cannot be watched cannot be
 * reaped. Our own process shows that, and keeps the number. */
static int child_run(struct weir_child *child, const weir_sys *sys, int theirs[3])
{
    weir_spawn_how how = {.file = child->file,
                          .argv = child->argv,
                          .envp = child->envp,
                          .fds = {theirs[0], theirs[1], theirs[2]},
                          .dir = child->dir};
    int kept = sys->pidfd_open(sys, getpid());
    if (kept < 0)
        return kept;
    int process = sys->spawn(sys, &how);
    sys->close(sys, kept);
    if (process < 0)
        return process;
    int pidfd = sys->pidfd_open(sys, process);
    child->verb = "wait for";
    if (pidfd < 0)
        return pidfd;
    child->pidfd = pidfd;
    child->process = process;
    child->begun = true;
    child->forks = weir_forks();
    return 0;
}

static int child_open_all(struct weir_child *child, const weir_sys *sys, int theirs[3])
{
    for (int i = 0; i < 3; i++) {
        int error = open_end(child, sys, i, &theirs[i]);
        if (error)
            return error;
    }
    return 0;
}

static void child_watch(struct weir_child *child, const weir_cx *cx)
{
    child->exit = (weir_io){.kind = WEIR_IO_POLL, .fd = child->pidfd, .events = POLLIN};
    child_submit(child, &child->exit, weir_cx_driver(cx));
}

weir_poll weir_child_begin(struct weir_child *child, weir_cx *cx)
{
    int theirs[3] = {-1, -1, -1};
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (child->begun)
        return (weir_poll){0, WEIR_READY};
    if (child->told && !child->error)
        child->error = -ECANCELED; /* its input was given up */
    child->verb = child->verb ? child->verb : "start";
    if (child->error)
        return child_fail(child, cx);
    child->sys = weir_sys_whole(&child->room, weir_rt_base_sys(cx->rt));
    child->error = child_open_all(child, sys, theirs);
    if (!child->error)
        child->error = child_run(child, sys, theirs);
    close_ends(sys, theirs);
    if (child->error) {
        close_ends(sys, child->ends);
        return child_fail(child, cx);
    }
    child_watch(child, cx);
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_child_poll_exit(struct weir_child *child, weir_cx *cx, size_t part)
{
    if (!child->over && !weir_io_busy(&child->exit)) {
        child_look(child);
        if (!child->over)
            child_watch(child, cx); /* another runtime's was dropped */
    }
    if (child->over)
        return child->error ? child_fail(child, cx) : (weir_poll){0, WEIR_READY};
    if (weir_io_busy(&child->exit))
        return weir_wait(cx, &child->waiting[part], WEIR_WAIT_IO);
    if (child->exit.result < 0)
        return weir_fail_system(cx, child->exit.result, "wait for", child->name, WEIR_NOWHERE);
    return weir_wait_turn(cx);
}

static const char *signal_name(int signo)
{
    const char *name = weir_signal_name(signo);
    return name ? name : "RT";
}

static weir_poll child_fail_status(weir_cx *cx, const char *name, weir_exit_status status)
{
    if (status.signo)
        weir_fail(cx, WEIR_E_USER, "'%s' was ended by signal %d (SIG%s)", name, status.signo,
                  signal_name(status.signo));
    else
        weir_fail(cx, WEIR_E_USER, "exit status %d of '%s'", status.code, name);
    cx->error.number = status.signo ? SIGNALLED + status.signo : status.code;
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_child_judge(const struct weir_child *child, weir_cx *cx)
{
    if (weir_exit_success(child->status))
        return (weir_poll){0, WEIR_READY};
    return child_fail_status(cx, child->name, child->status);
}
