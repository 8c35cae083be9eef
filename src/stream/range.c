/* range: counts from one number up to another. */

#include "weir/fn.h"
#include "weir/implement.h"
#include "weir/stream.h"

struct range {
    weir_stream stream;
    int64_t next;
    uint64_t left; /* may be more than an int64_t holds */
};

static struct range *range_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct range, stream);
}

WEIR_EACH_LEVEL_(range_fill, (int64_t * out, size_t n, uint64_t from), {
    for (size_t i = 0; i < n; i++)
        out[i] = (int64_t)(from + i);
})

static void (*const range_fill[WEIR_CPU_LEVELS])(int64_t *, size_t,
                                                 uint64_t) = WEIR_LEVELS_(range_fill);

WEIR_ASIDE static weir_poll range_many(struct range *self, void *out, size_t demand)
{
    size_t n = demand < self->left ? demand : (size_t)self->left;
    range_fill[weir_cpu_level()](out, n, (uint64_t)self->next);
    self->next = (int64_t)((uint64_t)self->next + n);
    self->left -= n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll range_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct range *self = range_of(stream);
    (void)cx;
    if (WEIR_UNLIKELY(!self->left))
        return (weir_poll){0, WEIR_END};
    if (demand != 1)
        return range_many(self, out, demand);
    self->left--;
    *(int64_t *)out = self->next;
    self->next = (int64_t)((uint64_t)self->next + 1);
    return WEIR_POLL_ONE;
}

static weir_poll range_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct range *self = range_of(stream);
    size_t n = demand < self->left ? demand : (size_t)self->left;
    (void)cx;
    if (!n)
        return (weir_poll){0, WEIR_END};
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = (int64_t)((uint64_t)self->next + --self->left);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_hint range_size_hint(const weir_stream *stream)
{
    size_t left = (size_t)range_of(stream)->left;
    return (weir_hint){left, left};
}

static const weir_stream_ops range_ops = {.size = sizeof range_ops,
                                          .name = "range",
                                          .poll_next = range_poll_next,
                                          .size_hint = range_size_hint,
                                          .poll_back = range_poll_back};

weir_stream *weir_range(int64_t from, int64_t to)
{
    weir_stream *stream = weir_source_new(sizeof(struct range), &range_ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    range_of(stream)->next = from;
    range_of(stream)->left = to > from ? (uint64_t)to - (uint64_t)from : 0;
    stream->stage.one = range_of(stream)->left <= 1;
    return stream;
}
