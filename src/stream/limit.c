/* limit, limit_weighted: an error where there is more than was allowed. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct limit {
    weir_stream stream;
    uint64_t max;
    uint64_t left;
    const weir_key_fn *weight; /* NULL: each item weighs 1 */
    void *arg;
    bool over; /* what was too much was dropped */
};

static struct limit *limit_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct limit, stream);
}

static weir_poll limit_fail(const struct limit *self, weir_cx *cx)
{
    unsigned long long max = self->max;
    if (self->weight)
        return weir_fail(cx, WEIR_E_LIMIT, "more came than a weight of %llu by '%s'", max,
                         self->weight->name);
    return weir_fail(cx, WEIR_E_LIMIT, "more than %llu items came", max);
}

static bool limit_fits(struct limit *self, const void *item)
{
    uint64_t weight = 1;
    if (self->weight)
        self->weight->one(&weight, item, self->arg);
    if (weight > self->left)
        return false;
    self->left -= weight;
    return true;
}

/* What fits goes first, the error behind it. */
static weir_poll limit_cut(struct limit *self, weir_cx *cx, char *items, weir_poll got)
{
    const weir_type *type = self->stream.type;
    uint32_t n = 0;
    while (n < got.n && limit_fits(self, items + n * type->size))
        n++;
    if (n == got.n)
        return got;
    weir_type_drop_items(type, items + n * type->size, got.n - n);
    self->over = true;
    return n ? (weir_poll){n, WEIR_READY} : limit_fail(self, cx);
}

WEIR_ASIDE static weir_poll limit_rest(struct limit *self, weir_cx *cx, void *out, size_t demand,
                                       weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    return got.n ? limit_cut(self, cx, out, got) : got;
}

/* One more than is allowed is asked for: is it there? */
static size_t limit_demand(const struct limit *self, size_t demand)
{
    return self->weight || demand <= self->left ? demand : (size_t)self->left + 1;
}

static weir_poll limit_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct limit *self = limit_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(self->over))
        return limit_fail(self, cx);
    size_t n = limit_demand(self, demand);
    weir_poll got = source->poll(source, cx, out, n);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return limit_rest(self, cx, out, n, got);
    weir_count_one(source);
    if (WEIR_UNLIKELY(self->weight || !self->left))
        return limit_cut(self, cx, out, got);
    self->left--;
    return WEIR_POLL_ONE;
}

static weir_hint limit_size_hint(const weir_stream *stream)
{
    struct limit *self = limit_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    if (self->weight || self->over)
        return (weir_hint){0, self->over ? 0 : hint.upper};
    hint.lower = hint.lower < self->left ? hint.lower : (size_t)self->left;
    hint.upper = hint.upper < self->left ? hint.upper : (size_t)self->left;
    return hint;
}

static const weir_stream_ops limit_ops = {.size = sizeof limit_ops,
                                          .name = "limit",
                                          .fn = offsetof(struct limit, weight),
                                          .poll_next = limit_poll_next,
                                          .size_hint = limit_size_hint,
                                          .marks = WEIR_MARKS_PASS};

static weir_stream *limit_new(weir_stream *source, const weir_key_fn *weight, void *arg,
                              uint64_t max)
{
    source = weir_expect_limit(source, "limit", "max", max != 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct limit), &limit_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct limit *self = limit_of(stream);
    self->max = self->left = max;
    self->weight = weight;
    self->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}

weir_stream *weir_limit(weir_stream *source, uint64_t max)
{
    return limit_new(source, NULL, NULL, max);
}

static weir_stream *limit_expect_number(weir_stream *source, const weir_key_fn *fn)
{
    if (weir_stage_failed(&source->stage) || weir_type_fits(fn->key, &weir_type_u64))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a weight that is a uint64_t",
                              "limit '%s' weighs in '%s'", fn->name, fn->key->name, 0);
}

weir_stream *weir_limit_weighted(weir_stream *source, const weir_key_fn *weight, void *arg,
                                 uint64_t max)
{
    source = weir_expect_type(source, "limit", weight->name, weight->of);
    source = weir_expect_size(source, "limit", weight->name, weight->of, weight->of_size);
    return limit_new(limit_expect_number(source, weight), weight, arg, max);
}
