/* Borrowed descriptors of drivers that are told what is ready: for files a read is done when it is
 * submitted, for everything else once the kernel says that it would not wait. O_NONBLOCK is never
 * touched: descriptors may be shared. */

#include "driver/watched.h"

#include <errno.h>

#include "weir/alloc.h"

bool weir_watcher_has_place(struct weir_watcher *self, int fd)
{
    size_t n = self->watched_n;
    if ((size_t)fd < n)
        return true;
    while (n <= (size_t)fd)
        n = n ? n * 2 : 16;
    size_t old_bytes = self->watched_n * sizeof *self->watched;
    struct weir_watched *grown = weir_resize(self->watched, old_bytes, n * sizeof *grown);
    if (!grown)
        return false;
    for (size_t i = self->watched_n; i < n; i++)
        grown[i] = (struct weir_watched){0};
    self->watched = grown;
    self->watched_n = n;
    return true;
}

/* What is to be done once the descriptor is ready. */
static int64_t watched_perform(const weir_sys *sys, const weir_io *io, unsigned found)
{
    if (io->kind == WEIR_IO_POLL)
        return found;
    if (io->offset != WEIR_IO_HERE)
        return sys->pread(sys, io->fd, io->out, io->n, io->offset);
    return sys->read(sys, io->fd, io->out, io->n);
}

/* As poll(): 0: it would wait; a negative errno: who knows. */
static int watched_ask_now(const weir_sys *sys, const weir_io *io, unsigned *found)
{
    unsigned events = io->kind == WEIR_IO_READ ? POLLIN : io->events;
    struct pollfd ask = {.fd = io->fd, .events = (short)(events & WEIR_POLL_KNOWS)};
    int n = sys->poll(sys, &ask, 1, 0);
    *found = n > 0 ? (unsigned)ask.revents : 0;
    return n;
}

/* 0: it waits; else it ended, or never will begin. */
static int watched_begin(struct weir_watcher *self, weir_io *io)
{
    if (io->fd < 0)
        return -EBADF;
    if (!weir_watcher_has_place(self, io->fd))
        return -ENOMEM;
    struct weir_io_list *waiting = &self->watched[io->fd].waiting;
    weir_io_list_add(waiting, io);
    int answer = self->ops->arm(self, io);
    if (answer)
        weir_io_list_remove(waiting, io);
    return answer;
}

static int64_t watched_refused(const weir_sys *sys, const weir_io *io, int answer)
{
    return answer == WEIR_NEVER_WAITS ? watched_perform(sys, io, io->events) : answer;
}

void weir_watcher_submit(weir_driver *driver, weir_io *io)
{
    struct weir_watcher *self = weir_watcher_of(driver);
    bool file = io->kind == WEIR_IO_READ && io->offset != WEIR_IO_HERE;
    unsigned found = POLLIN;
    if (file || watched_ask_now(driver->sys, io, &found) > 0) {
        weir_io_finish(io, watched_perform(driver->sys, io, found));
        return;
    }
    int answer = watched_begin(self, io);
    if (answer) {
        weir_io_finish(io, watched_refused(driver->sys, io, answer));
        return;
    }
    io->state = WEIR_IO_FLYING;
    self->waiting_n++;
}

static void watched_end(struct weir_watcher *self, weir_io *io, int64_t result)
{
    weir_io_list_remove(&self->watched[io->fd].waiting, io);
    self->waiting_n--;
    weir_io_finish(io, result);
}

void weir_watcher_cancel(weir_driver *driver, weir_io *io)
{
    watched_end(weir_watcher_of(driver), io, -ECANCELED);
}

void weir_watcher_deliver(struct weir_watcher *self, int fd, unsigned found)
{
    const weir_sys *sys = self->driver.sys;
    for (weir_io *io = self->watched[fd].waiting.first, *next; io; io = next) {
        next = io->next;
        if (!(found & (weir_watcher_wants(io) | POLLERR | POLLHUP)))
            continue;
        /* Another read may have taken what was there, or the event be about a file that had this
         * number before: a read would stop the thread. Where nobody may ask it is believed. */
        unsigned now;
        if (io->kind == WEIR_IO_READ && !watched_ask_now(sys, io, &now))
            continue;
        watched_end(self, io, watched_perform(sys, io, found));
    }
}

void weir_watcher_refuse(struct weir_watcher *self, int fd, unsigned wants, int answer)
{
    for (weir_io *io = self->watched[fd].waiting.first, *next; io; io = next) {
        next = io->next;
        if (wants == WEIR_WATCHED_ALL || weir_watcher_wants(io) & wants)
            watched_end(self, io, watched_refused(self->driver.sys, io, answer));
    }
}

void weir_watcher_fini(struct weir_watcher *self)
{
    weir_driver *driver = &self->driver;
    for (size_t fd = 0; fd < self->watched_n; fd++) {
        struct weir_watched *watched = &self->watched[fd];
        while (watched->waiting.first)
            weir_watcher_cancel(driver, watched->waiting.first);
    }
    for (size_t fd = 0; fd < self->watched_n; fd++) {
        if (self->watched[fd].in)
            weir_watcher_stop(driver, self->watched[fd].in);
        if (self->watched[fd].out)
            weir_watcher_stop(driver, self->watched[fd].out);
    }
    weir_release(self->watched, self->watched_n * sizeof *self->watched);
}
