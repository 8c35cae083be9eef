/* pipe_steps: a chain made step by step, until one fails. */

#include "core/stage.h"
#include "weir/pipe.h"

static weir_stream *no_function(weir_stream *stream, size_t i)
{
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "a function that makes a stage",
                              "pipe: step %zu has no function", NULL, NULL, i);
}

static weir_stream *no_stream(size_t i)
{
    return weir_stream_refused(WEIR_E_ARGUMENT,
                               "a step that gives its source on where it makes nothing, or "
                               "weir_stream_refuse() of it where it fails",
                               "pipe: step %zu gave no stream", NULL, NULL, i);
}

weir_stream *weir_pipe_steps(weir_stream *source, const weir_step *steps, size_t n)
{
    weir_stream *stream = source;
    for (size_t i = 0; i < n && !weir_stage_failed(&stream->stage); i++) {
        if (!steps[i].make)
            return no_function(stream, i + 1);
        stream = steps[i].make(stream, steps[i].arg);
        if (!stream)
            return no_stream(i + 1);
    }
    return stream;
}
