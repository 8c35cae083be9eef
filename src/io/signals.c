/* signals: each stream has an eventfd, to which the handler adds one. A signalfd would want the
 * signal blocked in every thread of the program, and its children would inherit that. */

#include "weir/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "io/ready.h"

const weir_type weir_type_signal = {.name = "weir_signal",
                                    .size = sizeof(weir_signal),
                                    .align = _Alignof(weir_signal),
                                    .detached = true};

/* ---- the process's table ---- */

/* A place holds fd + 1; 0: it is free. */
static struct caught {
    _Atomic int fds[WEIR_SIGNALS_MAX];
    unsigned n;           /* places that are taken; under the lock, as is: */
    struct sigaction old; /* what stood there before the first */
} caught[NSIG];
static _Atomic unsigned handling; /* handlers that run now, on any thread */
static _Atomic unsigned owner;    /* weir_forks() of the process whose descriptors these are */
static pthread_mutex_t signals_lock = PTHREAD_MUTEX_INITIALIZER;

static void signals_handle(int signo)
{
    atomic_fetch_add(&handling, 1);
    if (atomic_load(&owner) == weir_forks())
        for (size_t i = 0; i < WEIR_SIGNALS_MAX; i++) {
            int fd = atomic_load(&caught[signo].fds[i]) - 1;
            if (fd >= 0)
                weir_interrupt_raise(fd);
        }
    atomic_fetch_sub(&handling, 1);
}

/* No handler knows the descriptor any more: it may be closed, and its number be another file's. */
static void wait_for_handlers(void)
{
    while (atomic_load(&handling))
        sched_yield();
}

static int signals_install(int signo, const weir_sys *sys)
{
    struct sigaction action = {.sa_handler = signals_handle, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    struct sigaction before;
    int error = sys->signal_action(sys, signo, &action, &before);
    if (!error &&
        before.sa_handler != signals_handle) /* ours: of the process this one forked off from */
        caught[signo].old = before;
    return error;
}

/* Unless somebody has put another one there since. */
static void restore(int signo, const weir_sys *sys)
{
    struct sigaction now;
    if (!sys->signal_action(sys, signo, NULL, &now) && now.sa_handler == signals_handle)
        (void)sys->signal_action(sys, signo, &caught[signo].old, NULL);
}

/* What a parent caught is not this process's; its handlers stay, and do nothing. */
static void signals_begin_anew(void)
{
    if (atomic_load(&owner) == weir_forks())
        return;
    for (size_t signo = 0; signo < NSIG; signo++) {
        for (size_t i = 0; i < WEIR_SIGNALS_MAX; i++)
            atomic_store(&caught[signo].fds[i], 0);
        caught[signo].n = 0;
    }
    atomic_store(&owner, weir_forks());
}

static int take_place(int signo, int fd)
{
    for (int i = 0; i < WEIR_SIGNALS_MAX; i++)
        if (!atomic_load(&caught[signo].fds[i])) {
            atomic_store(&caught[signo].fds[i], fd + 1);
            caught[signo].n++;
            return i;
        }
    return -ENOSPC;
}

static void leave_place(int signo, int place, const weir_sys *sys)
{
    atomic_store(&caught[signo].fds[place], 0);
    if (!--caught[signo].n)
        restore(signo, sys);
}

/* Its place, or a negative errno; ENOSPC: there is none. */
static int signals_join(int signo, int fd, const weir_sys *sys)
{
    pthread_mutex_lock(&signals_lock);
    signals_begin_anew();
    int place = take_place(signo, fd);
    int error = place >= 0 && caught[signo].n == 1 ? signals_install(signo, sys) : 0;
    if (error) {
        atomic_store(&caught[signo].fds[place], 0);
        caught[signo].n = 0;
    }
    pthread_mutex_unlock(&signals_lock);
    return error ? error : place;
}

static void signals_leave(int signo, int place, unsigned forks, const weir_sys *sys)
{
    pthread_mutex_lock(&signals_lock);
    if (forks == weir_forks())
        leave_place(signo, place, sys);
    pthread_mutex_unlock(&signals_lock);
    wait_for_handlers();
}

/* ---- the stream ---- */

struct signals {
    weir_stream stream;
    int signo;
    int fd; /* -1: not begun, or over */
    int place;
    unsigned forks;
    const weir_sys *base_sys;
    weir_sys room;
    struct weir_ready more;
};

static struct signals *signals_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct signals, stream);
}

static weir_poll signals_fail(const struct signals *self, weir_cx *cx, int64_t error)
{
    char place[20];
    weir_format(place, sizeof place, "signal %d", self->signo);
    if (error != -ENOSPC)
        return weir_fail_system(cx, error, "catch", place, WEIR_NOWHERE);
    weir_fail(cx, WEIR_E_LIMIT, "more than %d streams of signal %d", WEIR_SIGNALS_MAX, self->signo);
    cx->error.cure = "one stream, and weir_broadcast() behind it";
    return (weir_poll){0, WEIR_ERROR};
}

static void signals_end(struct signals *self)
{
    weir_ready_fini(&self->more);
    self->more.io = NULL;
    if (self->fd < 0)
        return;
    signals_leave(self->signo, self->place, self->forks, self->base_sys);
    self->base_sys->close(self->base_sys, self->fd);
    self->fd = -1;
}

static int signals_begin(struct signals *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    self->base_sys = weir_sys_whole(&self->room, weir_rt_base_sys(cx->rt));
    int fd = sys->eventfd(sys, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return fd;
    self->forks = weir_forks();
    self->place = signals_join(self->signo, fd, self->base_sys);
    if (self->place < 0) {
        sys->close(sys, fd);
        return self->place;
    }
    self->fd = fd;
    return 0;
}

/* READY with none: some may have come. */
static weir_poll signals_wait_for_one(struct signals *self, weir_cx *cx)
{
    int told = weir_ready_wait(&self->more, cx, self->fd, POLLIN);
    return told < 0 ? signals_fail(self, cx, told)
                    : (weir_poll){0, told ? WEIR_READY : WEIR_PENDING};
}

static weir_poll signals_take(struct signals *self, weir_cx *cx, weir_signal *out)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    uint64_t count;
    int64_t n = sys->read(sys, self->fd, &count, sizeof count);
    if (n == -EAGAIN)
        return signals_wait_for_one(self, cx);
    if (n < 0)
        return n == -EINTR ? (weir_poll){0, WEIR_READY} : signals_fail(self, cx, n);
    *out = (weir_signal){self->signo, count};
    if (self->stream.stage.one)
        signals_end(self);
    return (weir_poll){1, self->stream.stage.one ? WEIR_END : WEIR_READY};
}

static weir_poll signals_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct signals *self = signals_of(stream);
    (void)demand;
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "signals");
    if (weir_io_stopping(cx)) {
        cx->cut = true;
        signals_end(self);
        return (weir_poll){0, WEIR_END};
    }
    int error = self->fd < 0 ? signals_begin(self, cx) : 0;
    return error ? signals_fail(self, cx, error) : signals_take(self, cx, out);
}

static void signals_fini(weir_stream *stream)
{
    signals_end(signals_of(stream));
}

static size_t signals_memory_max(const weir_stream *stream)
{
    (void)stream;
    return sizeof(weir_io);
}

static const weir_stream_ops signals_ops = {.size = sizeof signals_ops,
                                            .name = "signals",
                                            .poll_next = signals_poll_next,
                                            .fini = signals_fini,
                                            .memory_max = signals_memory_max};

/* A handler that returns from one of the last four would be called again at once. */
static bool may_be_caught(int signo)
{
    return signo > 0 && signo < NSIG && signo != SIGKILL && signo != SIGSTOP && signo != SIGSEGV &&
           signo != SIGBUS && signo != SIGFPE && signo != SIGILL;
}

static weir_stream *signals_make(int signo, bool one)
{
    weir_stream *stream = weir_source_new(sizeof(struct signals), &signals_ops, &weir_type_signal);
    if (weir_stage_failed(&stream->stage))
        return stream;
    signals_of(stream)->signo = signo;
    signals_of(stream)->fd = -1;
    stream->stage.one = one;
    if (may_be_caught(signo))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, NULL,
                              "signal %zu cannot be caught and taken later", NULL, NULL,
                              signo > 0 ? (size_t)signo : 0);
}

weir_stream *weir_signals(int signo)
{
    return signals_make(signo, false);
}

weir_stream *weir_ctrl_c(void)
{
    return signals_make(SIGINT, true);
}
