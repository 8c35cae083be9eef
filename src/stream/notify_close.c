/* notify_close: each item, and behind the last one that there is none: the end is an item too. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct notify_close {
    weir_stream stream;
    bool over; /* the source is: only "none" is left */
};

static struct notify_close *notify_close_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct notify_close, stream);
}

static weir_poll give_none(const weir_type *type, void *out)
{
    memset(out, 0, type->size);
    return (weir_poll){1, WEIR_END};
}

/* The items stand side by side at the beginning of out. */
static void give_some(const weir_type *type, char *out, uint32_t n)
{
    weir_member_spread(out, type->size, weir_type_second_offset(type), type->of[1]->size, n);
    for (char *at = out, *end = at + n * type->size; at < end; at += type->size)
        *(bool *)at = true;
}

static weir_poll notify_close_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct notify_close *self = notify_close_of(stream);
    if (self->over)
        return give_none(stream->type, out);
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (!got.n)
        return got.state == WEIR_END ? give_none(stream->type, out) : got;
    give_some(stream->type, out, got.n);
    self->over = got.state == WEIR_END;
    return (weir_poll){got.n, WEIR_READY};
}

/* A fatal error ends it without the last item. */
static weir_hint notify_close_size_hint(const weir_stream *stream)
{
    if (notify_close_of(stream)->over)
        return (weir_hint){1, 1};
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.upper += hint.upper != WEIR_HINT_UNKNOWN;
    return hint;
}

static const weir_stream_ops notify_close_ops = {.size = sizeof notify_close_ops,
                                                 .name = "notify_close",
                                                 .poll_next = notify_close_poll_next,
                                                 .size_hint = notify_close_size_hint,
                                                 .marks = WEIR_MARKS_PASS};

weir_stream *weir_notify_close(weir_stream *source)
{
    return weir_stream_new(source, sizeof(struct notify_close), &notify_close_ops,
                           weir_type_option(source->type));
}
