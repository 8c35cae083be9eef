/* keyed: records that become lines are messages, and fields of each are its key and its partition.
 * What encodes them gives a line for each in their order, so keys wait in a row until theirs comes.
 */
#include <stdio.h>

#include "pipeline/broker.h"
#include "pipeline/sought.h"

enum { ROW_KEYS = 2 * WEIR_DEMAND_MAX, LINES_AT_ONCE = 64, SHOWN_BYTES = 64 };

/* What is known of a message before its line comes. */
struct place {
    weir_owned_line key; /* of a partition that is no number: what is said instead */
    int32_t partition;
};

/* The records, before they are encoded. */
struct keys {
    weir_stream stream;
    const char *key, *partition;
    struct place row[ROW_KEYS];
    size_t first, n;
};

struct keyed {
    weir_stream stream;
    struct keys *keys;
    weir_line lines[LINES_AT_ONCE];
    weir_owned_line lent[LINES_AT_ONCE];
    uint32_t lent_n;
};

static struct keys *keys_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct keys, stream);
}

static struct keyed *keyed_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct keyed, stream);
}

static weir_owned_line text_of(const weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;

    return weir_value_text(value, scratch, &text) ? weir_owned_line_new(text.data, text.size)
                                                  : (weir_owned_line){NULL, 0};
}

/* Without the field, or without memory for it, there is none. */
static struct place place_of(const struct keys *self, weir_record_view record)
{
    struct place place = {.partition = -1};
    weir_value value;
    bool placed = self->partition && weir_pl_sought_find(record, self->partition, &value);

    if (placed)
        place.partition = weir_pl_broker_partition(&value);
    if (place.partition == BROKER_NO_PARTITION ||
        (self->key && weir_pl_sought_find(record, self->key, &value)))
        place.key = text_of(&value);
    return place;
}

static weir_poll keys_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct keys *self = keys_of(stream);
    size_t room = ROW_KEYS - self->n;

    if (!room)
        return weir_fail(cx, WEIR_E_LIMIT, "more than %d records wait for their lines", ROW_KEYS);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand < room ? demand : room);
    for (uint32_t i = 0; i < got.n; i++, self->n++)
        self->row[(self->first + self->n) % ROW_KEYS] =
            place_of(self, (weir_record_view){stream->type, (char *)out + i * stream->type->size});
    return got;
}

static struct place next_place(struct keys *self)
{
    struct place none = {.partition = -1};

    if (!self->n)
        return none;
    self->n--;
    return self->row[self->first++ % ROW_KEYS];
}

static void drop_next(struct keys *self)
{
    struct place place = next_place(self);
    weir_owned_line_drop(&place.key);
}

static void keys_fini(weir_stream *stream)
{
    while (keys_of(stream)->n)
        drop_next(keys_of(stream));
}

static const weir_stream_ops keys_ops = {.size = sizeof keys_ops,
                                         .name = "keys",
                                         .poll_next = keys_poll_next,
                                         .fini = keys_fini,
                                         .marks = WEIR_MARKS_PASS};

/* ---- a partition that is no number ---- */

static weir_poll fail_partition(weir_cx *cx, uint64_t record, const char *field, weir_line text)
{
    char shown[SHOWN_BYTES];

    snprintf(shown, sizeof shown, "%.*s", (int)text.size, text.size ? text.data : "");
    weir_fail(cx, WEIR_E_CORRUPT, "'%s' is '%s', which is no number of a partition", field, shown);
    cx->error.fatal = false;
    cx->error.record = record;
    cx->error.cure = "leave partition= out: the key says which one";
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- and behind that ---- */

static void let_go(struct keyed *self)
{
    for (uint32_t i = 0; i < self->lent_n; i++)
        weir_owned_line_drop(&self->lent[i]);
    self->lent_n = 0;
}

static weir_message message_of(struct keyed *self, weir_line line)
{
    struct place place = next_place(self->keys);

    self->lent[self->lent_n++] = place.key;
    line.size -= line.size && line.data[line.size - 1] == '\n';
    return (weir_message){.value = line,
                          .key = {place.key.data, place.key.size},
                          .partition = place.partition,
                          .offset = -1};
}

/* Where a partition may be wrong they come one by one: each that is has an error in its place. */
static weir_poll keyed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct keyed *self = keyed_of(stream);
    const struct keys *keys = self->keys;
    weir_message *messages = out;
    size_t most = keys->partition ? 1 : LINES_AT_ONCE;

    let_go(self);
    weir_poll got =
        weir_poll_next(weir_source(stream), cx, self->lines, demand < most ? demand : most);
    for (uint32_t i = 0; i < got.n; i++)
        messages[i] = message_of(self, self->lines[i]);
    if (got.state == WEIR_ERROR && weir_pl_to_failed(&cx->error)) /* its record has no line */
        drop_next(self->keys);
    if (got.n && messages[0].partition == BROKER_NO_PARTITION)
        return fail_partition(cx, weir_stage_n(&keys->stream.stage) - keys->n, keys->partition,
                              messages[0].key);
    return got;
}

static void keyed_fini(weir_stream *stream)
{
    let_go(keyed_of(stream));
}

static const weir_stream_ops keyed_ops = {.size = sizeof keyed_ops,
                                          .name = "keyed",
                                          .poll_next = keyed_poll_next,
                                          .fini = keyed_fini,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_pl_keys_build(weir_stream *records, const char *key, const char *partition)
{
    weir_stream *stream = weir_stream_new(records, sizeof(struct keys), &keys_ops, records->type);

    if (weir_stage_failed(&stream->stage))
        return stream;
    keys_of(stream)->key = key;
    keys_of(stream)->partition = partition;
    return stream;
}

weir_stream *weir_pl_keyed_build(weir_stream *lines, weir_stream *keys)
{
    weir_stream *stream =
        weir_stream_new(lines, sizeof(struct keyed), &keyed_ops, &weir_type_message);

    if (!weir_stage_failed(&stream->stage))
        keyed_of(stream)->keys = keys_of(keys);
    return stream;
}

/* ---- messages that have the field themselves ---- */

struct placed {
    weir_stream stream;
    const char *partition;
};

static weir_poll placed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    const char *field = WEIR_CONTAINER(stream, struct placed, stream)->partition;
    weir_stream *source = weir_source(stream);
    weir_poll got = weir_poll_next(source, cx, out, demand ? 1 : 0);
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text = {"", 0};
    weir_value value;

    if (!got.n || !weir_pl_sought_find((weir_record_view){stream->type, out}, field, &value) ||
        weir_pl_broker_partition(&value) != BROKER_NO_PARTITION)
        return got;
    weir_value_text(&value, scratch, &text);
    fail_partition(cx, weir_stage_n(&source->stage), field, (weir_line){text.data, text.size});
    weir_type_drop_items(stream->type, out, 1);
    return (weir_poll){0, WEIR_ERROR};
}

static const weir_stream_ops placed_ops = {.size = sizeof placed_ops,
                                           .name = "placed",
                                           .poll_next = placed_poll_next,
                                           .marks = WEIR_MARKS_PASS};

weir_stream *weir_pl_placed_build(weir_stream *messages, const char *partition)
{
    weir_stream *stream =
        weir_stream_new(messages, sizeof(struct placed), &placed_ops, messages->type);

    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct placed, stream)->partition = partition;
    return stream;
}
