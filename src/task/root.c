/* Roots: chains that somebody waits for. */

#include "task/root.h"

#include "task/expect.h"

static weir_stream *expect_room(weir_stream *stream, const void *out, size_t out_size)
{
    if (weir_stage_failed(&stream->stage) || !out || !out_size || stream->type->size <= out_size)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_TYPE, "a variable of that type",
                              "'%s' does not fit where its result should go, which has %zu bytes",
                              stream->type->name, NULL, out_size);
}

weir_stream *weir_root_expect(weir_stream *future, const void *out, size_t out_size)
{
    return expect_room(weir_expect_task(future, "run"), out, out_size);
}

/* Answers true, so that a check can end with it. */
static bool refuse_pull(const weir_stream *stream, weir_error *error, const char *cure)
{
    error->fatal = false;
    error->cure = cure;
    error->trail[error->trail_n++] = weir_stage_name(&stream->stage);
    return true;
}

static bool refuse_size(const weir_stream *stream, size_t out_size, weir_error *error)
{
    if (!error)
        return true;
    weir_error_set(error, WEIR_E_TYPE, "'%s' does not fit where it should go, which has %zu bytes",
                   stream->type->name, out_size);
    return refuse_pull(stream, error, "a variable of that type");
}

static bool refuse_marks(const weir_stream *stream, weir_error *error)
{
    if (!error)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, WEIR_MARKED, weir_stage_name(&stream->stage));
    return refuse_pull(stream, error, WEIR_SETTLE_CURE);
}

bool weir_root_refuses_pull(weir_stream *stream, const void *out, size_t out_size,
                            weir_error *error)
{
    if (weir_stage_failed(&stream->stage))
        return false;
    if (out && out_size && stream->type->size > out_size)
        return refuse_size(stream, out_size, error);
    return stream->stage.marked && refuse_marks(stream, error);
}

/* A result of a part of the input is told from one of all of it. */
static void tell_cut(weir_error *error, bool cut)
{
    if (error && cut)
        weir_error_set(error, WEIR_E_STOPPED, "stopped before the input was over");
    else if (error)
        error->code = WEIR_OK;
}

weir_state weir_root_settle(weir_poll got, bool cut, weir_error *error, const weir_error *why)
{
    weir_state state = got.n ? WEIR_READY : got.state;
    if (state != WEIR_ERROR)
        tell_cut(error, cut);
    else if (error && why)
        *error = *why;
    return state;
}
