/* dedup, dedup_by: without items that equal the one before. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct dedup {
    weir_stream stream;
    const weir_compare_fn *fn; /* NULL: the type's own `same`, or its bytes */
    void *arg;
    char *last; /* a copy of the one that was given last */
    bool any;   /* there is one */
};

static struct dedup *dedup_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct dedup, stream);
}

static bool equal(const struct dedup *self, const void *a, const void *b)
{
    const weir_type *type = self->stream.type;
    if (self->fn)
        return self->fn->one(a, b, self->arg) == 0;
    if (type->same)
        return type->same(type, a, b);
    return type->size == 8 ? memcmp(a, b, 8) == 0 : memcmp(a, b, type->size) == 0;
}

static void dedup_forget(struct dedup *self)
{
    if (self->any)
        weir_type_drop_items(self->stream.type, self->last, 1);
    self->any = false;
}

/* False: no memory. */
static bool dedup_keep(struct dedup *self, const char *item)
{
    const weir_type *type = self->stream.type;
    dedup_forget(self);
    self->any = true;
    if (WEIR_LIKELY(!type->drop))
        weir_item_move(self->last, item, type->size);
    else
        self->any = type->clone(type, self->last, item);
    return self->any;
}

static weir_poll dedup_no_copy(struct dedup *self, weir_cx *cx, void *item)
{
    weir_type_drop_items(self->stream.type, item, 1);
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to keep a '%s'", self->stream.type->name);
}

/* Several, of a type that owns nothing: each is compared with the one that stays before it. */
static uint32_t compact(struct dedup *self, char *items, uint32_t n)
{
    size_t size = self->stream.type->size;
    const char *before = self->any ? self->last : NULL;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        char *item = items + i * size, *to = items + kept * size;
        if (before && equal(self, before, item))
            continue;
        if (to != item)
            weir_item_move(to, item, size);
        before = to;
        kept++;
    }
    if (kept && !dedup_keep(self, before))
        return 0; /* cannot be: they own nothing */
    return kept;
}

/* One item came, perhaps with END. None stays: the wrapper asks again. */
static weir_poll dedup_one(struct dedup *self, weir_cx *cx, void *out, weir_poll got)
{
    if (self->any && equal(self, self->last, out)) {
        weir_type_drop_items(self->stream.type, out, 1);
        return (weir_poll){0, got.state};
    }
    return dedup_keep(self, out) ? got : dedup_no_copy(self, cx, out);
}

WEIR_ASIDE static weir_poll dedup_rest(struct dedup *self, weir_cx *cx, void *out, size_t demand,
                                       weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    if (got.n == 1)
        return dedup_one(self, cx, out, got);
    got.n = compact(self, out, got.n);
    return got;
}

static weir_poll dedup_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct dedup *self = dedup_of(stream);
    weir_stream *source = weir_source(stream);
    demand = stream->type->drop ? 1 : demand; /* a copy may fail, and the error stands alone */
    weir_poll got;
    do {
        got = source->poll(source, cx, out, demand);
        if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
            return dedup_rest(self, cx, out, demand, got);
        weir_count_one(source);
        got = dedup_one(self, cx, out, got);
    } while (!got.n && got.state == WEIR_READY && weir_spend(cx));
    return got;
}

static void dedup_fini(weir_stream *stream)
{
    dedup_forget(dedup_of(stream));
}

static weir_hint dedup_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = hint.lower && !dedup_of(stream)->any && !stream->type->drop;
    return hint;
}

static const weir_stream_ops dedup_ops = {.size = sizeof dedup_ops,
                                          .name = "dedup",
                                          .fn = offsetof(struct dedup, fn),
                                          .poll_next = dedup_poll_next,
                                          .fini = dedup_fini,
                                          .size_hint = dedup_size_hint,
                                          .marks = WEIR_MARKS_PASS};

/* It holds a copy of an item that is somebody else's by then. */
static weir_stream *expect_copies(weir_stream *source, bool compared)
{
    const weir_type *type = source->type;
    if (weir_stage_failed(&source->stage) || !type->drop ||
        (type->clone && (compared || type->same)))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "a descriptor with .clone and .same, or a map that makes something "
                              "plain of them before it",
                              "dedup cannot copy and compare a '%s', which owns something",
                              type->name, NULL, 0);
}

static weir_stream *dedup_new(weir_stream *source, const weir_compare_fn *fn, void *arg)
{
    source = weir_expect_owned(source, "dedup");
    source = expect_copies(source, fn != NULL);
    weir_stream *stream = weir_stream_new(source, sizeof(struct dedup), &dedup_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct dedup *self = dedup_of(stream);
    self->fn = fn;
    self->arg = arg;
    stream->stage.one = source->stage.one;
    self->last = weir_arena_take(stream->stage.arena, stream->type->size, stream->type->align);
    if (self->last)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for dedup of '%s'",
                              stream->type->name, NULL, 0);
}

weir_stream *weir_dedup(weir_stream *source)
{
    return dedup_new(source, NULL, NULL);
}

weir_stream *weir_dedup_by(weir_stream *source, const weir_compare_fn *fn, void *arg)
{
    source = weir_expect_type(source, "dedup", fn->name, fn->of);
    source = weir_expect_size(source, "dedup", fn->name, fn->of, fn->of_size);
    return dedup_new(source, fn, arg);
}
