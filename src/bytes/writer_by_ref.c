/* writer_by_ref: a writer that stays the caller's, and open. */

#include <sys/uio.h>

#include "bytes/below.h"
#include "core/stage.h"
#include "weir/write.h"

struct by_ref {
    weir_writer writer;
    weir_writer *lender;
};

static weir_writer *writer_by_ref_lender_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct by_ref, writer)->lender;
}

static weir_poll by_ref_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return weir_poll_write(writer_by_ref_lender_of(writer), cx, bytes, n);
}

static weir_poll by_ref_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                  const void *bytes, size_t n)
{
    return weir_poll_give(writer_by_ref_lender_of(writer), cx, block, bytes, n);
}

static weir_poll by_ref_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                    size_t n)
{
    return weir_poll_writev(writer_by_ref_lender_of(writer), cx, pieces, n);
}

static weir_poll by_ref_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    return weir_writer_move(writer_by_ref_lender_of(writer), cx, from);
}

static const char *by_ref_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    return weir_writer_moves_by(writer_by_ref_lender_of(writer), from);
}

static weir_poll by_ref_poll_open(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_open(writer_by_ref_lender_of(writer), cx);
}

static weir_poll by_ref_poll_flush(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_flush(writer_by_ref_lender_of(writer), cx);
}

/* Who closes it later must know that what came here was cut. */
static weir_poll by_ref_poll_close(weir_writer *writer, weir_cx *cx)
{
    writer_by_ref_lender_of(writer)->stage.cut |= writer->stage.cut;
    return weir_poll_flush(writer_by_ref_lender_of(writer), cx);
}

static weir_stage *writer_by_ref_input(const weir_writer *writer, size_t i)
{
    return i ? NULL : &writer_by_ref_lender_of(writer)->stage;
}

static weir_poll by_ref_poll_room(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_room(writer_by_ref_lender_of(writer), cx);
}

static int64_t by_ref_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    return weir_try_write(writer_by_ref_lender_of(writer), bytes, n);
}

static size_t by_ref_unsent(const weir_writer *writer)
{
    return weir_unsent(writer_by_ref_lender_of(writer));
}

/* What counts when it is closed does so when its owner closes it: nobody here knows when. */
static weir_strength by_ref_strength(const weir_writer *writer)
{
    weir_strength strength = weir_writer_strength(writer_by_ref_lender_of(writer));
    return strength == WEIR_STRENGTH_AT_CLOSE ? WEIR_STRENGTH_NONE : strength;
}

static weir_poll by_ref_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    return weir_writer_settle(writer_by_ref_lender_of(writer), cx, strength);
}

static const weir_writer_ops writer_by_ref_ops = {.size = sizeof writer_by_ref_ops,
                                                  .name = "by_ref",
                                                  .poll_write = by_ref_poll_write,
                                                  .poll_flush = by_ref_poll_flush,
                                                  .poll_close = by_ref_poll_close,
                                                  .input = writer_by_ref_input,
                                                  .poll_open = by_ref_poll_open,
                                                  .poll_move = by_ref_poll_move,
                                                  .moves_by = by_ref_moves_by,
                                                  .poll_give = by_ref_poll_give,
                                                  .poll_writev = by_ref_poll_writev,
                                                  .poll_room = by_ref_poll_room,
                                                  .try_write = by_ref_try_write,
                                                  .unsent = by_ref_unsent,
                                                  .strength = by_ref_strength,
                                                  .poll_settle = by_ref_poll_settle};

weir_writer *weir_writer_by_ref(weir_writer *lender)
{
    weir_writer *writer = weir_writer_new(sizeof(struct by_ref), &writer_by_ref_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    WEIR_CONTAINER(writer, struct by_ref, writer)->lender = lender;
    return weir_writer_with(writer, &lender->stage);
}
