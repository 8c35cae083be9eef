/* A state that is not what its function takes. */

#include "task/state.h"

static const weir_stream_ops refused_ops = {.size = sizeof refused_ops, .name = "constructor"};

weir_stream *weir_state_refused(const char *name, size_t said, size_t given)
{
    enum { DIGITS = 24 };
    weir_stream *stream = weir_source_new(sizeof *stream, &refused_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    char *bytes = weir_arena_take(stream->stage.arena, DIGITS, 1);
    if (!bytes)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'", name,
                                  NULL, 0);
    weir_format(bytes, DIGITS, "%zu", given);
    return weir_stream_refuse(&stream->stage, WEIR_E_TYPE, "the State that its WEIR_..._FN says",
                              "the state of '%s' has %zu bytes, it was given %s", name, bytes,
                              said);
}
