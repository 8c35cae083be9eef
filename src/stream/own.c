/* own: owned copies of lent items, so that they may be held. */

#include "core/poll.h"
#include "weir/stream.h"

enum { HELD_MAX = 64 }; /* lent items taken at once */

struct own {
    weir_stream stream;
    char *held; /* lent items not yet copied; valid, since the source was not polled again */
    size_t held_first;
    size_t held_n;
};

static struct own *own_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct own, stream);
}

/* A copy that fails behind others is tried again with the next poll; one that fails first is an
 * error, and its item is given up. */
static weir_poll own_held(struct own *self, weir_cx *cx, char *out, size_t demand)
{
    const weir_type *lent = weir_source(&self->stream)->type;
    uint32_t n = 0;
    while (n < demand && self->held_n) {
        bool copied = lent->own(lent, out + n * lent->owned->size,
                                self->held + self->held_first * lent->size);
        if (!copied && n)
            break;
        self->held_first++;
        self->held_n--;
        if (!copied) {
            weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of one '%s'", lent->name);
            cx->error.fatal = false;
            return (weir_poll){0, WEIR_ERROR};
        }
        n++;
    }
    return (weir_poll){n, WEIR_READY};
}

static weir_poll own_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct own *self = own_of(stream);
    if (!self->held_n) {
        size_t n = demand < HELD_MAX ? demand : HELD_MAX;
        weir_poll got = poll_next(weir_source(stream), cx, self->held, n);
        if (!got.n)
            return got;
        self->held_first = 0;
        self->held_n = got.n;
    }
    return own_held(self, cx, out, demand);
}

/* Counting needs no copies. */
static weir_poll own_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    struct own *self = own_of(stream);
    if (!self->held_n)
        return weir_poll_skip(weir_source(stream), cx, demand);
    size_t n = demand < self->held_n ? demand : self->held_n;
    self->held_first += n;
    self->held_n -= n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_hint own_size_hint(const weir_stream *stream)
{
    size_t held = own_of(stream)->held_n;
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = 0; /* a copy may fail */
    hint.upper = hint.upper < WEIR_HINT_UNKNOWN - held ? hint.upper + held : WEIR_HINT_UNKNOWN;
    return hint;
}

static const weir_stream_ops own_ops = {.name = "own",
                                        .poll_next = own_poll_next,
                                        .poll_skip = own_poll_skip,
                                        .size_hint = own_size_hint};

weir_stream *weir_own(weir_stream *source)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    const weir_type *lent = source->type;
    if (!lent->own || !lent->owned)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_own() before it is composed",
                                  "own: no way is known to copy a lent '%s'", lent->name, NULL, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct own), &own_ops, lent->owned);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct own *self = own_of(stream);
    self->held = weir_arena_take(stream->stage.arena, HELD_MAX * lent->size, lent->align);
    if (!self->held)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for own of '%s'",
                                  lent->name, NULL, 0);
    return stream;
}
