/* Sorted runs in temporary files. They are written and read with plain calls: what was just written
 * mostly is in memory still. */

#include "io/sort_runs.h"

#include <errno.h>
#include <fcntl.h>

enum { SORT_RUNS_NAMES_MAX = 100, MODE = 0600 };

static const weir_poll sort_runs_ready = {0, WEIR_READY};

static weir_poll sort_runs_fail(const struct weir_sort_runs *self, weir_cx *cx, int64_t error,
                                const char *verb)
{
    weir_poll got = weir_fail_system(cx, error, verb, self->directory, WEIR_NOWHERE);
    if (error == -ENOSPC || error == -EDQUOT || error == -EACCES || error == -EPERM ||
        error == -EROFS || error == -ENOENT)
        cx->error.cure = "another directory for temporary files (TMPDIR)";
    return got;
}

/* ---- files ---- */

/* Some file systems have no nameless files: then one whose name is gone at once. */
static int open_named(const struct weir_sort_runs *self, weir_cx *cx, int dir)
{
    char name[40];
    for (int tries = 0; tries < SORT_RUNS_NAMES_MAX; tries++) {
        weir_format(name, sizeof name, ".weir-sort-%llx",
                    (unsigned long long)self->sys->random(self->sys));
        int fd = weir_open_path(self->sys, cx->rt, dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                                MODE);
        if (fd >= 0)
            self->sys->unlink(self->sys, dir, name);
        if (fd != -EEXIST)
            return fd;
    }
    return -EEXIST;
}

static int sort_runs_open_file(const struct weir_sort_runs *self, weir_cx *cx)
{
    int fd = weir_open_path(self->sys, cx->rt, AT_FDCWD, self->directory,
                            O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
    if (fd != -EOPNOTSUPP && fd != -EISDIR && fd != -EINVAL)
        return fd;
    int dir = weir_open_path(self->sys, cx->rt, AT_FDCWD, self->directory,
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (dir < 0)
        return dir;
    fd = open_named(self, cx, dir);
    self->sys->close(self->sys, dir);
    return fd;
}

weir_poll weir_sort_begin(struct weir_sort_runs *self, weir_cx *cx, unsigned char *buffer,
                          size_t room)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "sort");
    self->sys = weir_rt_sys(cx->rt);
    int fd = sort_runs_open_file(self, cx);
    if (fd < 0)
        return sort_runs_fail(self, cx, fd, "make a temporary file");
    self->out = (struct weir_sort_out){.fd = fd, .base = buffer, .room = room};
    self->writes = true;
    return sort_runs_ready;
}

static weir_poll write_all(const struct weir_sort_runs *self, weir_cx *cx,
                           const unsigned char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        int64_t n = self->sys->write(self->sys, self->out.fd, bytes + at, size - at);
        if (n == -EINTR && !weir_io_stopping(cx))
            continue;
        if (n < 0)
            return sort_runs_fail(self, cx, n, "write a temporary file");
        at += (size_t)n;
    }
    return sort_runs_ready;
}

static weir_poll sort_runs_flush(struct weir_sort_runs *self, weir_cx *cx)
{
    weir_poll got = write_all(self, cx, self->out.base, self->out.n);
    self->out.size += self->out.n;
    self->out.n = 0;
    return got;
}

weir_poll weir_sort_write(struct weir_sort_runs *self, weir_cx *cx, const unsigned char *entry)
{
    struct weir_sort_out *out = &self->out;
    size_t size = weir_sort_entry_size(entry);
    weir_poll got = size > out->room - out->n ? sort_runs_flush(self, cx) : sort_runs_ready;
    if (got.state != WEIR_READY)
        return got;
    if (size > out->room) {
        out->size += size;
        return write_all(self, cx, entry, size);
    }
    memcpy(out->base + out->n, entry, size);
    out->n += size;
    return sort_runs_ready;
}

weir_poll weir_sort_end(struct weir_sort_runs *self, weir_cx *cx)
{
    weir_poll got = sort_runs_flush(self, cx);
    if (got.state != WEIR_READY)
        return got;
    size_t at = self->merging ? self->from : self->n, gone = self->merging;
    for (size_t i = 0; i < gone; i++)
        self->sys->close(self->sys, self->runs[at + i].fd);
    if (gone)
        memmove(&self->runs[at + 1], &self->runs[at + gone],
                (self->n - at - gone) * sizeof *self->runs);
    self->runs[at] = (struct weir_sort_run){.fd = self->out.fd, .size = self->out.size};
    self->n = self->n + 1 - gone;
    self->merging = 0;
    self->writes = false;
    return sort_runs_ready;
}

/* ---- merging ---- */

/* At least n bytes in the window, or the run ends there. */
static weir_poll sort_runs_read_more(struct weir_sort_runs *self, weir_cx *cx,
                                     struct weir_sort_run *run, size_t n)
{
    memmove(run->base, run->base + run->begin, run->end - run->begin);
    run->end -= run->begin;
    run->begin = 0;
    while (run->end < n) {
        int64_t got = self->sys->pread(self->sys, run->fd, run->base + run->end,
                                       run->room - run->end, run->offset);
        if (got == -EINTR && !weir_io_stopping(cx))
            continue;
        if (got < 0)
            return sort_runs_fail(self, cx, got, "read a temporary file");
        if (got == 0)
            return sort_runs_fail(self, cx, -EIO, "read a temporary file");
        run->end += (size_t)got;
        run->offset += (uint64_t)got;
    }
    return sort_runs_ready;
}

static bool holds_entry(const struct weir_sort_run *run)
{
    size_t n = run->end - run->begin;
    return n >= WEIR_SORT_HEAD_BYTES && n >= weir_sort_entry_size(run->base + run->begin);
}

/* Its first entry, once that stands in the window. */
static void sort_runs_look(struct weir_sort_run *run)
{
    run->first = weir_sort_entry_at(run->base + run->begin);
    run->prefix = weir_sort_prefix(run->first.key, run->first.key_size);
}

static weir_poll sort_runs_settle(struct weir_sort_runs *self, weir_cx *cx,
                                  struct weir_sort_run *run)
{
    run->over = run->begin == run->end && run->offset == run->size;
    if (run->over)
        return sort_runs_ready;
    if (!holds_entry(run)) {
        weir_poll got = sort_runs_ready;
        if (run->end - run->begin < WEIR_SORT_HEAD_BYTES)
            got = sort_runs_read_more(self, cx, run, WEIR_SORT_HEAD_BYTES);
        if (got.state == WEIR_READY && !holds_entry(run))
            got = sort_runs_read_more(self, cx, run, weir_sort_entry_size(run->base + run->begin));
        if (got.state != WEIR_READY)
            return got;
    }
    sort_runs_look(run);
    return sort_runs_ready;
}

bool weir_sort_has_next(const struct weir_sort_run *run)
{
    struct weir_sort_run next = *run;
    next.begin += weir_sort_entry_size(run->base + run->begin);
    return holds_entry(&next);
}

weir_poll weir_sort_advance(struct weir_sort_runs *self, weir_cx *cx, struct weir_sort_run *run)
{
    run->begin += weir_sort_entry_size(run->base + run->begin);
    return sort_runs_settle(self, cx, run);
}

/* Where the runs stand side by side that are the least to merge. */
static size_t smallest(const struct weir_sort_runs *self, size_t n)
{
    uint64_t least = UINT64_MAX;
    size_t found = 0;
    for (size_t i = 0; i + n <= self->n; i++) {
        uint64_t sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += self->runs[i + j].size;
        if (sum < least) {
            least = sum;
            found = i;
        }
    }
    return found;
}

weir_poll weir_sort_merge(struct weir_sort_runs *self, weir_cx *cx, unsigned char *memory,
                          size_t size, bool all)
{
    size_t n = self->n;
    if (!all) {
        /* As few as leave what can be merged at once, but no less than what makes it worth it. */
        n = self->n - WEIR_SORT_FAN_IN + 1;
        n = n > WEIR_SORT_FAN_IN ? WEIR_SORT_FAN_IN : n;
    }
    self->from = all ? 0 : smallest(self, n);
    self->merging = n;
    size_t window = size / n;
    for (size_t i = 0; i < n; i++) {
        struct weir_sort_run *run = &self->runs[self->from + i];
        run->base = memory + i * window;
        run->room = window;
        run->begin = run->end = 0;
        run->offset = 0;
        weir_poll got = sort_runs_settle(self, cx, run);
        if (got.state != WEIR_READY)
            return got;
    }
    return sort_runs_ready;
}

static bool sort_runs_comes_before(const struct weir_sort_runs *self, const struct weir_sort_run *a,
                                   const struct weir_sort_run *b)
{
    int order = (a->prefix > b->prefix) - (a->prefix < b->prefix);
    if (!order)
        order = weir_sort_compare(&a->first, &b->first);
    return self->descending ? order > 0 : order < 0;
}

/* Of equal ones the oldest. */
struct weir_sort_run *weir_sort_first(struct weir_sort_runs *self)
{
    struct weir_sort_run *first = NULL;
    for (size_t i = self->from; i < self->from + self->merging; i++) {
        struct weir_sort_run *run = &self->runs[i];
        if (!run->over && (!first || sort_runs_comes_before(self, run, first)))
            first = run;
    }
    return first;
}

void weir_sort_close(struct weir_sort_runs *self)
{
    if (self->writes)
        self->sys->close(self->sys, self->out.fd);
    for (size_t i = 0; i < self->n; i++)
        self->sys->close(self->sys, self->runs[i].fd);
    self->writes = false;
    self->n = 0;
}
