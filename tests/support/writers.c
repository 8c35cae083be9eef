/* A writer that remembers what it was given and fails when it is told to. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"

struct sinking {
    weir_writer writer;
    struct sink *sink;
};

static struct sink *sink_of(weir_writer *writer)
{
    return ((struct sinking *)writer)->sink;
}

static weir_poll sink_error(weir_cx *cx, int number, const char *what)
{
    weir_fail(cx, WEIR_E_SYSTEM, "sink: %s failed", what);
    cx->error.number = number;
    return (weir_poll){0, WEIR_ERROR};
}

static bool sink_waits(struct sink *sink, weir_cx *cx, weir_poll *got)
{
    if (!sink->pending && !sink->pending_held)
        return false;
    if (sink->waited == (sink->waits ? sink->waits : 1)) {
        sink->waited = 0;
        return false;
    }
    if (sink->pending) {
        sink->waited++;
        weir_waker_wake(cx->waker);
    }
    *got = weir_wait(cx, &sink->slot, WEIR_WAIT_IO);
    return true;
}

bool sink_wake(struct sink *sink)
{
    if (!sink->slot.waker)
        return false;
    sink->waited++;
    weir_waker_slot_wake(&sink->slot);
    return true;
}

static void sink_keep(struct sink *sink, const void *bytes, size_t n)
{
    if (sink->n + n > sink->data_room) {
        size_t room = 2 * (sink->n + n);
        unsigned char *data = realloc(sink->data, room);
        if (!data)
            test_abort("no memory for %zu bytes", room);
        sink->data = data;
        sink->data_room = room;
    }
    memcpy(sink->data + sink->n, bytes, n);
    sink->n += n;
}

static void sink_log(struct sink *sink, const char *what, size_t n)
{
    char *at = sink->log + sink->log_n;
    size_t room = sizeof sink->log - sink->log_n;
    int made = n ? snprintf(at, room, "%s%s%zu", sink->log_n ? " " : "", what, n)
                 : snprintf(at, room, "%s%s", sink->log_n ? " " : "", what);
    sink->log_n += (size_t)made < room ? (size_t)made : room - 1;
}

/* What was sent by reference before is gone now. */
static void sink_let_go(struct sink *sink)
{
    weir_block_unref(sink->block);
    sink->block = NULL;
}

static weir_poll sink_take(weir_writer *writer, weir_cx *cx, const char *what, const void *bytes,
                           size_t n)
{
    struct sink *sink = sink_of(writer);
    weir_poll got;
    if (!n)
        test_abort("sink: a write of 0 bytes");
    if (sink->closed)
        test_abort("sink: a write after close");
    if (sink_waits(sink, cx, &got))
        return got;
    if (++sink->writes == sink->fail_write)
        return sink_error(cx, EIO, "write");
    if (sink->full && sink->n >= sink->room)
        return sink_error(cx, ENOSPC, "write");
    if (sink->at_most && n > sink->at_most)
        n = sink->at_most;
    if (sink->full && n > sink->room - sink->n)
        n = sink->room - sink->n;
    sink_let_go(sink);
    sink_keep(sink, bytes, n);
    sink_log(sink, what, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll sink_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return sink_take(writer, cx, "w", bytes, n);
}

static weir_poll sink_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                const void *bytes, size_t n)
{
    weir_poll got = sink_take(writer, cx, "g", bytes, n);
    if (got.state == WEIR_READY)
        sink_of(writer)->block = weir_block_ref(block);
    return got;
}

static weir_poll sink_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                  size_t n)
{
    char joined[4096];
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        if (size + pieces[i].iov_len > sizeof joined)
            test_abort("sink: pieces of more than %zu bytes", sizeof joined);
        if (pieces[i].iov_len)
            memcpy(joined + size, pieces[i].iov_base, pieces[i].iov_len);
        size += pieces[i].iov_len;
    }
    return sink_take(writer, cx, "v", joined, size);
}

static weir_poll sink_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct sink *sink = sink_of(writer);
    weir_poll got;
    if (sink_waits(sink, cx, &got))
        return got;
    if (++sink->flushes == sink->fail_flush)
        return sink_error(cx, EIO, "flush");
    sink->flushed_n = sink->n;
    sink_let_go(sink);
    sink_log(sink, "f", 0);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll sink_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct sink *sink = sink_of(writer);
    weir_poll got;
    if (sink_waits(sink, cx, &got))
        return got;
    if (++sink->closes == sink->fail_close)
        return sink_error(cx, EIO, "close");
    sink->flushed_n = sink->n;
    sink->closed = true;
    sink_log(sink, "c", 0);
    return (weir_poll){0, WEIR_END};
}

static void sink_writer_fini(weir_writer *writer)
{
    struct sink *sink = sink_of(writer);
    weir_waker_slot_clear(&sink->slot);
    sink_let_go(sink);
    sink->gave_up = writer->stage.ending;
    sink->finis++;
}

#define SINK_OPS(...)                                                                              \
    {                                                                                              \
        .size = sizeof(weir_writer_ops), .name = "sink", .poll_write = sink_poll_write,            \
        .poll_flush = sink_poll_flush, .poll_close = sink_poll_close, .fini = sink_writer_fini,    \
        __VA_ARGS__                                                                                \
    }
static const weir_writer_ops sink_ops[] = {
    SINK_OPS(.poll_give = NULL), SINK_OPS(.poll_writev = sink_poll_writev),
    SINK_OPS(.poll_give = sink_poll_give),
    SINK_OPS(.poll_give = sink_poll_give, .poll_writev = sink_poll_writev)};

weir_writer *sink_writer(struct sink *sink)
{
    const weir_writer_ops *ops = &sink_ops[sink->vectored + 2 * sink->blocks];
    weir_writer *writer = weir_writer_new(sizeof(struct sinking), ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    ((struct sinking *)writer)->sink = sink;
    return writer;
}

void sink_fini(struct sink *sink)
{
    free(sink->data);
    *sink = (struct sink){0};
}
