/* kqueue() and kevent() over epoll, as far as weir uses them: notes for reading and writing that
 * tell once, for each arrival, or as long as it is so; an event that is raised by hand. What
 * differs from epoll is as FreeBSD has it: a note keeps the flags that it began with, and looks
 * again when it is added again; each change that is refused is an event, the others hold; with
 * EV_RECEIPT each is an event; closing a number takes its notes out, whoever else has the file; the
 * child of a fork has not got the queues of its parent, and their numbers are free. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS_PER_S 1000000000ll

enum { NUMBERS = 1 << 16, AT_ONCE = 64, SIDES = 2 };

/* One set a direction, since a note of one does not tell of the other. The set for reading has the
 * queue's number, and holds the other one, and what is raised by hand. */
struct queue {
    int sets[SIDES]; /* -1: not yet */
    int raised;
    bool clears;            /* what is raised by hand is told of once */
    uint16_t *flags[SIDES]; /* by number; 0: there is no note */
    int flags_n;
};

static _Atomic(struct queue *) queues[NUMBERS];
static int numbers_n; /* beyond the highest of a queue */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct queue *queue_of(int number)
{
    return number >= 0 && number < NUMBERS ? atomic_load(&queues[number]) : NULL;
}

static int close_really(int fd)
{
    return (int)syscall(SYS_close, fd);
}

static void queue_free(struct queue *queue, int number)
{
    atomic_store(&queues[number], NULL);
    for (int i = 0; i < SIDES; i++)
        free(queue->flags[i]);
    if (queue->sets[1] >= 0)
        close_really(queue->sets[1]);
    if (queue->raised >= 0)
        close_really(queue->raised);
    free(queue);
}

/* ---- forks ---- */

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
    for (int number = 0; number < numbers_n; number++)
        if (queues[number]) {
            queue_free(queues[number], number);
            close_really(number);
        }
    pthread_mutex_unlock(&lock);
}

static void begin(void)
{
    pthread_atfork(before_fork, after_fork, in_child);
}

/* ---- notes ---- */

static uint16_t flags_of(const struct queue *queue, int side, int fd)
{
    return fd >= 0 && fd < queue->flags_n ? queue->flags[side][fd] : 0;
}

static int set_flags(struct queue *queue, int side, int fd, uint16_t flags)
{
    int n = queue->flags_n ? queue->flags_n : 64;
    while (n <= fd)
        n *= 2;
    for (int i = 0; i < SIDES && n != queue->flags_n; i++) {
        uint16_t *grown = realloc(queue->flags[i], (size_t)n * sizeof *grown);
        if (!grown)
            return ENOMEM;
        memset(grown + queue->flags_n, 0, (size_t)(n - queue->flags_n) * sizeof *grown);
        queue->flags[i] = grown;
    }
    queue->flags_n = n;
    queue->flags[side][fd] = flags;
    return 0;
}

static int ask(int set, int op, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(set, op, fd, &event) ? errno : 0;
}

static int has_set(struct queue *queue, int side)
{
    if (queue->sets[side] >= 0)
        return 0;
    queue->sets[side] = epoll_create1(EPOLL_CLOEXEC);
    return queue->sets[side] < 0 ? errno
                                 : ask(queue->sets[0], EPOLL_CTL_ADD, queue->sets[side], EPOLLIN);
}

static int note_add(struct queue *queue, int side, int fd, uint16_t flags)
{
    uint16_t old = flags_of(queue, side, fd);
    uint32_t events = side ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
    flags = old ? old : flags & (EV_ONESHOT | EV_CLEAR | EV_ADD);
    events |= flags & EV_CLEAR ? EPOLLET : 0;
    events |= flags & EV_ONESHOT ? EPOLLONESHOT : 0;
    int error = has_set(queue, 1); /* so that it has both as long as there are descriptors */
    if (!error)
        error = ask(queue->sets[side], old ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, events);
    if (error == ENOENT || error == EEXIST)
        error = ask(queue->sets[side], old ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events);
    return error ? (error == EPERM ? EINVAL : error) : set_flags(queue, side, fd, flags);
}

static int note_delete(struct queue *queue, int side, int fd)
{
    if (!flags_of(queue, side, fd))
        return ENOENT;
    queue->flags[side][fd] = 0;
    (void)ask(queue->sets[side], EPOLL_CTL_DEL, fd, 0);
    return 0;
}

static int user_change(struct queue *queue, const struct kevent *change)
{
    if (change->flags & EV_ADD) {
        queue->raised = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        queue->clears = change->flags & EV_CLEAR;
        return queue->raised < 0 ? errno
                                 : ask(queue->sets[0], EPOLL_CTL_ADD, queue->raised, EPOLLIN);
    }
    uint64_t raise = 1;
    if (queue->raised < 0)
        return ENOENT;
    if (change->fflags & NOTE_TRIGGER && write(queue->raised, &raise, sizeof raise) < 0)
        return errno == EAGAIN ? 0 : errno;
    return 0;
}

static int apply(struct queue *queue, const struct kevent *change)
{
    int fd = (int)change->ident, side = change->filter == EVFILT_WRITE;
    if (change->filter == EVFILT_USER)
        return user_change(queue, change);
    if (fd < 0 || fd >= NUMBERS)
        return EBADF;
    return change->flags & EV_DELETE ? note_delete(queue, side, fd)
                                     : note_add(queue, side, fd, change->flags);
}

/* How many events they made; -1: one was refused, and there was no room to say so. */
static int apply_all(struct queue *queue, const struct kevent *changes, int changes_n,
                     struct kevent *events, int events_n)
{
    int n = 0;
    for (int i = 0; i < changes_n; i++) {
        int error = apply(queue, &changes[i]);
        if (!error && !(changes[i].flags & EV_RECEIPT))
            continue;
        if (n == events_n) {
            errno = error;
            return -1;
        }
        events[n] = changes[i];
        events[n].flags = EV_ERROR;
        events[n++].data = error;
    }
    return n;
}

/* ---- events ---- */

/* False: its note is gone. */
static bool tell(struct queue *queue, int side, const struct epoll_event *found, struct kevent *out)
{
    int fd = found->data.fd, n = 0;
    uint16_t flags = flags_of(queue, side, fd);
    if (!flags)
        return false;
    if (flags & EV_ONESHOT)
        (void)note_delete(queue, side, fd);
    bool ended = found->events & (EPOLLHUP | EPOLLERR | (side ? 0u : (uint32_t)EPOLLRDHUP));
    if (!side)
        (void)ioctl(fd, FIONREAD, &n);
    *out = (struct kevent){.ident = (uintptr_t)fd,
                           .filter = side ? EVFILT_WRITE : EVFILT_READ,
                           .flags = (unsigned short)(flags | (ended ? EV_EOF : 0)),
                           .fflags = found->events & EPOLLERR ? ECONNRESET : 0,
                           .data = n};
    return true;
}

static int tell_raised(struct queue *queue, struct kevent *out)
{
    uint64_t count;
    if (queue->clears && read(queue->raised, &count, sizeof count) < 0)
        return 0;
    *out = (struct kevent){.filter = EVFILT_USER};
    return 1;
}

static int collect(struct queue *queue, struct kevent *events, int events_n)
{
    struct epoll_event found[SIDES][AT_ONCE];
    int most = events_n < AT_ONCE ? events_n : AT_ONCE, n = 0;
    pthread_mutex_lock(&lock);
    int got = epoll_wait(queue->sets[0], found[0], most, 0);
    for (int i = 0; i < got; i++) {
        int fd = found[0][i].data.fd;
        if (fd == queue->raised)
            n += tell_raised(queue, &events[n]);
        else if (fd != queue->sets[1])
            n += tell(queue, 0, &found[0][i], &events[n]);
    }
    got = queue->sets[1] >= 0 && most > n ? epoll_wait(queue->sets[1], found[1], most - n, 0) : 0;
    for (int i = 0; i < got; i++)
        n += tell(queue, 1, &found[1][i], &events[n]);
    pthread_mutex_unlock(&lock);
    return n;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Nothing may come of what was found: it waits for the rest of its time. That is cut off to whole
 * microseconds, as macOS does. */
static int sleep_for(struct queue *queue, struct kevent *events, int events_n,
                     const struct timespec *timeout)
{
    int64_t left = timeout ? timeout->tv_sec * NS_PER_S + timeout->tv_nsec / 1000 * 1000 : NS_PER_S;
    int64_t until = now_ns() + left;
    struct pollfd ready = {.fd = queue->sets[0], .events = POLLIN};
    for (;;) {
        struct timespec limit = {left / NS_PER_S, left % NS_PER_S};
        if (ppoll(&ready, 1, &limit, NULL) < 0)
            return -1;
        int n = collect(queue, events, events_n);
        if (n || (timeout && left == 0))
            return n;
        left = until - now_ns();
        left = left > 0 ? left : timeout ? 0 : NS_PER_S;
    }
}

/* ---- the calls ---- */

int kqueue(void)
{
    pthread_once(&once, begin);
    struct queue *queue = calloc(1, sizeof *queue);
    int number = epoll_create1(EPOLL_CLOEXEC);
    if (!queue || number < 0 || number >= NUMBERS) {
        free(queue);
        return -1;
    }
    *queue = (struct queue){.sets = {number, -1}, .raised = -1};
    pthread_mutex_lock(&lock);
    atomic_store(&queues[number], queue);
    numbers_n = number >= numbers_n ? number + 1 : numbers_n;
    pthread_mutex_unlock(&lock);
    return number;
}

int kevent(int number, const struct kevent *changes, int changes_n, struct kevent *events,
           int events_n, const struct timespec *timeout)
{
    struct queue *queue = queue_of(number);
    if (!queue) {
        errno = EBADF;
        return -1;
    }
    /* A signal handler comes this way, and may not wait for the lock. */
    if (changes_n == 1 && changes->filter == EVFILT_USER && changes->fflags & NOTE_TRIGGER) {
        errno = user_change(queue, changes);
        return errno ? -1 : 0;
    }
    pthread_mutex_lock(&lock);
    int n = apply_all(queue, changes, changes_n, events, events_n);
    pthread_mutex_unlock(&lock);
    return n || !events_n ? n : sleep_for(queue, events, events_n, timeout);
}

/* Instead of libc's, in the programs that have this file. */
int close(int fd)
{
    pthread_mutex_lock(&lock);
    for (int number = 0; number < numbers_n; number++)
        for (int side = 0; queues[number] && side < SIDES; side++)
            (void)note_delete(queues[number], side, fd);
    struct queue *queue = queue_of(fd);
    if (queue)
        queue_free(queue, fd);
    pthread_mutex_unlock(&lock);
    return close_really(fd);
}
