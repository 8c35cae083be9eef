/* inspect_writer: a function sees the bytes that go by. */

#include <sys/uio.h>

#include "bytes/below.h"
#include "weir/write.h"

struct inspect_writer {
    weir_writer writer;
    weir_see_bytes *see;
    void *arg;
};

static struct inspect_writer *inspect_writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct inspect_writer, writer);
}

static weir_poll inspect_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                   const void *bytes, size_t n)
{
    struct inspect_writer *self = inspect_writer_of(writer);
    weir_poll got = weir_poll_give(weir_writer_below(writer), cx, block, bytes, n);
    if (got.state == WEIR_READY)
        self->see(self->arg, bytes, got.n);
    return got;
}

static weir_poll inspect_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return inspect_poll_give(writer, cx, NULL, bytes, n);
}

static weir_poll inspect_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                     size_t n)
{
    struct inspect_writer *self = inspect_writer_of(writer);
    weir_poll got = weir_poll_writev(weir_writer_below(writer), cx, pieces, n);
    if (got.state != WEIR_READY)
        return got;
    size_t left = got.n;
    for (size_t i = 0; left; i++) {
        size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        if (part)
            self->see(self->arg, pieces[i].iov_base, part);
        left -= part;
    }
    return got;
}

static int64_t inspect_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct inspect_writer *self = inspect_writer_of(writer);
    int64_t got = weir_try_write(weir_writer_below(writer), bytes, n);
    if (got > 0)
        self->see(self->arg, bytes, (size_t)got);
    return got;
}

static const weir_writer_ops inspect_writer_ops = {.size = sizeof inspect_writer_ops,
                                                   .name = "inspect_writer",
                                                   .poll_write = inspect_poll_write,
                                                   .poll_flush = weir_below_flush,
                                                   .poll_close = weir_below_close,
                                                   .poll_open = weir_below_open,
                                                   .poll_give = inspect_poll_give,
                                                   .poll_writev = inspect_poll_writev,
                                                   .poll_room = weir_below_room,
                                                   .try_write = inspect_try_write,
                                                   .unsent = weir_below_unsent,
                                                   .strength = weir_below_strength,
                                                   .poll_settle = weir_below_settle,
                                                   .half_of = weir_below_half_of};

weir_writer *weir_inspect_writer(weir_writer *below, weir_see_bytes *see, void *arg)
{
    weir_writer *writer =
        weir_writer_over(below, sizeof(struct inspect_writer), &inspect_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    inspect_writer_of(writer)->see = see;
    inspect_writer_of(writer)->arg = arg;
    return writer;
}
