/* zip_rest: pairs until both sides ended; what the shorter one lacks is none. */

#include <string.h>

#include "stream/halves.h"
#include "weir/stream.h"

struct zip_rest {
    weir_stream stream;
    struct weir_half halves[2];
};

static struct zip_rest *zip_rest_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct zip_rest, stream);
}

/* An option: whether there is one, and the item. */
static void give_option(struct weir_half *half, const weir_type *type, char *out)
{
    memset(out, 0, type->size);
    memcpy(out, &half->some, sizeof half->some);
    if (half->some)
        weir_half_give(half, out + weir_type_second_offset(type));
}

/* One pair a poll. Both sides are asked, also when the first one ended or waits. */
static weir_poll zip_rest_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_half *halves = zip_rest_of(stream)->halves;
    (void)demand;
    weir_poll first = weir_half_fill(&halves[0], cx);
    if (weir_half_speaks(first))
        return first;
    weir_poll second = weir_half_fill(&halves[1], cx);
    if (weir_half_speaks(second))
        return second;
    if (first.state == WEIR_PENDING || second.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    if (!first.n && !second.n)
        return (weir_poll){0, WEIR_END};
    give_option(&halves[0], stream->type->of[0], out);
    give_option(&halves[1], stream->type->of[1],
                (char *)out + weir_type_second_offset(stream->type));
    return WEIR_POLL_ONE;
}

static void zip_rest_fini(weir_stream *stream)
{
    weir_halves_fini(zip_rest_of(stream)->halves);
}

static weir_stage *zip_rest_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &zip_rest_of(stream)->halves[1].source->stage;
}

static weir_hint zip_rest_size_hint(const weir_stream *stream)
{
    weir_hint a = weir_half_hint(&zip_rest_of(stream)->halves[0]);
    weir_hint b = weir_half_hint(&zip_rest_of(stream)->halves[1]);
    return (weir_hint){a.lower > b.lower ? a.lower : b.lower,
                       a.upper > b.upper ? a.upper : b.upper};
}

static const weir_stream_ops zip_rest_ops = {.size = sizeof zip_rest_ops,
                                             .name = "zip_rest",
                                             .keeps_inputs = true,
                                             .poll_next = zip_rest_poll_next,
                                             .fini = zip_rest_fini,
                                             .size_hint = zip_rest_size_hint,
                                             .input = zip_rest_input,
                                             .marks = WEIR_MARKS_HOLD};

weir_stream *weir_zip_rest(weir_stream *first, weir_stream *second)
{
    first = weir_expect_owned(first, "zip_rest");
    second = weir_expect_owned(second, "zip_rest");
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    const weir_type *type =
        weir_type_pair(weir_type_option(first->type), weir_type_option(second->type));
    weir_stream *stream =
        weir_halves_new(first, second, sizeof(struct zip_rest), &zip_rest_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    zip_rest_of(stream)->halves[1].source = second;
    return weir_halves_init(stream, zip_rest_of(stream)->halves, first, second);
}
