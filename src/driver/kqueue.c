/* The kqueue driver, for FreeBSD and macOS: what the epoll driver is on Linux. It has not run on
 * either yet. Its tests run it on Linux over a kevent() of their own (tests/kqueue/), and the
 * suites of tasks, files and sockets over that; docs/design/0067-kqueue.md says what that shows,
 * and which other files still name Linux.
 *
 * What changes is gathered, and told with the next wait: one system call for both. */

#ifdef WEIR_HAVE_KQUEUE

#include <errno.h>
#include <string.h>
#include <sys/event.h>

#include "driver/watched.h"
#include "weir/alloc.h"

enum {
    KQUEUE_AT_ONCE = 64, /* changes, and events: each change may come back as an error */
    KQUEUE_CHANGES_MAX =
        4 /* of one descriptor: a filter's old note is taken out, and a new one made */
};
#define KQUEUE_SLEEP_MAX_NS 3600000000000ull
#define KQUEUE_TICK_NS 1000ull /* macOS cuts off what is less, and would wake too early */

/* What the kernel was asked for, by filter. A note keeps the flags that it began with. */
enum kqueue_note {
    KQUEUE_NONE,
    KQUEUE_ONCE, /* EV_ONESHOT: gone when it has told */
    KQUEUE_EDGE  /* EV_CLEAR: it stays, and tells of what is new */
};

static const struct {
    int16_t filter;
    uint8_t bit; /* in `changed` */
    unsigned wants;
} kqueue_sides[2] = {{EVFILT_READ, POLLIN, POLLIN | POLLRDHUP}, {EVFILT_WRITE, POLLOUT, POLLOUT}};

struct weir_kqueue {
    struct weir_watcher watcher;
    int fd;
    int first, last; /* descriptors with changes that the kernel does not know yet; -1: none */
    bool lent;       /* who waits for its descriptor is told what nobody here waits for, too */
};

static struct weir_kqueue *kqueue_of(struct weir_watcher *watcher)
{
    return WEIR_CONTAINER(watcher, struct weir_kqueue, watcher);
}

/* ---- changes ---- */

static void kqueue_mark(struct weir_kqueue *self, int fd, unsigned bits)
{
    struct weir_watched *watched = &self->watcher.watched[fd];
    if (!watched->changed) {
        watched->next = -1;
        if (self->first < 0)
            self->first = fd;
        else
            self->watcher.watched[self->last].next = fd;
        self->last = fd;
    }
    watched->changed |= (uint8_t)bits;
}

static unsigned kqueue_bits(unsigned wants)
{
    unsigned bits = 0;
    for (int side = 0; side < 2; side++)
        bits |= wants & kqueue_sides[side].wants ? kqueue_sides[side].bit : 0u;
    return bits;
}

static int kqueue_arm(struct weir_watcher *watcher, const weir_io *io)
{
    kqueue_mark(kqueue_of(watcher), io->fd, kqueue_bits(weir_watcher_wants(io)));
    return 0;
}

/* A note that is made tells what is there already, so a socket may be told of late. */
static int kqueue_adopt(struct weir_watcher *watcher, const weir_op *op)
{
    kqueue_mark(kqueue_of(watcher), op->fd, op->kind == WEIR_OP_ACCEPT ? POLLIN : POLLIN | POLLOUT);
    return 0;
}

/* Who waits for the peer's end alone is told of each arrival too. One that stays tells of it once;
 * one that was made again would tell as long as nobody reads. */
static enum kqueue_note kqueue_note_for(const struct weir_watched *watched, int side)
{
    unsigned wants = 0;
    if (watched->ours)
        return KQUEUE_EDGE;
    for (const weir_io *io = watched->waiting.first; io; io = io->next)
        wants |= weir_watcher_wants(io) & kqueue_sides[side].wants;
    if (!wants)
        return KQUEUE_NONE;
    return wants == POLLRDHUP ? KQUEUE_EDGE : KQUEUE_ONCE;
}

static struct kevent kqueue_change(int fd, int side, unsigned flags)
{
    return (struct kevent){.ident = (uintptr_t)fd,
                           .filter = kqueue_sides[side].filter,
                           .flags = (unsigned short)flags};
}

/* How many changes bring a filter's note to what is wanted. It is made again where it should be
 * there: the number may be another file's by now. */
static int kqueue_note_changes(struct weir_watched *watched, int fd, int side, struct kevent *out)
{
    enum kqueue_note wanted = kqueue_note_for(watched, side);
    int n = 0;
    if (watched->asked[side] != KQUEUE_NONE && watched->asked[side] != wanted)
        out[n++] = kqueue_change(fd, side, EV_DELETE);
    if (wanted != KQUEUE_NONE)
        out[n++] =
            kqueue_change(fd, side, EV_ADD | (wanted == KQUEUE_ONCE ? EV_ONESHOT : EV_CLEAR));
    watched->asked[side] = (uint8_t)wanted;
    return n;
}

static int kqueue_gather(struct weir_kqueue *self, struct kevent *changes)
{
    int n = 0;
    while (self->first >= 0 && n + KQUEUE_CHANGES_MAX <= KQUEUE_AT_ONCE) {
        int fd = self->first;
        struct weir_watched *watched = &self->watcher.watched[fd];
        self->first = watched->next;
        for (int side = 0; side < 2; side++)
            if (watched->changed & kqueue_sides[side].bit)
                n += kqueue_note_changes(watched, fd, side, &changes[n]);
        watched->changed = 0;
    }
    return n;
}

static int kqueue_side_of(const struct kevent *event)
{
    return event->filter == EVFILT_WRITE;
}

/* They may have been applied, or not; a change that is made twice does no harm. */
static void kqueue_mark_again(struct weir_kqueue *self, const struct kevent *changes, int n)
{
    for (int i = 0; i < n; i++)
        kqueue_mark(self, (int)changes[i].ident, kqueue_sides[kqueue_side_of(&changes[i])].bit);
}

/* ---- events ---- */

/* The reading side ends with EV_EOF when the peer sends no more, the writing side when nobody
 * reads; fflags is the socket's error. */
static unsigned kqueue_found(const struct kevent *event)
{
    bool ended = event->flags & EV_EOF;
    unsigned found = event->filter == EVFILT_WRITE ? POLLOUT : POLLIN;
    found |= ended && event->filter == EVFILT_READ ? POLLRDHUP : 0;
    return found | (ended && event->fflags ? POLLERR : 0);
}

static void kqueue_deliver(struct weir_kqueue *self, const struct kevent *event)
{
    int fd = (int)event->ident, side = kqueue_side_of(event);
    struct weir_watcher *watcher = &self->watcher;
    if (watcher->watched[fd].ours) {
        weir_watcher_edge(watcher, fd, kqueue_found(event));
        return;
    }
    if (watcher->watched[fd].asked[side] == KQUEUE_ONCE)
        watcher->watched[fd].asked[side] = KQUEUE_NONE;
    weir_watcher_deliver(watcher, fd, kqueue_found(event));
    const struct weir_watched *watched = &watcher->watched[fd];
    if (kqueue_note_for(watched, side) != watched->asked[side])
        kqueue_mark(self, fd, kqueue_sides[side].bit); /* some wait on, or nobody does any more */
}

/* Kinds of files that have no such filter; these never wait. */
static bool kqueue_has_no_filter(int error)
{
    return error == EINVAL || error == ENODEV || error == EOPNOTSUPP || error == EPERM;
}

/* Of one change; the others hold. */
static void kqueue_refused(struct weir_kqueue *self, const struct kevent *event)
{
    int fd = (int)event->ident, side = kqueue_side_of(event), error = (int)event->data;
    struct weir_watcher *watcher = &self->watcher;
    if (error == 0 || error == ENOENT) /* a receipt; the note was taken out with its file */
        return;
    watcher->watched[fd].asked[side] = KQUEUE_NONE;
    if (error == EPIPE) /* a pipe that nobody reads any more: a write tells more */
        kqueue_deliver(self, &(struct kevent){.ident = event->ident, .filter = event->filter});
    else if (watcher->watched[fd].ours)
        weir_watcher_disown(watcher, fd, -error);
    else
        weir_watcher_refuse(watcher, fd, kqueue_sides[side].wants,
                            kqueue_has_no_filter(error) ? WEIR_NEVER_WAITS : -error);
}

static void kqueue_tell(struct weir_kqueue *self, const struct kevent *event)
{
    int interrupt_fd = self->watcher.driver.interrupt_fd;
    if ((int)event->ident == interrupt_fd)
        weir_interrupt_clear(interrupt_fd);
    else if (event->flags & EV_ERROR)
        kqueue_refused(self, event);
    else
        kqueue_deliver(self, event);
}

/* ---- waiting ---- */

/* Never too short, or a timer's worker would look at its clock in vain. */
static uint64_t kqueue_limit_ns(uint64_t timeout_ns)
{
    if (timeout_ns > KQUEUE_SLEEP_MAX_NS)
        return KQUEUE_SLEEP_MAX_NS;
    return (timeout_ns + KQUEUE_TICK_NS - 1) / KQUEUE_TICK_NS * KQUEUE_TICK_NS;
}

/* Tells of some changes, and sleeps if these were all. How many events it found, or a negative
 * errno. */
static int kqueue_ask(struct weir_kqueue *self, uint64_t timeout_ns, bool *more)
{
    struct kevent changes[KQUEUE_AT_ONCE], events[KQUEUE_AT_ONCE];
    const weir_sys *sys = self->watcher.driver.sys;
    int changes_n = kqueue_gather(self, changes);
    *more = self->first >= 0;
    uint64_t limit_ns = *more ? 0 : kqueue_limit_ns(timeout_ns);
    int n = sys->kevent(sys, self->fd, changes, changes_n, events, KQUEUE_AT_ONCE, limit_ns);
    if (n < 0)
        kqueue_mark_again(self, changes, changes_n);
    for (int i = 0; i < n; i++)
        kqueue_tell(self, &events[i]);
    return n;
}

static int kqueue_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct weir_kqueue *self = kqueue_of(weir_watcher_of(driver));
    if (!timeout_ns && !self->watcher.waiting_n && !self->lent)
        return 0;
    self->lent = false;
    bool more;
    int n;
    do /* what is left when something was found is for the next wait */
        n = kqueue_ask(self, timeout_ns, &more);
    while (more && n == 0);
    return n < 0 && n != -EINTR ? n : 0;
}

/* Events would be lost on whoever calls, so only changes are told of, and acknowledged. What was
 * refused is tried again by the next wait, which is called for. */
static int kqueue_lend(weir_driver *driver)
{
    struct weir_kqueue *self = kqueue_of(weir_watcher_of(driver));
    const weir_sys *sys = driver->sys;
    struct kevent changes[KQUEUE_AT_ONCE], receipts[KQUEUE_AT_ONCE];
    bool refused = false;
    self->lent = true;
    while (self->first >= 0 && !refused) {
        int changes_n = kqueue_gather(self, changes);
        for (int i = 0; i < changes_n; i++)
            changes[i].flags |= EV_RECEIPT;
        int n =
            changes_n ? sys->kevent(sys, self->fd, changes, changes_n, receipts, changes_n, 0) : 0;
        for (int i = 0; i < n; i++)
            refused |= receipts[i].data != 0 && receipts[i].data != ENOENT;
        if (n < 0 || refused)
            kqueue_mark_again(self, changes, changes_n);
        refused |= n < 0;
    }
    if (refused)
        weir_interrupt_raise(driver->interrupt_fd);
    return self->fd;
}

/* ---- the driver ---- */

/* Closing takes its notes out, whoever else has the file. */
static void kqueue_forget(weir_driver *driver, int fd)
{
    struct weir_watcher *self = weir_watcher_of(driver);
    if (weir_watcher_forget(self, fd))
        memset(self->watched[fd].asked, KQUEUE_NONE, sizeof self->watched[fd].asked);
}

static void kqueue_close(const struct weir_kqueue *self)
{
    const weir_driver *driver = &self->watcher.driver;
    if (self->fd >= 0 && weir_driver_is_ours(driver)) /* the child of a fork has not got it */
        driver->sys->close(driver->sys, self->fd);
}

static void kqueue_fini(weir_driver *driver)
{
    struct weir_watcher *watcher = weir_watcher_of(driver);
    weir_watcher_fini(watcher);
    kqueue_close(kqueue_of(watcher));
}

static void kqueue_release(weir_driver *driver)
{
    weir_release(kqueue_of(weir_watcher_of(driver)), sizeof(struct weir_kqueue));
}

static const weir_driver_ops kqueue_ops = {
    .name = "kqueue",
    .overlaps = false,
    .submit = weir_watcher_submit,
    .cancel = weir_watcher_cancel,
    .wait = kqueue_wait,
    .lend = kqueue_lend,
    .fini = kqueue_fini,
    .release = kqueue_release,
    .start = weir_watcher_start,
    .stop = weir_watcher_stop,
    .forget = kqueue_forget,
};

static const struct weir_watcher_ops kqueue_watcher_ops = {kqueue_arm, kqueue_adopt};

/* Everything it will need, once. The interrupt descriptor may be readable already. */
static struct weir_refusal kqueue_try_all(struct weir_kqueue *self)
{
    const weir_driver *driver = &self->watcher.driver;
    const weir_sys *sys = driver->sys;
    struct kevent change = kqueue_change(driver->interrupt_fd, 0, EV_ADD), event;
    self->fd = sys->kqueue(sys);
    if (self->fd < 0)
        return (struct weir_refusal){"kqueue", self->fd};
    int n = sys->kevent(sys, self->fd, &change, 1, &event, 1, 0);
    if (n < 0 && n != -EINTR)
        return (struct weir_refusal){"kevent", n};
    return (struct weir_refusal){"kevent", n > 0 && event.flags & EV_ERROR ? -(int)event.data : 0};
}

weir_driver *weir_driver_kqueue(const weir_driver_config *config, struct weir_refusal *why)
{
    struct weir_kqueue *self = weir_allocate(sizeof *self);
    if (!self) {
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self =
        (struct weir_kqueue){.watcher.ops = &kqueue_watcher_ops, .fd = -1, .first = -1, .last = -1};
    weir_driver_begin(&self->watcher.driver, &kqueue_ops, config);
    *why = kqueue_try_all(self);
    if (!why->error)
        return &self->watcher.driver;
    kqueue_close(self);
    weir_release(self, sizeof *self);
    return NULL;
}

#endif
