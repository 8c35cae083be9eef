/* where: the records one of whose fields compares so with a value. */

#include "core/poll.h"
#include "format/number.h"
#include "format/path.h"
#include "weir/fields.h"

struct where {
    weir_stream stream;
    struct weir_path path;
    weir_where_op op;
    weir_value value;
    weir_text text; /* the value's */
    char scratch[WEIR_VALUE_TEXT_BYTES];
};

static struct where *where_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct where, stream);
}

static bool where_is_held(const struct where *self, weir_text text)
{
    if (self->op == WEIR_WHERE_CONTAINS)
        return !self->text.size || memmem(text.data, text.size, self->text.data, self->text.size);
    if (text.size < self->text.size)
        return false;
    size_t at = self->op == WEIR_WHERE_ENDS ? text.size - self->text.size : 0;
    return !self->text.size || memcmp(text.data + at, self->text.data, self->text.size) == 0;
}

static bool holds(const struct where *self, const weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    return weir_value_text(value, scratch, &text) && where_is_held(self, text);
}

static bool compares(const struct where *self, const weir_value *value)
{
    bool ordered = !weir_value_empty(value) && value->kind < WEIR_VALUE_LIST;
    int order = weir_value_compare(value, &self->value);
    switch (self->op) {
    case WEIR_WHERE_EQ:
        return order == 0;
    case WEIR_WHERE_NE:
        return order != 0;
    case WEIR_WHERE_LT:
        return ordered && order < 0;
    case WEIR_WHERE_LE:
        return ordered && order <= 0;
    case WEIR_WHERE_GT:
        return ordered && order > 0;
    default:
        return ordered && order >= 0;
    }
}

static bool where_matches(struct where *self, weir_record_view record)
{
    weir_value value;
    bool found = weir_path_find(&self->path, record, &value);
    if (self->op == WEIR_WHERE_EXISTS)
        return found;
    if (!found)
        return self->op == WEIR_WHERE_NE || self->op == WEIR_WHERE_MISSING;
    if (self->op >= WEIR_WHERE_CONTAINS)
        return self->op != WEIR_WHERE_MISSING && holds(self, &value);
    return compares(self, &value);
}

/* Moves those that match to the front. */
static uint32_t where_sift(struct where *self, char *items, uint32_t n)
{
    const weir_type *type = self->stream.type;
    char *to = items;
    for (char *at = items, *end = items + n * type->size; at < end; at += type->size) {
        if (!where_matches(self, (weir_record_view){type, at})) {
            weir_type_drop_items(type, at, 1);
            continue;
        }
        if (to != at)
            memcpy(to, at, type->size);
        to += type->size;
    }
    return (uint32_t)((size_t)(to - items) / type->size);
}

static weir_poll where_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    got.n = got.n ? where_sift(where_of(stream), out, got.n) : 0;
    return got;
}

static weir_hint where_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops where_ops = {.size = sizeof where_ops,
                                          .name = "where",
                                          .poll_next = where_poll_next,
                                          .size_hint = where_size_hint,
                                          .marks = WEIR_MARKS_PASS};

/* A whole number is kept as one, so that it is read once; not 007, whose text is another. */
static void settle_number(weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    struct weir_value_number number = weir_value_number(value);
    weir_value whole = {WEIR_VALUE_I64, {.i64 = number.is.i64}};
    if (number.kind == WEIR_NUMBER_I64 && weir_value_text(&whole, scratch, &text) &&
        weir_text_same(text, value->is.text))
        *value = whole;
}

static bool keep_value(struct where *self, weir_value value)
{
    self->value = value;
    if (value.kind >= WEIR_VALUE_NUMBER && value.kind <= WEIR_VALUE_WORD) {
        self->value.is.text = weir_path_copy(self->stream.stage.arena, value.is.text);
        if (!self->value.is.text.data)
            return false;
        settle_number(&self->value);
    }
    if (!weir_value_text(&self->value, self->scratch, &self->text))
        self->text = (weir_text){"", 0};
    return true;
}

weir_stream *weir_where(weir_stream *source, const char *field, weir_where_op op, weir_value value)
{
    source = weir_expect_record(source, "where");
    weir_stream *stream = weir_stream_new(source, sizeof(struct where), &where_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (op > WEIR_WHERE_MISSING)
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "one of weir_where_op",
                                  "where: there is no operator %s%s%zu", "", "", op);
    if (value.kind >= WEIR_VALUE_LIST)
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "a number or text",
                                  "where: a field is compared with something nested", NULL, NULL,
                                  0);
    struct where *self = where_of(stream);
    self->op = op;
    stream->stage.one = source->stage.one;
    if (weir_path_init(&self->path, stream->stage.arena, field) && keep_value(self, value))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for where", NULL,
                              NULL, 0);
}
