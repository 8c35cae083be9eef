/* chain: all of one stream, then all of another. */

#include "stream/inner.h"
#include "weir/stream.h"

struct chain {
    weir_stream stream;
    weir_stream *second;
    bool over; /* the first one is */
};

static struct chain *chain_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct chain, stream);
}

/* What the first one's answer means for both. Only its END without items leads on. */
static weir_poll chain_first(weir_cx *cx, weir_poll got)
{
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    if (got.n)
        got.state = WEIR_READY;
    return got;
}

/* The first one did not answer {1, READY}. */
WEIR_ASIDE static weir_poll chain_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                       weir_poll got)
{
    got = chain_first(cx, weir_poll_rest(weir_source(stream), cx, out, demand, got));
    if (got.state != WEIR_END)
        return got;
    chain_of(stream)->over = true;
    return poll_next(chain_of(stream)->second, cx, out, demand);
}

static weir_poll chain_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    if (chain_of(stream)->over)
        return poll_next(chain_of(stream)->second, cx, out, demand);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return chain_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

/* From the other end the second one comes first. */
static weir_poll chain_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = chain_first(cx, weir_poll_back(chain_of(stream)->second, cx, out, demand));
    if (got.state != WEIR_END)
        return got;
    return weir_poll_back(weir_source(stream), cx, out, demand);
}

static weir_poll chain_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    weir_poll got = chain_first(cx, weir_poll_skip(weir_source(stream), cx, demand));
    if (got.state != WEIR_END)
        return got;
    return weir_poll_skip(chain_of(stream)->second, cx, demand);
}

static void chain_fini(weir_stream *stream)
{
    weir_drop(chain_of(stream)->second);
}

static weir_stage *chain_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &chain_of(stream)->second->stage;
}

static size_t chain_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint chain_size_hint(const weir_stream *stream)
{
    weir_hint first = weir_size_hint(weir_source(stream));
    weir_hint second = weir_size_hint(chain_of(stream)->second);
    return (weir_hint){chain_sum(first.lower, second.lower), chain_sum(first.upper, second.upper)};
}

static const weir_stream_ops chain_ops = {.size = sizeof chain_ops,
                                          .name = "chain",
                                          .keeps_inputs = true,
                                          .poll_next = chain_poll_next,
                                          .fini = chain_fini,
                                          .size_hint = chain_size_hint,
                                          .input = chain_input,
                                          .marks = WEIR_MARKS_PASS,
                                          .poll_back = chain_poll_back};

/* Over sources that count without making their items, chain does so too. */
static const weir_stream_ops chain_skipping_ops = {.size = sizeof chain_skipping_ops,
                                                   .name = "chain",
                                                   .keeps_inputs = true,
                                                   .poll_next = chain_poll_next,
                                                   .poll_skip = chain_poll_skip,
                                                   .fini = chain_fini,
                                                   .size_hint = chain_size_hint,
                                                   .input = chain_input,
                                                   .marks = WEIR_MARKS_PASS,
                                                   .poll_back = chain_poll_back};

weir_stream *weir_chain(weir_stream *first, weir_stream *second)
{
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    second = weir_expect_alike(second, "chain", "second", first->type);
    failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    bool skipping = first->ops->poll_skip && second->ops->poll_skip;
    weir_stream *stream = weir_stream_new(first, sizeof(struct chain),
                                          skipping ? &chain_skipping_ops : &chain_ops, first->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    chain_of(stream)->second = second;
    return weir_stream_with(stream, &second->stage);
}
