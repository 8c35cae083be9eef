/* filter: the items for which fn is true. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct filter {
    struct weir_typed typed;
    const weir_filter_fn *fn;
    weir_filter_kernel *kernel;
};

static struct filter *filter_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct filter, typed.stream);
}

/* The source did not answer {1, READY}. None is left of what came: the wrapper asks again. */
weir_poll weir_filter_rest(weir_stream *stream, weir_cx *cx, void *out, weir_poll got)
{
    struct filter *self = filter_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, out, 1, got);
    if (!got.n || self->fn->one(out, self->typed.arg))
        return got;
    weir_type_drop_items(stream->type, out, 1);
    return (weir_poll){0, got.state};
}

static void filter_judge(const struct filter *self, int64_t *keep, const char *items, size_t n)
{
    const weir_filter_fn *fn = self->fn;
    if (self->kernel) {
        self->kernel(keep, items, n, self->typed.arg);
        return;
    }
    for (size_t i = 0; i < n; i++)
        keep[i] = fn->one(items + i * fn->of->size, self->typed.arg) ? -1 : 0;
}

static void drop_rejected(const weir_type *type, char *items, const int64_t *keep, size_t n)
{
    if (!type->drop)
        return;
    for (size_t i = 0; i < n; i++)
        if (!keep[i])
            type->drop(type, items + i * type->size);
}

static weir_poll filter_batch(struct filter *self, weir_cx *cx, void *out, size_t demand,
                              int64_t *keep)
{
    weir_stream *stream = &self->typed.stream;
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (!got.n)
        return got;
    filter_judge(self, keep, out, got.n);
    drop_rejected(stream->type, out, keep, got.n);
    got.n = (uint32_t)weir_compact(out, stream->type->size, keep, got.n);
    return got;
}

static weir_poll filter_one(weir_stream *stream, weir_cx *cx, void *out)
{
    weir_stream *source = weir_source(stream);
    return weir_filter_rest(stream, cx, out, source->poll(source, cx, out, 1));
}

weir_poll weir_filter_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    size_t mark = weir_scratch_mark(cx);
    int64_t *keep = weir_scratch_items(cx, weir_source(stream), &weir_type_i64, &demand);
    weir_poll got =
        keep ? filter_batch(filter_of(stream), cx, out, demand, keep) : filter_one(stream, cx, out);
    weir_scratch_give(cx, mark);
    return got;
}

/* For a constant that was written by hand; else the poll is the function's own (WEIR_FILTER_FN). */
static weir_poll filter_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return demand == 1 ? filter_one(stream, cx, out) : weir_filter_many(stream, cx, out, demand);
}

/* One by one: who reads from the other end has no batches. */
static weir_poll filter_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct filter *self = filter_of(stream);
    size_t size = stream->type->size;
    weir_poll got = weir_poll_back(weir_source(stream), cx, out, demand);
    char *to = out;
    for (char *at = out, *end = at + got.n * size; at < end; at += size) {
        if (!self->fn->one(at, self->typed.arg)) {
            weir_type_drop_items(stream->type, at, 1);
            continue;
        }
        memmove(to, at, size);
        to += size;
    }
    return (weir_poll){(uint32_t)((size_t)(to - (char *)out) / size), got.state};
}

static weir_hint filter_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops filter_ops = {.size = sizeof filter_ops,
                                           .name = "filter",
                                           .fn = offsetof(struct filter, fn),
                                           .poll_next = filter_poll_next,
                                           .size_hint = filter_size_hint,
                                           .marks = WEIR_MARKS_PASS,
                                           .poll_back = filter_poll_back};

weir_stream *weir_filter(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "filter", fn->name, fn->of);
    source = weir_expect_size(source, "filter", fn->name, fn->of, fn->of_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct filter), &filter_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct filter *self = filter_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->typed.arg = arg;
    stream->call = fn->poll ? fn->poll : stream->call;
    stream->stage.one = source->stage.one;
    return stream;
}
