/* What drivers share that are told which descriptors are ready, and make the calls themselves: what
 * waits for each descriptor, and those calls. How the kernel is asked is each driver's own. */
#ifndef WEIR_DRIVER_WATCHED_H
#define WEIR_DRIVER_WATCHED_H

#include <poll.h>

#include "driver/driver.h"
#include "weir/implement.h"

#ifndef POLLRDHUP /* a kernel whose poll() does not know it; the driver's queue does */
#define POLLRDHUP 0x2000
#define WEIR_POLL_KNOWS (~(unsigned)POLLRDHUP)
#else
#define WEIR_POLL_KNOWS (~0u)
#endif

/* What waits for one descriptor. A borrowed one is asked for while somebody waits. A socket of ours
 * is registered once for all its life, for edges: what the kernel said is remembered until a call
 * finds that it is no longer so. */
struct weir_watched {
    struct weir_io_list waiting;
    weir_op *in, *out; /* one operation a direction */
    bool ours : 1;
    bool readable : 1, writable : 1, hung_up : 1;
    uint8_t changed, asked[2]; /* the driver's, as is: */
    int next;
};

struct weir_watcher {
    weir_driver driver;
    const struct weir_watcher_ops *ops;
    struct weir_watched *watched; /* by descriptor */
    size_t watched_n;
    size_t waiting_n;
};

struct weir_watcher_ops {
    /* Has the kernel asked for what `io` waits for, which stands in its descriptor's list. 0, or a
     * negative errno; WEIR_NEVER_WAITS: nobody need wait for files of its kind. */
    int (*arm)(struct weir_watcher *self, const weir_io *io);
    /* ... and for both directions of a socket that is ours from now on. 0, or a negative errno. */
    int (*adopt)(struct weir_watcher *self, const weir_op *op);
};

enum { WEIR_NEVER_WAITS = 1 };

static inline struct weir_watcher *weir_watcher_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct weir_watcher, driver);
}

/* What has to be found before it goes on: POLLIN, POLLOUT, POLLRDHUP. */
static inline unsigned weir_watcher_wants(const weir_io *io)
{
    return io->kind == WEIR_IO_READ ? POLLIN : io->events & (POLLIN | POLLOUT | POLLRDHUP);
}

/* Room for what waits for it; false: no memory. */
bool weir_watcher_has_place(struct weir_watcher *self, int fd);

/* ---- borrowed descriptors ---- */

void weir_watcher_submit(weir_driver *driver, weir_io *io);
void weir_watcher_cancel(weir_driver *driver, weir_io *io);
/* What was found of one, POLLIN ...: those that want it go on. */
void weir_watcher_deliver(struct weir_watcher *self, int fd, unsigned found);
/* It cannot be waited for: as arm() answers. Those that want one of `wants` end. */
#define WEIR_WATCHED_ALL (~0u)
void weir_watcher_refuse(struct weir_watcher *self, int fd, unsigned wants, int answer);
/* Calls off all that waits for any of them and lets the table go. */
void weir_watcher_fini(struct weir_watcher *self);

/* ---- sockets of ours ---- */

void weir_watcher_start(weir_driver *driver, weir_op *op);
void weir_watcher_stop(weir_driver *driver, weir_op *op);
/* It is about to be closed. False: it was none of ours. */
bool weir_watcher_forget(struct weir_watcher *self, int fd);
/* What the kernel said of one, POLLIN ... */
void weir_watcher_edge(struct weir_watcher *self, int fd, unsigned found);
/* The kernel does not take it: what is under way fails, and the next operation asks again. */
void weir_watcher_disown(struct weir_watcher *self, int fd, int error);

#endif
