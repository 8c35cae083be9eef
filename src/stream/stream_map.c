/* stream_map: a set of streams that are known by keys. Each stands below a stage that puts its key
 * before its items, and stands in a table under it. */

#include <string.h>

#include "core/table.h"
#include "stream/member.h"
#include "stream/set.h"

struct weir_keyed {
    struct weir_set set;
    const weir_type *of; /* what the streams yield */
    struct weir_table table;
};

/* ---- a stream with its key ---- */

struct labelled {
    weir_stream stream;
    weir_keyed *map;
    uint64_t key;
    size_t offset; /* of the item behind the key */
};

static struct labelled *labelled_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct labelled, stream);
}

static weir_poll labelled_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct labelled *self = labelled_of(stream);
    const weir_type *type = stream->type;
    char *at = out;
    weir_poll got = poll_next(weir_source(stream), cx, at + (demand == 1) * self->offset, demand);
    if (demand > 1)
        weir_member_spread(at, type->size, self->offset, type->of[1]->size, got.n);
    for (uint32_t i = 0; i < got.n; i++, at += type->size)
        memcpy(at, &self->key, sizeof self->key);
    return got;
}

/* Dropped in the set: the key is free again. */
static void labelled_fini(weir_stream *stream)
{
    struct weir_table *table = &labelled_of(stream)->map->table;
    void *value = weir_table_find(table, &labelled_of(stream)->key);
    if (value)
        weir_table_remove(table, value);
}

static weir_hint labelled_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops labelled_ops = {.size = sizeof labelled_ops,
                                             .name = "stream_map",
                                             .poll_next = labelled_poll_next,
                                             .fini = labelled_fini,
                                             .size_hint = labelled_size_hint};

static weir_stream *labelled_new(weir_keyed *map, uint64_t key, weir_stream *stream)
{
    const weir_type *type = map->set.stream.type;
    stream = weir_set_expect(&map->set, stream, map->of);
    stream = weir_stream_new(stream, sizeof(struct labelled), &labelled_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct labelled *self = labelled_of(stream);
    self->map = map;
    self->key = key;
    self->offset = weir_type_second_offset(type);
    return stream;
}

/* ---- the set ---- */

static weir_keyed *stream_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_keyed, set.stream);
}

/* Nothing goes on between two polls: what is taken from a stream belongs to its key, which may be
 * another one's by the time it is given. */
static weir_poll stream_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_merging_poll(&stream_map_of(stream)->set.merging, cx, out, demand);
}

static void stream_map_fini(weir_stream *stream)
{
    weir_set_fini(stream);
    weir_table_fini(&stream_map_of(stream)->table);
}

static size_t stream_map_memory_max(const weir_stream *stream)
{
    size_t bytes = weir_set_memory_max(stream);
    size_t table = weir_table_memory_max(&stream_map_of(stream)->table);
    return __builtin_add_overflow(bytes, table, &bytes) ? SIZE_MAX : bytes;
}

static const weir_stream_ops stream_map_ops = {.size = sizeof stream_map_ops,
                                               .name = "stream_map",
                                               .poll_next = stream_map_poll_next,
                                               .fini = stream_map_fini,
                                               .size_hint = weir_set_size_hint,
                                               .input = weir_set_input,
                                               .memory_max = stream_map_memory_max};

weir_stream *weir_stream_map(const weir_type *type, size_t limit, weir_keyed **map)
{
    weir_stream *stream = weir_set_new(sizeof(struct weir_keyed), &stream_map_ops,
                                       weir_type_indexed(type), limit, WEIR_SET_STREAMS);
    *map = (weir_keyed *)stream;
    if (weir_stage_failed(&stream->stage))
        return stream;
    (*map)->of = type;
    weir_table_init(&(*map)->table, sizeof(uint64_t), sizeof(weir_stream *), limit, 0);
    return stream;
}

/* ---- keys ---- */

static bool stream_map_failed(const weir_keyed *map)
{
    return weir_stage_failed(&map->set.stream.stage);
}

static struct weir_stream_child *stream_map_child_of(weir_keyed *map, const weir_stream *labelled)
{
    struct weir_stream_child *child = map->set.merging.set.first;
    while (child->stream != labelled)
        child = child->next;
    return child;
}

enum {
    LABELLED_BYTES =
        sizeof(struct labelled) > WEIR_STAGE_BYTES ? sizeof(struct labelled) : WEIR_STAGE_BYTES
};

/* Out of the set. The stage that knew its key goes back to the stream's arena, so that a stream may
 * come and go for ever. */
static weir_stream *unlabel(weir_keyed *map, weir_stream *labelled)
{
    weir_stream *stream =
        weir_source(weir_set_give_up(&map->set, stream_map_child_of(map, labelled)));
    weir_stage_goes(&labelled->stage);
    weir_arena_give_back(stream->stage.arena, labelled, LABELLED_BYTES);
    return stream;
}

/* What stands under the key; a new entry, zeroed, where nothing does. NULL: no room. */
static weir_stream **stream_map_entry_of(weir_keyed *map, uint64_t key)
{
    weir_stream **entry = weir_table_find(&map->table, &key);
    bool reserved =
        entry ? weir_children_reserve(&map->set.merging.set) : weir_set_reserve(&map->set);
    if (!reserved)
        return NULL;
    return entry ? entry : weir_table_add(&map->table, &key);
}

bool weir_stream_map_insert(weir_keyed *map, uint64_t key, weir_stream *stream,
                            weir_stream **replaced)
{
    weir_stream **entry = stream_map_failed(map) ? NULL : stream_map_entry_of(map, key);
    if (!entry)
        return false;
    weir_stream *old = *entry ? unlabel(map, *entry) : NULL;
    stream = labelled_new(map, key, stream);
    if (weir_stage_failed(&stream->stage))
        weir_table_remove(&map->table, entry); /* it has an error to give, and no key */
    else
        *entry = stream;
    weir_set_add(&map->set, stream, false);
    if (replaced)
        *replaced = old;
    else
        weir_drop(old);
    return true;
}

weir_stream *weir_stream_map_remove(weir_keyed *map, uint64_t key)
{
    weir_stream **entry = stream_map_failed(map) ? NULL : weir_table_find(&map->table, &key);
    if (!entry)
        return NULL;
    weir_stream *stream = unlabel(map, *entry);
    weir_table_remove(&map->table, entry);
    return stream;
}

bool weir_stream_map_contains(const weir_keyed *map, uint64_t key)
{
    return !stream_map_failed(map) && weir_table_find(&map->table, &key);
}

size_t weir_stream_map_len(const weir_keyed *map)
{
    return weir_set_len(&map->set);
}

void weir_stream_map_clear(weir_keyed *map)
{
    weir_set_clear(&map->set);
}
