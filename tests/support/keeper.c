/* A sink that keeps marks. */

#include "keeper.h"

#include <stdlib.h>

#include "weir/implement.h"

struct kept {
    weir_stream stream;
    struct keeper *keeper;
};

static weir_poll keeper_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct keeper *keeper = WEIR_SELF(struct kept, stream)->keeper;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.state != WEIR_MARK)
        return got;
    if (keeper->n == sizeof keeper->marks / sizeof *keeper->marks)
        abort();
    weir_mark *mark = weir_mark_take(cx);
    keeper->upto = mark->upto;
    keeper->marks[keeper->n] = mark;
    __atomic_store_n(&keeper->n, keeper->n + 1, __ATOMIC_RELEASE);
    return (weir_poll){0, WEIR_READY};
}

static const weir_stream_ops keeper_ops = {.size = sizeof keeper_ops,
                                           .name = "keeper",
                                           .poll_next = keeper_poll_next,
                                           .marks = WEIR_MARKS_SETTLE};

weir_stream *keeper_over(weir_stream *source, struct keeper *keeper)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct kept), &keeper_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_SELF(struct kept, stream)->keeper = keeper;
    return stream;
}

void keeper_settle(struct keeper *keeper, bool kept)
{
    while (keeper->settled < __atomic_load_n(&keeper->n, __ATOMIC_ACQUIRE))
        weir_mark_settle(keeper->marks[keeper->settled++], kept);
}

unsigned number_of(const weir_message *message)
{
    return (unsigned)strtoul(message->value.data, NULL, 10);
}
