/* put: each record with one field of another value. What is given is a view of what came: nothing
 * is copied, however many fields there are. */

#include "format/path.h"
#include "format/remake.h"
#include "weir/fields.h"

enum { PUT_ITEMS_MAX = 32 }; /* at once */

/* What it gives. */
struct put_record {
    weir_record_view in;
    weir_text name;
    weir_value value; /* NONE: nothing changes */
    bool replaces;    /* there was such a field */
};

struct put {
    struct weir_remake remake;
    weir_name name;
    weir_value value;
    struct weir_path from; /* of put_from */
    bool is_from;
    struct put_record names; /* of no record */
};

/* One field more than came, behind the last. */
static bool adds(const struct put_record *self)
{
    return self->value.kind != WEIR_VALUE_NONE && !self->replaces;
}

static size_t put_count(const weir_type *type, const void *item)
{
    (void)type;
    const struct put_record *self = item;
    return weir_record_count(self->in) + adds(self);
}

/* What came says itself where it ends: iter->i also counts what it passed over. Then iter->where
 * points into this item, where nothing else points, and says that its own field was given. */
static bool put_next(const weir_type *type, const void *item, weir_record_iter *iter,
                     weir_text *name, weir_value *value)
{
    (void)type;
    const struct put_record *self = item;
    if (iter->where == &self->name)
        return false;
    if (weir_record_next(self->in, iter, name, value)) {
        if (self->replaces && weir_text_same(*name, self->name))
            *value = self->value;
        return true;
    }
    if (!adds(self))
        return false;
    iter->i++;
    iter->where = &self->name;
    *name = self->name;
    *value = self->value;
    return true;
}

static bool put_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    const struct put_record *self = item;
    if (self->value.kind == WEIR_VALUE_NONE || !weir_text_same(name->text, self->name))
        return weir_record_find(self->in, name, value);
    *value = self->value;
    return true;
}

static bool put_text(const weir_type *type, const void *item, weir_record_form form, weir_text *out)
{
    (void)type;
    const struct put_record *self = item;
    return self->value.kind == WEIR_VALUE_NONE && weir_record_text(self->in, form, out);
}

static const weir_record_ops put_record_ops = {.size = sizeof put_record_ops,
                                               .count = put_count,
                                               .next = put_next,
                                               .find = put_find,
                                               .text = put_text};

static const weir_type put_type =
    WEIR_TYPE_(struct put_record, .lent = true, .owned = &weir_type_owned_fields,
               .own = weir_fields_own, .record = &put_record_ops);

static struct put *put_of(struct weir_remake *remake)
{
    return WEIR_CONTAINER(remake, struct put, remake);
}

static bool refuse_item(const struct put *self, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "'%s' can not be put here: the value is no object",
                   self->name.text.data);
    return false;
}

static bool put_one(struct weir_remake *remake, void *out, weir_record_view in, weir_error *error)
{
    struct put *self = put_of(remake);
    struct put_record record = {.in = in, .name = self->name.text, .value = self->value};
    weir_value old;
    weir_text text;
    if (self->is_from && !weir_path_find(&self->from, in, &record.value))
        record.value.kind = WEIR_VALUE_NONE;
    if (record.value.kind != WEIR_VALUE_NONE) {
        if (weir_record_no_object(in, &text)) /* with a field more it would be another thing */
            return refuse_item(self, error);
        record.replaces = weir_record_find(in, &self->name, &old);
    }
    *(struct put_record *)out = record;
    return true;
}

static void put_fini(weir_stream *stream)
{
    weir_remake_drop(WEIR_CONTAINER(stream, struct weir_remake, stream));
}

static bool put_names(const weir_stream *stream, weir_record_view *out)
{
    struct put *self = WEIR_CONTAINER(stream, struct put, remake.stream);
    struct put_record *names = &self->names;
    weir_value old;
    *names = (struct put_record){.name = self->name.text, .value = {WEIR_VALUE_NULL, {0}}};
    *out = (weir_record_view){&put_type, names};
    if (!weir_record_names(weir_source(stream), &names->in))
        return false;
    if (self->is_from && !weir_path_find(&self->from, names->in, &old))
        names->value.kind = WEIR_VALUE_NONE;
    names->replaces = weir_record_find(names->in, &self->name, &old);
    return true;
}

static const weir_stream_ops put_ops = {.size = sizeof put_ops,
                                        .name = "put",
                                        .poll_next = weir_remake_poll_next,
                                        .fini = put_fini,
                                        .size_hint = weir_remake_size_hint,
                                        .marks = WEIR_MARKS_PASS,
                                        .names = put_names,
                                        .rejected = weir_remake_rejected};

static weir_stream *put_refuse_memory(weir_stream *stream)
{
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for put", NULL, NULL,
                              0);
}

static weir_stream *put_new(weir_stream *source, const char *name)
{
    weir_stream *stream =
        weir_remake_new(source, sizeof(struct put), &put_ops, &put_type, put_one, PUT_ITEMS_MAX);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct put *self = WEIR_CONTAINER(stream, struct put, remake.stream);
    self->name.text = weir_path_copy(stream->stage.arena, (weir_text){name, strlen(name)});
    return self->name.text.data ? stream : put_refuse_memory(stream);
}

weir_stream *weir_put(weir_stream *source, const char *name, weir_value value)
{
    weir_stream *stream = put_new(source, name);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct put *self = WEIR_CONTAINER(stream, struct put, remake.stream);
    self->value = value;
    if (value.kind < WEIR_VALUE_NUMBER || value.kind > WEIR_VALUE_WORD)
        return stream;
    self->value.is.text = weir_path_copy(stream->stage.arena, value.is.text);
    return self->value.is.text.data ? stream : put_refuse_memory(stream);
}

weir_stream *weir_put_from(weir_stream *source, const char *name, const char *field)
{
    weir_stream *stream = put_new(source, name);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct put *self = WEIR_CONTAINER(stream, struct put, remake.stream);
    self->is_from = true;
    return weir_path_init(&self->from, stream->stage.arena, field) ? stream
                                                                   : put_refuse_memory(stream);
}
