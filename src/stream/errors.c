/* errors: the way back from results: items stay items, errors become ERRORs of the stream. */

#include <string.h>

#include "core/poll.h"
#include "weir/stream.h"

enum { HELD_MAX = 32 }; /* results taken at once */

struct errors {
    weir_stream stream;
    char *held; /* results behind an error that must go first */
    size_t held_first;
    size_t held_n;
};

static struct errors *errors_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct errors, stream);
}

/* What was fatal to one of several inputs is not so where items of the others follow. */
static weir_poll give_error(struct errors *self, weir_cx *cx, weir_error *error)
{
    self->held_first++;
    self->held_n--;
    cx->error = *error;
    cx->error.fatal &= !self->held_n && weir_source(&self->stream)->stage.done;
    weir_release(error, sizeof *error);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll errors_held(struct errors *self, weir_cx *cx, char *out, size_t demand)
{
    const weir_type *from = weir_source(&self->stream)->type;
    size_t offset = weir_type_second_offset(from);
    size_t size = self->stream.type->size;
    uint32_t n = 0;
    while (n < demand && self->held_n) {
        const char *result = self->held + self->held_first * from->size;
        weir_error *error;
        memcpy(&error, result, sizeof error);
        if (error)
            return n ? (weir_poll){n, WEIR_READY} : give_error(self, cx, error);
        memcpy(out + n++ * size, result + offset, size);
        self->held_first++;
        self->held_n--;
    }
    return (weir_poll){n, WEIR_READY};
}

static weir_poll errors_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct errors *self = errors_of(stream);
    if (!self->held_n) {
        size_t n = demand < HELD_MAX ? demand : HELD_MAX;
        weir_poll got = poll_next(weir_source(stream), cx, self->held, n);
        if (!got.n)
            return got;
        self->held_first = 0;
        self->held_n = got.n;
    }
    return errors_held(self, cx, out, demand);
}

static void errors_fini(weir_stream *stream)
{
    struct errors *self = errors_of(stream);
    const weir_type *from = weir_source(stream)->type;
    if (self->held_n)
        weir_type_drop_items(from, self->held + self->held_first * from->size, self->held_n);
}

static weir_hint errors_size_hint(const weir_stream *stream)
{
    size_t held = errors_of(stream)->held_n;
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < WEIR_HINT_UNKNOWN - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops errors_ops = {.name = "errors",
                                           .poll_next = errors_poll_next,
                                           .fini = errors_fini,
                                           .size_hint = errors_size_hint};

static bool is_result(const weir_type *type)
{
    return type->of[1] && type == weir_type_result(type->of[1]);
}

weir_stream *weir_errors(weir_stream *source)
{
    const weir_type *from = source->type;
    if (!weir_stage_failed(&source->stage) && !is_result(from))
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_results() before it",
                                  "errors takes results, but '%s' yields '%s'",
                                  source->stage.name, from->name, 0);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct errors), &errors_ops, from->of[1]);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct errors *self = errors_of(stream);
    self->held = weir_arena_take(stream->stage.arena, HELD_MAX * from->size, from->align);
    if (!self->held)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "errors",
                                  NULL, 0);
    return stream;
}
