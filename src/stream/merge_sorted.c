/* merge_sorted: two sorted streams become one. */

#include "stream/halves.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct merge_sorted {
    weir_stream stream;
    struct weir_half halves[2];
    const weir_compare_fn *fn;
    void *arg;
};

static struct merge_sorted *merge_sorted_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct merge_sorted, stream);
}

/* Whose item is the next: the first's, where both are equal. */
static struct weir_half *merge_sorted_least(struct merge_sorted *self)
{
    struct weir_half *a = &self->halves[0], *b = &self->halves[1];
    if (!a->some || !b->some)
        return a->some ? a : b;
    return self->fn->one(a->item, b->item, self->arg) <= 0 ? a : b;
}

/* One item a poll: each side must show its next one before. */
static weir_poll merge_sorted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct merge_sorted *self = merge_sorted_of(stream);
    (void)demand;
    weir_poll first = weir_half_fill(&self->halves[0], cx);
    if (weir_half_speaks(first))
        return first;
    weir_poll second = weir_half_fill(&self->halves[1], cx);
    if (weir_half_speaks(second))
        return second;
    if (first.state == WEIR_PENDING || second.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    struct weir_half *next = merge_sorted_least(self);
    if (!next->some)
        return (weir_poll){0, WEIR_END};
    weir_half_give(next, out);
    return WEIR_POLL_ONE;
}

static void merge_sorted_fini(weir_stream *stream)
{
    weir_halves_fini(merge_sorted_of(stream)->halves);
}

static weir_stage *merge_sorted_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &merge_sorted_of(stream)->halves[1].source->stage;
}

static size_t merge_sorted_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint merge_sorted_size_hint(const weir_stream *stream)
{
    weir_hint a = weir_half_hint(&merge_sorted_of(stream)->halves[0]);
    weir_hint b = weir_half_hint(&merge_sorted_of(stream)->halves[1]);
    return (weir_hint){merge_sorted_sum(a.lower, b.lower), merge_sorted_sum(a.upper, b.upper)};
}

static const weir_stream_ops merge_sorted_ops = {.size = sizeof merge_sorted_ops,
                                                 .name = "merge_sorted",
                                                 .keeps_inputs = true,
                                                 .fn = offsetof(struct merge_sorted, fn),
                                                 .poll_next = merge_sorted_poll_next,
                                                 .fini = merge_sorted_fini,
                                                 .size_hint = merge_sorted_size_hint,
                                                 .input = merge_sorted_input,
                                                 .marks = WEIR_MARKS_HOLD};

static weir_stream *merge_sorted_expect(weir_stream *source, const weir_compare_fn *fn)
{
    source = weir_expect_type(source, "merge_sorted", fn->name, fn->of);
    source = weir_expect_size(source, "merge_sorted", fn->name, fn->of, fn->of_size);
    return weir_expect_owned(source, "merge_sorted");
}

weir_stream *weir_merge_sorted(weir_stream *first, weir_stream *second, const weir_compare_fn *fn,
                               void *arg)
{
    first = merge_sorted_expect(first, fn);
    second = merge_sorted_expect(second, fn);
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    second = weir_expect_alike(second, "merge_sorted", "second", first->type);
    failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_halves_new(first, second, sizeof(struct merge_sorted), &merge_sorted_ops, first->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct merge_sorted *self = merge_sorted_of(stream);
    self->fn = fn;
    self->arg = arg;
    self->halves[1].source = second;
    return weir_halves_init(stream, self->halves, first, second);
}
