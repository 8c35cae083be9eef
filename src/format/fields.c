/* Records that were put together, and the owned copy of any record. */

#include <string.h>

#include "format/path.h"
#include "weir/record.h"

static size_t fields_count(const weir_type *type, const void *item)
{
    (void)type;
    return ((const weir_fields *)item)->n;
}

static bool fields_next(const weir_type *type, const void *item, weir_record_iter *iter,
                        weir_text *name, weir_value *value)
{
    (void)type;
    const weir_fields *self = item;
    if (iter->i >= self->n)
        return false;
    const weir_field *field = &self->fields[iter->i++];
    *name = field->name;
    *value = field->value;
    return true;
}

/* Of several of one name the first: where it stood in another record says nothing here. */
static bool fields_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    const weir_fields *self = item;
    size_t i = 0;
    while (i < self->n && !weir_text_same(self->fields[i].name, name->text))
        i++;
    if (i < self->n)
        *value = self->fields[i].value;
    return i < self->n;
}

static bool fields_text(const weir_type *type, const void *item, weir_record_form form,
                        weir_text *out)
{
    (void)type;
    const weir_fields *self = item;
    *out = self->text;
    return form != WEIR_FORM_NONE && self->form == form;
}

/* ---- a copy: one block, which holds its size, all fields, all nested records, all bytes ---- */

struct fields_block {
    size_t size;
    size_t fields_n;
    size_t nested_n;
    size_t bytes_n;
};

static weir_field *fields_of(struct fields_block *block)
{
    return (weir_field *)(void *)(block + 1);
}

static bool is_nested(const weir_value *value)
{
    return value->kind == WEIR_VALUE_RECORD || value->kind == WEIR_VALUE_LIST;
}

static bool fields_has_text(const weir_value *value)
{
    return value->kind >= WEIR_VALUE_NUMBER && value->kind <= WEIR_VALUE_WORD;
}

/* The text it came as, in whichever form that was. */
static weir_text fields_text_of(weir_record_view record, weir_record_form *form)
{
    weir_text found;
    for (*form = WEIR_FORM_JSON; *form <= WEIR_FORM_CSV; (*form)++)
        if (weir_record_text(record, *form, &found))
            return found;
    *form = WEIR_FORM_NONE;
    return (weir_text){NULL, 0};
}

/* false: nested too deep. */
static bool fields_measure(weir_record_view record, size_t depth, struct fields_block *sum)
{
    weir_text name;
    weir_value value;
    for (weir_record_iter iter = {0}; weir_record_next(record, &iter, &name, &value);) {
        sum->fields_n++;
        sum->bytes_n += name.size + (fields_has_text(&value) ? value.is.text.size : 0);
        if (!is_nested(&value))
            continue;
        sum->nested_n++;
        if (depth == WEIR_RECORD_DEPTH_MAX || !fields_measure(value.is.record, depth + 1, sum))
            return false;
    }
    return true;
}

/* Where the next parts of the copy stand. */
struct fields_rooms {
    weir_field *fields;
    weir_fields *nested;
    char *bytes;
};

static weir_text copy_text(struct fields_rooms *rooms, weir_text from)
{
    weir_text copy = {rooms->bytes, from.size};
    if (from.size)
        memcpy(rooms->bytes, from.data, from.size);
    rooms->bytes += from.size;
    return copy;
}

static weir_fields copy_record(weir_record_view record, struct fields_rooms *rooms);

static weir_value copy_value(struct fields_rooms *rooms, weir_value value)
{
    if (fields_has_text(&value))
        value.is.text = copy_text(rooms, value.is.text);
    if (is_nested(&value)) {
        weir_fields *nested = rooms->nested++;
        *nested = copy_record(value.is.record, rooms);
        value.is.record = (weir_record_view){&weir_type_fields, nested};
    }
    return value;
}

/* The fields of one record stand side by side: what is nested in them is copied behind them. They
 * are as many as the walk gives, as fields_measure() found: a count may promise more. */
static weir_fields copy_record(weir_record_view record, struct fields_rooms *rooms)
{
    weir_field *field = rooms->fields;
    weir_fields copy = {.fields = field};
    weir_text name;
    weir_value value;
    for (weir_record_iter iter = {0}; weir_record_next(record, &iter, &name, &value); copy.n++)
        field[copy.n] = (weir_field){copy_text(rooms, name), value};
    rooms->fields += copy.n;
    for (size_t i = 0; i < copy.n; i++)
        field[i].value = copy_value(rooms, field[i].value);
    return copy;
}

/* false: nested too deep. */
static bool measure_all(weir_record_view record, weir_text came, struct fields_block *sum)
{
    *sum = (struct fields_block){.bytes_n = came.size};
    if (!fields_measure(record, 0, sum))
        return false;
    sum->size = sizeof *sum + sum->fields_n * sizeof(weir_field) +
                sum->nested_n * sizeof(weir_fields) + sum->bytes_n;
    return true;
}

size_t weir_fields_bytes(weir_record_view record)
{
    weir_record_form form;
    struct fields_block sum;
    return measure_all(record, fields_text_of(record, &form), &sum) ? sum.size : SIZE_MAX;
}

bool weir_fields_own(const weir_type *type, void *out, const void *in)
{
    weir_record_view record = {type, in};
    weir_record_form form;
    weir_text came = fields_text_of(record, &form);
    struct fields_block sum;
    if (!measure_all(record, came, &sum))
        return false;
    struct fields_block *block = weir_allocate(sum.size);
    if (!block)
        return false;
    *block = sum;
    struct fields_rooms rooms = {.fields = fields_of(block)};
    rooms.nested = (weir_fields *)(void *)(rooms.fields + sum.fields_n);
    rooms.bytes = (char *)(rooms.nested + sum.nested_n);
    weir_fields copy = copy_record(record, &rooms);
    copy.text = copy_text(&rooms, came);
    copy.form = form;
    memcpy(out, &copy, sizeof copy);
    return true;
}

void weir_fields_drop(weir_fields *fields)
{
    if (fields->fields) {
        const struct fields_block *block =
            (const struct fields_block *)(const void *)fields->fields - 1;
        weir_release((void *)(uintptr_t)block, block->size);
    }
    *fields = (weir_fields){0};
}

static void fields_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_fields_drop(item);
}

static const weir_record_ops fields_ops = {.size = sizeof fields_ops,
                                           .count = fields_count,
                                           .next = fields_next,
                                           .find = fields_find,
                                           .text = fields_text};

const weir_type weir_type_fields = {.name = "weir_fields",
                                    .size = sizeof(weir_fields),
                                    .align = _Alignof(weir_fields),
                                    .lent = true,
                                    .owned = &weir_type_owned_fields,
                                    .own = weir_fields_own,
                                    .record = &fields_ops};
const weir_type weir_type_owned_fields = {.name = "weir_fields", /* used as one */
                                          .size = sizeof(weir_fields),
                                          .align = _Alignof(weir_fields),
                                          .drop = fields_drop,
                                          .clone = weir_fields_own,
                                          .record = &fields_ops};
