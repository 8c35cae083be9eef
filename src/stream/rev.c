/* rev: from the last item to the first; and what is found or folded from there. */

#include "core/poll.h"
#include "weir/stream.h"

static weir_poll rev_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_back(weir_source(stream), cx, out, demand);
}

static weir_poll rev_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_next(weir_source(stream), cx, out, demand);
}

static weir_hint rev_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops rev_ops = {.size = sizeof rev_ops,
                                        .name = "rev",
                                        .poll_next = rev_poll_next,
                                        .size_hint = rev_size_hint,
                                        .poll_back = rev_poll_back,
                                        .marks = WEIR_MARKS_LOSE};

weir_stream *weir_rev(weir_stream *source)
{
    source = weir_expect_back(source, "rev");
    source = weir_expect_unmarked(source, "rev", "gives what came last first");
    weir_stream *stream = weir_stream_new(source, sizeof(weir_stream), &rev_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = source->stage.one;
    return stream;
}

weir_stream *weir_nth_back(weir_stream *source, uint64_t n)
{
    return weir_nth(weir_rev(source), n);
}

weir_stream *weir_rfind(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    return weir_find(weir_rev(source), fn, arg);
}

weir_stream *weir_rfold(weir_stream *source, const weir_fold_fn *fn, const void *acc, void *arg)
{
    return weir_fold(weir_rev(source), fn, acc, arg);
}
