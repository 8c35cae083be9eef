/* intersperse, intersperse_with: something before the first item, between items, and behind the
 * last. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/fn.h"
#include "weir/stream.h"

/* What is put between: a copy of an item, or what fn makes; neither: nothing. */
struct intersperse_part {
    const void *item;
    const weir_make_fn *fn;
};

enum { START, SEPARATOR, STOP, PARTS };

struct intersperse {
    weir_stream stream;
    struct intersperse_part part[PARTS];
    void *arg;
    char *item;    /* room for the one that waits behind a separator */
    bool waits;    /* there is one */
    bool begun;    /* the start was given */
    bool any;      /* an item came */
    bool finished; /* the source is over */
};

static struct intersperse *intersperse_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct intersperse, stream);
}

static bool has(const struct intersperse *self, int which)
{
    return self->part[which].item || self->part[which].fn;
}

static void intersperse_put(struct intersperse *self, int which, char *out)
{
    const struct intersperse_part *part = &self->part[which];
    if (part->fn)
        part->fn->one(out, self->arg);
    else
        weir_item_move(out, part->item, self->stream.type->size);
}

static weir_poll intersperse_finish(struct intersperse *self, void *out)
{
    if (!has(self, STOP))
        return (weir_poll){0, WEIR_END};
    intersperse_put(self, STOP, out);
    return (weir_poll){1, WEIR_END};
}

/* An item came behind another, and there is room for one: the separator goes first. */
static weir_poll put_between(struct intersperse *self, char *out)
{
    weir_item_move(self->item, out, self->stream.type->size);
    self->waits = true;
    intersperse_put(self, SEPARATOR, out);
    return WEIR_POLL_ONE;
}

/* The items stand at the beginning of out, which has room for twice as many. */
static weir_poll intersperse_spread(struct intersperse *self, char *out, uint32_t n)
{
    size_t size = self->stream.type->size;
    uint32_t first = self->any ? 1 : 0, total = 2 * n - 1 + first;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t at = 2 * i + first;
        if (at != i)
            weir_item_move(out + at * size, out + i * size, size);
    }
    for (uint32_t at = 1 - first; at < total; at += 2)
        intersperse_put(self, SEPARATOR, out + at * size);
    return (weir_poll){total, WEIR_READY};
}

static weir_poll intersperse_ask(struct intersperse *self, weir_cx *cx, char *out, size_t demand)
{
    bool separates = has(self, SEPARATOR);
    size_t n = separates && demand > 1 ? demand / 2 : demand;
    weir_poll got = poll_next(weir_source(&self->stream), cx, out, n);
    self->finished = got.state == WEIR_END;
    if (!got.n)
        return self->finished ? intersperse_finish(self, out) : got;
    weir_poll made = {got.n, WEIR_READY};
    if (separates && demand > 1)
        made = intersperse_spread(self, out, got.n);
    else if (separates && self->any)
        made = put_between(self, out);
    self->any = true;
    return made;
}

static weir_poll intersperse_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct intersperse *self = intersperse_of(stream);
    if (self->waits) {
        self->waits = false;
        weir_item_move(out, self->item, stream->type->size);
        return WEIR_POLL_ONE;
    }
    if (WEIR_UNLIKELY(!self->begun)) {
        self->begun = true;
        if (has(self, START)) {
            intersperse_put(self, START, out);
            return WEIR_POLL_ONE;
        }
    }
    return self->finished ? intersperse_finish(self, out) : intersperse_ask(self, cx, out, demand);
}

static void intersperse_fini(weir_stream *stream)
{
    struct intersperse *self = intersperse_of(stream);
    if (self->waits)
        weir_type_drop_items(stream->type, self->item, 1);
}

/* A fatal error leaves out what stands behind the last item. */
static size_t parts_of(const struct intersperse *self, size_t items, bool stop)
{
    size_t more = self->waits + (!self->begun && has(self, START)) + (stop && has(self, STOP));
    size_t between = items && has(self, SEPARATOR) ? items - !self->any : 0;
    return items > (SIZE_MAX - more) / 2 ? SIZE_MAX : items + between + more;
}

static weir_hint intersperse_size_hint(const weir_stream *stream)
{
    struct intersperse *self = intersperse_of(stream);
    weir_hint hint = {0, 0};
    if (!self->finished)
        hint = weir_size_hint(weir_source(stream));
    return (weir_hint){parts_of(self, hint.lower, self->finished),
                       parts_of(self, hint.upper, true)};
}

static const weir_stream_ops intersperse_ops = {.size = sizeof intersperse_ops,
                                                .name = "intersperse",
                                                .poll_next = intersperse_poll_next,
                                                .fini = intersperse_fini,
                                                .size_hint = intersperse_size_hint,
                                                .marks = WEIR_MARKS_PASS};

static weir_stream *intersperse_new(weir_stream *source, const struct intersperse_part *part,
                                    void *arg)
{
    source = weir_expect_owned(source, "intersperse");
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct intersperse), &intersperse_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct intersperse *self = intersperse_of(stream);
    memcpy(self->part, part, sizeof self->part);
    self->arg = arg;
    self->item = weir_arena_take(stream->stage.arena, stream->type->size, stream->type->align);
    if (self->item)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                              "no memory for intersperse of '%s'", stream->type->name, NULL, 0);
}

/* The items to be copied stand in the chain's arena. */
static bool copy_parts(struct intersperse *self)
{
    const weir_type *type = self->stream.type;
    for (int i = 0; i < PARTS; i++) {
        struct intersperse_part *part = &self->part[i];
        if (!part->item)
            continue;
        void *copy = weir_arena_take(self->stream.stage.arena, type->size, type->align);
        if (!copy)
            return false;
        memcpy(copy, part->item, type->size);
        part->item = copy;
    }
    return true;
}

weir_stream *weir_intersperse(weir_stream *source, const void *start, const void *separator,
                              const void *stop)
{
    const struct intersperse_part part[PARTS] = {{start, NULL}, {separator, NULL}, {stop, NULL}};
    source = weir_expect_plain(source, "intersperse");
    weir_stream *stream = intersperse_new(source, part, NULL);
    if (weir_stage_failed(&stream->stage) || copy_parts(intersperse_of(stream)))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                              "no memory for intersperse of '%s'", stream->type->name, NULL, 0);
}

static weir_stream *expect_made(weir_stream *source, const weir_make_fn *fn)
{
    if (!fn)
        return source;
    source = weir_expect_type(source, "intersperse", fn->name, fn->of);
    return weir_expect_size(source, "intersperse", fn->name, fn->of, fn->of_size);
}

weir_stream *weir_intersperse_with(weir_stream *source, const weir_make_fn *start,
                                   const weir_make_fn *separator, const weir_make_fn *stop,
                                   void *arg)
{
    const struct intersperse_part part[PARTS] = {{NULL, start}, {NULL, separator}, {NULL, stop}};
    for (int i = 0; i < PARTS; i++)
        source = expect_made(source, part[i].fn);
    return intersperse_new(source, part, arg);
}
