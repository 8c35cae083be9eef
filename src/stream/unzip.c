/* unzip: a vec of the first members of pairs, and one of the second. */

#include "stream/two_vecs.h"
#include "weir/stream.h"

static void append_member(weir_vec *vec, const char *items, size_t stride, size_t offset, size_t n)
{
    size_t size = vec->of->size;
    char *to = (char *)vec->items + vec->n * size;
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * size, items + i * stride + offset, size);
    vec->n += n;
}

static bool unzip_room(struct weir_two_vecs *self, weir_cx *cx, uint32_t n)
{
    const weir_stream *source = weir_source(&self->stream);
    size_t first = n + weir_first_room(source, source->type);
    return weir_two_vecs_room(self, cx, 0, n, self->vecs[0].n, first) &&
           weir_two_vecs_room(self, cx, 1, n, self->vecs[0].n, first);
}

static bool unzip_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    struct weir_two_vecs *self = weir_two_vecs_of(stream);
    const weir_type *pair = weir_source(stream)->type;
    if (!unzip_room(self, cx, n)) {
        weir_type_drop_items(pair, items, n);
        return false;
    }
    append_member(&self->vecs[0], items, pair->size, 0, n);
    append_member(&self->vecs[1], items, pair->size, weir_type_second_offset(pair), n);
    return true;
}

static weir_poll unzip_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_two_vecs_poll(stream, cx, out, unzip_take);
}

static size_t unzip_memory_max(const weir_stream *stream)
{
    const struct weir_two_vecs *self = weir_two_vecs_of(stream);
    size_t a = weir_gather_memory_max(self->items_max, self->vecs[0].of), all;
    size_t b = weir_gather_memory_max(self->items_max, self->vecs[1].of);
    return __builtin_add_overflow(a, b, &all) ? SIZE_MAX : all;
}

static const weir_stream_ops unzip_ops = {.size = sizeof unzip_ops,
                                          .name = "unzip",
                                          .poll_next = unzip_poll_next,
                                          .size_hint = weir_size_hint_one,
                                          .fini = weir_two_vecs_fini,
                                          .memory_max = unzip_memory_max,
                                          .marks = WEIR_MARKS_LOSE};

/* A struct of the user's has no members that are known. */
static bool is_pair(const weir_type *type)
{
    if (!type->of[0] || !type->of[1])
        return false;
    const weir_type *pair = weir_type_pair(type->of[0], type->of[1]);
    return !pair || weir_type_fits(type, pair);
}

weir_stream *weir_unzip(weir_stream *source, size_t items_max)
{
    source = weir_expect_owned(source, "unzip");
    source = weir_expect_limit(source, "unzip", "items_max", items_max);
    if (weir_stage_failed(&source->stage))
        return source;
    const weir_type *pair = source->type;
    if (!is_pair(pair))
        return weir_stream_refuse(
            &source->stage, WEIR_E_TYPE, "weir_zip(), or a map whose .to is made by WEIR_PAIR()",
            "unzip takes pairs, but the source yields '%s'", pair->name, NULL, 0);
    weir_stream *stream =
        weir_two_vecs_new(source, sizeof(struct weir_two_vecs), &unzip_ops, items_max);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_two_vecs_of(stream)->vecs[0].of = pair->of[0];
    weir_two_vecs_of(stream)->vecs[1].of = pair->of[1];
    return stream;
}
