/* tail: a file as it grows, by its name. What the kernel tells only says when to look again: what
 * happened is seen at the files themselves, so that a lost notice costs a tick and no bytes. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>

#include "io/notify.h"
#include "weir/watch.h"

enum { READ_BYTES = 64 << 10 };
#define TICK_NS 1000000000ull
#define TAIL_TICK_MIN_NS 1000000ull
#define FILE_CHANGES (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define NAME_CHANGES (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

struct tail {
    weir_reader reader;
    weir_tail_options options;
    const weir_sys *base_sys;
    const char *path, *dir;
    int fd; /* -1: none stands there */
    dev_t dev;
    ino_t ino;
    uint64_t position; /* in this file */
    bool had_one;
    bool missed;   /* it was told that nothing has the name */
    bool placed;   /* position is where it begins */
    bool moved_on; /* something stands in the next one: what was written to this one is there */
    uint64_t size, scanned_to, lines_left; /* while the beginning of the last lines is found */
    struct weir_notify notify;
    bool silent; /* the kernel tells nothing */
    int watch;   /* on the file; -1: none */
    int next;    /* on the one that has its name now, and is empty yet; -1: none */
    weir_timer tick;
    bool ticking;
};

static struct tail *tail_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct tail, reader);
}

static weir_poll tail_again(void)
{
    return (weir_poll){0, WEIR_READY};
}

static weir_poll tail_fail(const struct tail *self, weir_cx *cx, int64_t error, const char *verb)
{
    uint64_t byte = self->fd < 0 ? WEIR_NOWHERE : self->position;
    return weir_fail_system(cx, error, verb, self->path, byte);
}

static void tail_tell(const struct tail *self, weir_tail_event what)
{
    if (self->options.on_event)
        self->options.on_event(self->options.arg, self->path, what);
}

/* ---- waiting ---- */

static void watch_names(struct tail *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (self->notify.fd >= 0 || self->silent || self->options.no_follow)
        return;
    self->silent = weir_notify_open(&self->notify, cx) != 0;
    if (!self->silent) /* refused: the ticks are left */
        (void)sys->inotify_add(sys, self->notify.fd, self->dir, NAME_CHANGES);
}

static void watch_file(struct tail *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (self->notify.fd < 0)
        return;
    self->watch = sys->inotify_add(sys, self->notify.fd, self->path, FILE_CHANGES);
    if (self->next >= 0 && self->next != self->watch) /* yet another one has the name */
        (void)sys->inotify_remove(sys, self->notify.fd, self->next);
    self->next = -1;
}

/* True: it was not watched until now, so that it is looked at again. The watch is that of the file
 * when it is gone over to. */
static bool watch_next(struct tail *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (self->notify.fd < 0)
        return false;
    int watch = sys->inotify_add(sys, self->notify.fd, self->path, FILE_CHANGES);
    if (watch < 0 || watch == self->next || watch == self->watch)
        return false;
    if (self->next >= 0)
        (void)sys->inotify_remove(sys, self->notify.fd, self->next);
    self->next = watch;
    return true;
}

/* A watch goes with its file, but for one that was only renamed. */
static void leave_file(struct tail *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (self->watch >= 0)
        (void)sys->inotify_remove(sys, self->notify.fd, self->watch);
    self->watch = -1;
    sys->close(sys, self->fd);
    self->fd = -1;
    self->position = 0;
    self->moved_on = false;
}

static bool tail_ticks(struct tail *self, weir_cx *cx)
{
    if (!self->ticking)
        weir_timer_set(&self->tick, weir_after_ns(weir_clock_now_ns(cx), self->options.tick_ns));
    self->ticking = weir_timer_poll(cx, &self->tick).state == WEIR_PENDING;
    return !self->ticking;
}

/* Nothing is to be read now. */
static weir_poll wait_for_change(struct tail *self, weir_cx *cx)
{
    if (self->reader.begin == self->reader.end)
        weir_reader_release(&self->reader);
    if (tail_ticks(self, cx))
        return tail_again();
    int told = self->notify.fd >= 0 ? weir_notify_wait(&self->notify, cx) : 0;
    if (!told)
        return (weir_poll){0, WEIR_PENDING};
    if (told > 0) {
        weir_notify_drain(&self->notify, weir_rt_sys(cx->rt));
        return tail_again();
    }
    weir_notify_fini(&self->notify);
    self->silent = true;
    self->watch = self->next = -1;
    return tail_again();
}

/* ---- opening ---- */

static weir_poll fail_kind(const struct tail *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "cannot follow what is no regular file");
    cx->error.cure = "weir_file_reader(), which waits for what is to come";
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->path);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll take_file(struct tail *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat about;
    int error = sys->fstat(sys, self->fd, &about);
    if (error)
        return tail_fail(self, cx, error, "read");
    if (!S_ISREG(about.st_mode))
        return fail_kind(self, cx);
    if (self->had_one || self->missed)
        tail_tell(self, self->had_one ? WEIR_TAIL_REPLACED : WEIR_TAIL_APPEARED);
    self->placed = self->had_one || self->missed || self->options.whole;
    self->had_one = true;
    self->missed = false;
    self->dev = about.st_dev;
    self->ino = about.st_ino;
    self->size = self->scanned_to = (uint64_t)about.st_size;
    self->lines_left = self->options.lines;
    return tail_again();
}

static weir_poll miss(struct tail *self, weir_cx *cx)
{
    if (!self->missed && self->had_one)
        tail_tell(self, WEIR_TAIL_GONE);
    self->missed = true;
    return wait_for_change(self, cx);
}

/* The watches stand before the first look: what comes between is told. */
static weir_poll tail_open_file(struct tail *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK; /* of a FIFO: it is no file */
    watch_names(self, cx);
    int fd = weir_open_path(sys, cx->rt, AT_FDCWD, self->path, flags, 0);
    if (fd == -ENOENT && (self->had_one || self->options.wait))
        return miss(self, cx);
    if (fd < 0)
        return tail_fail(self, cx, fd, "open");
    self->fd = fd;
    watch_file(self, cx);
    return take_file(self, cx);
}

/* ---- where it begins ---- */

/* All of [from, from + n), or as much as there is. */
static int64_t tail_read_at(struct tail *self, const weir_sys *sys, unsigned char *out, size_t n,
                            uint64_t from)
{
    size_t at = 0;
    while (at < n) {
        int64_t got = sys->pread(sys, self->fd, out + at, n - at, from + at);
        if (got == -EINTR)
            continue;
        if (got < 0)
            return got;
        if (!got)
            break;
        at += (size_t)got;
    }
    return (int64_t)at;
}

static void begin_at(struct tail *self, uint64_t position)
{
    self->position = position;
    self->placed = true;
}

/* The last line counts whether or not it ends with a newline. */
static void count_back(struct tail *self, const unsigned char *bytes, size_t n, uint64_t from)
{
    for (size_t i = n; i--;)
        if (bytes[i] == '\n' && from + i + 1 != self->size && !--self->lines_left) {
            begin_at(self, from + i + 1);
            return;
        }
    self->scanned_to = from;
    if (!from)
        begin_at(self, 0);
}

/* One block further towards the beginning. */
static weir_poll scan_back(struct tail *self, weir_cx *cx, uint64_t size)
{
    uint64_t to = self->scanned_to < size ? self->scanned_to : size;
    size_t n = to < READ_BYTES ? (size_t)to : READ_BYTES;
    unsigned char *bytes = weir_reader_room(&self->reader, READ_BYTES);
    if (!bytes)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to read (%zu bytes)", (size_t)READ_BYTES);
    int64_t got = tail_read_at(self, weir_rt_sys(cx->rt), bytes, n, to - n);
    if (got < 0)
        return tail_fail(self, cx, got, "read");
    count_back(self, bytes, (size_t)got, to - n);
    return tail_again();
}

static weir_poll find_beginning(struct tail *self, weir_cx *cx)
{
    struct stat about;
    const weir_sys *sys = weir_rt_sys(cx->rt);
    int error = sys->fstat(sys, self->fd, &about);
    if (error)
        return tail_fail(self, cx, error, "read");
    uint64_t size = (uint64_t)about.st_size, bytes = self->options.bytes;
    if (self->options.lines && size)
        return scan_back(self, cx, size);
    begin_at(self, bytes < size ? size - bytes : 0);
    return tail_again();
}

/* ---- reading ---- */

static weir_poll tail_read_more(struct tail *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    unsigned char *out = weir_reader_room(&self->reader, READ_BYTES);
    if (!out)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to read (%zu bytes)", (size_t)READ_BYTES);
    int64_t n = sys->pread(sys, self->fd, out, READ_BYTES, self->position);
    if (n == -EINTR)
        return tail_again();
    if (n < 0)
        return tail_fail(self, cx, n, "read");
    if (!n)
        return wait_for_change(self, cx); /* it is shorter than it says, or became so right now */
    self->reader.end += (size_t)n;
    self->position += (size_t)n;
    return tail_again();
}

static bool is_this(const struct tail *self, const struct stat *there)
{
    return there->st_dev == self->dev && there->st_ino == self->ino;
}

/* Something else has the name: whoever wrote to this one and has begun that one wrote all that
 * comes here before, so one more look at this one's end finds it. */
static weir_poll go_over(struct tail *self, weir_cx *cx, const struct stat *there)
{
    if (!there->st_size)
        return watch_next(self, cx) ? tail_again() : wait_for_change(self, cx);
    if (self->moved_on)
        leave_file(self, cx);
    else
        self->moved_on = true;
    return tail_again();
}

static weir_poll at_its_end(struct tail *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat there;
    if (self->options.no_follow)
        return (weir_poll){0, WEIR_END};
    int error = sys->stat(sys, self->path, &there);
    if (error == -ENOENT)
        return miss(self, cx);
    if (error && error != -EINTR)
        return tail_fail(self, cx, error, "open");
    if (error || is_this(self, &there)) {
        self->missed = false; /* it came back */
        return wait_for_change(self, cx);
    }
    return go_over(self, cx, &there);
}

static weir_poll tail_read_file(struct tail *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat about;
    int error = sys->fstat(sys, self->fd, &about);
    if (error)
        return tail_fail(self, cx, error, "read");
    if ((uint64_t)about.st_size < self->position) {
        self->position = 0;
        tail_tell(self, WEIR_TAIL_TRUNCATED);
    }
    return (uint64_t)about.st_size > self->position ? tail_read_more(self, cx)
                                                    : at_its_end(self, cx);
}

static weir_poll tail_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct tail *self = tail_of(reader);
    (void)min;
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "tail");
    if (weir_io_stopping(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    self->base_sys = weir_rt_base_sys(cx->rt);
    if (self->fd < 0)
        return tail_open_file(self, cx);
    return self->placed ? tail_read_file(self, cx) : find_beginning(self, cx);
}

static void tail_fini(weir_reader *reader)
{
    struct tail *self = tail_of(reader);
    weir_timer_stop(&self->tick);
    weir_notify_fini(&self->notify);
    if (self->fd >= 0)
        self->base_sys->close(self->base_sys, self->fd);
}

static const char *tail_place(const weir_reader *reader, uint64_t *byte)
{
    const struct tail *self = tail_of(reader);
    if (byte)
        *byte = self->position - (uint64_t)(reader->end - reader->begin);
    return self->path;
}

static size_t tail_memory_max(const weir_reader *reader)
{
    return sizeof(weir_io) + weir_reader_room_max(reader, READ_BYTES);
}

static const weir_reader_ops tail_ops = {
    .size = sizeof tail_ops,
    .name = "tail",
    .poll_fill = tail_poll_fill,
    .fini = tail_fini,
    .place = tail_place,
    .memory_max = tail_memory_max,
};

/* NULL: no memory. */
static const char *tail_directory_of(weir_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    char *dir = weir_arena_take(arena, n + 1, 1);
    return dir ? memcpy(dir, path, n) : NULL;
}

weir_reader *weir_tail(const char *path, const weir_tail_options *options)
{
    weir_reader *reader = weir_reader_new(sizeof(struct tail), &tail_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct tail *self = tail_of(reader);
    self->fd = self->watch = self->next = self->notify.fd = -1;
    if (!path)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, NULL, "no path was given", NULL,
                                  NULL, 0);
    self->path = weir_arena_text(reader->stage.arena, path);
    self->dir = tail_directory_of(reader->stage.arena, path);
    if (!self->path || !self->dir)
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                                  NULL, 0);
    if (options)
        memcpy(&self->options, options,
               options->size < sizeof *options && options->size ? options->size : sizeof *options);
    self->options.tick_ns = self->options.tick_ns ? self->options.tick_ns : TICK_NS;
    if (self->options.tick_ns < TAIL_TICK_MIN_NS)
        self->options.tick_ns = TAIL_TICK_MIN_NS;
    return reader;
}
