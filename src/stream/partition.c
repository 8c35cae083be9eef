/* partition: a vec of the items for which fn is true, and one of the others. */

#include "stream/two_vecs.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct partition {
    struct weir_two_vecs two;
    const weir_filter_fn *fn;
    void *arg;
};

static struct partition *partition_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct partition, two.stream);
}

static bool partition_one(struct partition *self, weir_cx *cx, void *item)
{
    struct weir_two_vecs *two = &self->two;
    int i = self->fn->one(item, self->arg) ? 0 : 1;
    if (!weir_two_vecs_room(two, cx, i, 1, two->vecs[0].n + two->vecs[1].n, WEIR_ROOM_MIN))
        return false;
    weir_vec_append(&two->vecs[i], item, 1);
    return true;
}

static bool partition_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    const weir_type *type = weir_source(stream)->type;
    char *at = items, *end = at + n * type->size;
    for (; at < end; at += type->size) {
        if (partition_one(partition_of(stream), cx, at))
            continue;
        weir_type_drop_items(type, at, (size_t)(end - at) / type->size);
        return false;
    }
    return true;
}

static weir_poll partition_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_two_vecs_poll(stream, cx, out, partition_take);
}

/* Either may have grown to hold nearly all of them. */
static size_t partition_memory_max(const weir_stream *stream)
{
    size_t items_max = partition_of(stream)->two.items_max;
    size_t bytes = weir_gather_memory_max(items_max, weir_source(stream)->type);
    return bytes > SIZE_MAX / 2 ? SIZE_MAX : 2 * bytes;
}

static const weir_stream_ops partition_ops = {.size = sizeof partition_ops,
                                              .name = "partition",
                                              .fn = offsetof(struct partition, fn),
                                              .poll_next = partition_poll_next,
                                              .size_hint = weir_size_hint_one,
                                              .fini = weir_two_vecs_fini,
                                              .memory_max = partition_memory_max,
                                              .marks = WEIR_MARKS_LOSE};

weir_stream *weir_partition(weir_stream *source, const weir_filter_fn *fn, void *arg,
                            size_t items_max)
{
    source = weir_expect_type(source, "partition", fn->name, fn->of);
    source = weir_expect_size(source, "partition", fn->name, fn->of, fn->of_size);
    source = weir_expect_owned(source, "partition");
    source = weir_expect_limit(source, "partition", "items_max", items_max);
    if (weir_stage_failed(&source->stage))
        return source;
    weir_stream *stream =
        weir_two_vecs_new(source, sizeof(struct partition), &partition_ops, items_max);
    if (weir_stage_failed(&stream->stage))
        return stream;
    partition_of(stream)->two.vecs[0].of = source->type;
    partition_of(stream)->two.vecs[1].of = source->type;
    partition_of(stream)->fn = fn;
    partition_of(stream)->arg = arg;
    return stream;
}
