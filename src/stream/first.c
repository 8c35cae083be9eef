/* first: the first n items, and the stream that the rest comes from. */

#include <string.h>

#include "stream/ones.h"
#include "weir/stream.h"

struct first {
    weir_stream stream;
    weir_stream *source; /* a chain of its own: it goes on behind this one. NULL: it was given */
    size_t n;
    weir_vec head;
};

static struct first *first_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct first, stream);
}

/* Room for all of them at once: n is no more than what they take. */
static bool head_begin(struct first *self, weir_cx *cx)
{
    const weir_type *of = self->source->type;
    size_t bytes;
    void *items = NULL;
    if (!__builtin_mul_overflow(self->n, of->size, &bytes))
        items = weir_allocate_aligned(bytes, of->align);
    if (items) {
        self->head = (weir_vec){.items = items, .room = self->n, .of = of};
        return true;
    }
    weir_fail(cx, WEIR_E_MEMORY, "no memory for the first %zu items", self->n);
    return false;
}

/* READY: they are here, or all there are. */
static weir_poll head_fill(struct first *self, weir_cx *cx)
{
    weir_vec *head = &self->head;
    for (bool begun = false; head->n < head->room; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        size_t size = head->of->size, lacking = head->room - head->n;
        size_t demand = lacking < cx->demand_max ? lacking : cx->demand_max;
        weir_poll got = poll_next(self->source, cx, (char *)head->items + head->n * size, demand);
        head->n += got.n;
        if (got.state == WEIR_END)
            break;
        if (got.state != WEIR_READY)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll first_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct first *self = first_of(stream);
    (void)demand;
    if (!self->head.items && !head_begin(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = head_fill(self, cx);
    if (got.state != WEIR_READY)
        return got;
    *(weir_first_and_rest *)out = (weir_first_and_rest){self->head, self->source};
    self->head = (weir_vec){0};
    self->source = NULL;
    return (weir_poll){1, WEIR_END};
}

static void first_fini(weir_stream *stream)
{
    weir_vec_drop(&first_of(stream)->head);
    weir_drop(first_of(stream)->source);
}

static weir_stage *first_input(const weir_stream *stream, size_t i)
{
    weir_stream *source = first_of(stream)->source;
    return i || !source ? NULL : &source->stage;
}

static size_t first_memory_max(const weir_stream *stream)
{
    const struct first *self = first_of(stream);
    size_t bytes;
    if (!self->source) /* what was given is somebody else's */
        return 0;
    return __builtin_mul_overflow(self->n, self->source->type->size, &bytes) ? SIZE_MAX : bytes;
}

static const weir_stream_ops first_ops = {.size = sizeof first_ops,
                                          .name = "first",
                                          .poll_next = first_poll_next,
                                          .fini = first_fini,
                                          .size_hint = weir_size_hint_one,
                                          .input = first_input,
                                          .memory_max = first_memory_max,
                                          .marks = WEIR_MARKS_LOSE};

weir_stream *weir_first(weir_stream *source, size_t n)
{
    source = weir_expect_owned(source, "first");
    source = weir_expect_limit(source, "first", "n", n);
    if (weir_stage_failed(&source->stage))
        return source;
    weir_stream *stream = weir_source_new(sizeof(struct first), &first_ops,
                                          weir_type_pair(&weir_type_vec, &weir_type_stream));
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(source);
        return stream;
    }
    first_of(stream)->source = source;
    first_of(stream)->n = n;
    stream->stage.one = true;
    return weir_stream_with(stream, &source->stage);
}
