/* errors: the way back from results: items stay items, errors become ERRORs of the stream. */

#include <string.h>

#include "stream/taken.h"
#include "weir/stream.h"

enum { ERRORS_TAKEN_MAX = 32 };

struct errors {
    weir_stream stream;
    struct weir_taken taken;
};

static struct errors *errors_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct errors, stream);
}

/* What was fatal to one of several inputs is not so where items of the others follow. */
static weir_poll errors_give_error(struct errors *self, weir_cx *cx, weir_error *error)
{
    weir_taken_pass(&self->taken, 1);
    cx->error = *error;
    cx->error.fatal &= !self->taken.n && weir_source(&self->stream)->stage.done;
    weir_error_drop(error);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll errors_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct errors *self = errors_of(stream);
    struct weir_taken *taken = &self->taken;
    weir_poll got = weir_taken_fill(taken, weir_source(stream), cx, demand);
    if (!got.n)
        return got;
    size_t offset = weir_type_second_offset(taken->type);
    size_t size = stream->type->size;
    uint32_t n = 0;
    while (n < demand && taken->n) {
        const char *result = weir_taken_next(taken);
        weir_error *error;
        memcpy(&error, result, sizeof error);
        if (error)
            return n ? (weir_poll){n, WEIR_READY} : errors_give_error(self, cx, error);
        memcpy((char *)out + n++ * size, result + offset, size);
        weir_taken_pass(taken, 1);
    }
    return (weir_poll){n, WEIR_READY};
}

static void errors_fini(weir_stream *stream)
{
    weir_taken_drop(&errors_of(stream)->taken);
}

static weir_hint errors_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&errors_of(stream)->taken, weir_source(stream));
}

static const weir_stream_ops errors_ops = {.size = sizeof errors_ops,
                                           .name = "errors",
                                           .poll_next = errors_poll_next,
                                           .fini = errors_fini,
                                           .size_hint = errors_size_hint,
                                           .marks = WEIR_MARKS_PASS};

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
                                  weir_stage_name(&source->stage), from->name, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct errors), &errors_ops, from->of[1]);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = source->stage.one;
    if (!weir_taken_init(&errors_of(stream)->taken, stream->stage.arena, from, ERRORS_TAKEN_MAX))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "errors",
                                  NULL, 0);
    return stream;
}
