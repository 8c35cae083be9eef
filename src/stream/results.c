/* results: errors become items, beside the items. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

/* With no memory for the error it stays what it was: an ERROR of the stream. */
static weir_poll error_item(const weir_type *type, weir_cx *cx, char *out)
{
    weir_error *error = weir_allocate(sizeof *error);
    if (!error)
        return (weir_poll){0, WEIR_ERROR};
    *error = cx->error;
    memset(out, 0, type->size);
    memcpy(out, &error, sizeof error);
    return (weir_poll){1, error->fatal ? WEIR_END : WEIR_READY};
}

static weir_poll results_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    static const weir_error *const none = NULL;
    const weir_type *type = stream->type;
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_ERROR)
        return error_item(type, cx, out);
    weir_member_spread(out, type->size, weir_type_second_offset(type), type->of[1]->size, got.n);
    for (char *at = out, *end = at + got.n * type->size; at < end; at += type->size)
        memcpy(at, &none, sizeof none);
    return got;
}

static weir_hint results_size_hint(const weir_stream *stream)
{
    return (weir_hint){weir_size_hint(weir_source(stream)).lower, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops results_ops = {.size = sizeof results_ops,
                                            .name = "results",
                                            .poll_next = results_poll_next,
                                            .size_hint = results_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_results(weir_stream *source)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(weir_stream), &results_ops, weir_type_result(source->type));
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = source->stage.one;
    return stream;
}
