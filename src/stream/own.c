/* own: owned copies of lent items, so that they may be held. */

#include "stream/taken.h"
#include "weir/stream.h"

enum { OWN_TAKEN_MAX = 64 };

struct own {
    weir_stream stream;
    struct weir_taken taken; /* still valid: the source was not polled again */
};

static struct own *own_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct own, stream);
}

/* A copy that fails behind others is tried again with the next poll; one that fails first is an
 * error, and its item is given up. */
static weir_poll own_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_taken *taken = &own_of(stream)->taken;
    const weir_type *lent = taken->type;
    weir_poll got = weir_taken_fill(taken, weir_source(stream), cx, demand);
    if (!got.n)
        return got;
    uint32_t n = 0;
    while (n < demand && taken->n) {
        void *copy = (char *)out + n * lent->owned->size;
        bool copied = lent->own(lent, copy, weir_taken_next(taken));
        if (!copied && n)
            break;
        weir_taken_pass(taken, 1);
        if (!copied) {
            weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of one '%s'", lent->name);
            cx->error.fatal = false;
            return (weir_poll){0, WEIR_ERROR};
        }
        n++;
    }
    return (weir_poll){n, WEIR_READY};
}

/* Counting needs no copies. */
static weir_poll own_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    struct weir_taken *taken = &own_of(stream)->taken;
    if (!taken->n)
        return weir_poll_skip(weir_source(stream), cx, demand);
    size_t n = demand < taken->n ? demand : taken->n;
    weir_taken_pass(taken, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_hint own_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&own_of(stream)->taken, weir_source(stream));
}

static const weir_stream_ops own_ops = {.size = sizeof own_ops,
                                        .name = "own",
                                        .poll_next = own_poll_next,
                                        .poll_skip = own_poll_skip,
                                        .size_hint = own_size_hint,
                                        .marks = WEIR_MARKS_PASS};

weir_stream *weir_own(weir_stream *source)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    const weir_type *lent = source->type;
    if (!lent->own || !lent->owned)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, WEIR_OWN_BEFORE,
                                  "own: no way is known to copy a lent '%s'", lent->name, NULL, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct own), &own_ops, lent->owned);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = source->stage.one;
    if (!weir_taken_init(&own_of(stream)->taken, stream->stage.arena, lent, OWN_TAKEN_MAX))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for own of '%s'",
                                  lent->name, NULL, 0);
    return stream;
}
