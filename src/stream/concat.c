/* concat: one vec of the items of all vecs. */

#include "stream/batches.h"
#include "stream/gather.h"
#include "weir/stream.h"

struct concat {
    weir_stream stream;
    size_t items_max;
    weir_vec all;
    uint32_t demand;
};

static struct concat *concat_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct concat, stream);
}

/* What is known of the items before the first vec came; NULL: nothing. */
static const weir_type *concat_type(const struct concat *self)
{
    return self->all.of ? self->all.of : weir_source(&self->stream)->type->of[0];
}

/* Its items may stand beside those of the others, and there may be so many. */
static bool concat_allows(struct concat *self, weir_cx *cx, const weir_vec *vec)
{
    const weir_type *of = concat_type(self);
    if (of && vec->of != of && !weir_type_alike(vec->of, of))
        weir_fail(cx, WEIR_E_TYPE, "concat of '%s', but this is a vec of '%s'", of->name,
                  vec->of->name);
    else if (vec->n > self->items_max - self->all.n)
        weir_fail(cx, WEIR_E_LIMIT, "more than %zu items to concat", self->items_max);
    else
        return true;
    return false;
}

/* The first vec with something in it becomes the one; items of later ones move there. */
static bool concat_one(struct concat *self, weir_cx *cx, weir_vec *vec)
{
    weir_vec *all = &self->all;
    if (!vec->n)
        return true;
    if (!concat_allows(self, cx, vec))
        return false;
    if (!all->items && vec->room <= self->items_max) {
        *all = *vec;
        *vec = (weir_vec){0};
        return true;
    }
    if (!weir_vec_make_room(cx, all, vec->of, vec->n, 0, self->items_max))
        return false;
    weir_vec_append(all, vec->items, vec->n);
    vec->n = 0; /* they have moved */
    return true;
}

static bool concat_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    weir_vec *vecs = items;
    bool fits = true;
    for (uint32_t i = 0; i < n; i++) {
        fits = fits && concat_one(concat_of(stream), cx, &vecs[i]);
        weir_vec_drop(&vecs[i]);
    }
    return fits;
}

static weir_poll concat_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct concat *self = concat_of(stream);
    (void)demand;
    weir_poll got = weir_batches(stream, cx, &self->demand, concat_take);
    if (got.state != WEIR_END)
        return got;
    self->all.of = concat_type(self);
    *(weir_vec *)out = self->all;
    self->all = (weir_vec){0};
    return (weir_poll){1, WEIR_END};
}

static void concat_fini(weir_stream *stream)
{
    weir_vec_drop(&concat_of(stream)->all);
}

/* Of a plain weir_vec it is not known how large its items are. */
static size_t concat_memory_max(const weir_stream *stream)
{
    const weir_type *of = concat_type(concat_of(stream));
    return of ? weir_gather_memory_max(concat_of(stream)->items_max, of) : SIZE_MAX;
}

static const weir_stream_ops concat_ops = {.size = sizeof concat_ops,
                                           .name = "concat",
                                           .poll_next = concat_poll_next,
                                           .size_hint = weir_size_hint_one,
                                           .fini = concat_fini,
                                           .memory_max = concat_memory_max,
                                           .marks = WEIR_MARKS_LOSE};

weir_stream *weir_concat(weir_stream *source, size_t items_max)
{
    source = weir_expect_owned(source, "concat");
    source = weir_expect_limit(source, "concat", "items_max", items_max);
    if (!weir_stage_failed(&source->stage) && source->type->drop != weir_type_vec.drop)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                                  "weir_collect() of single items, weir_collect_string() of lines",
                                  "concat takes vecs, but the source yields '%s'",
                                  source->type->name, NULL, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct concat), &concat_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    concat_of(stream)->items_max = items_max;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type);
}
