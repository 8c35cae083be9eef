/* The one item type: a number, an error's number, or an array of values. */

#include "conform.h"

#include <stdio.h>
#include <stdlib.h>

int64_t value_live;

static void drop_item(const weir_type *type, void *item)
{
    (void)type;
    value_drop(item);
}

const weir_type value_type = {.name = "value",
                              .size = sizeof(struct value),
                              .align = _Alignof(struct value),
                              .drop = drop_item};

const weir_type judged_type = {.name = "judged",
                               .size = sizeof(struct judged),
                               .align = _Alignof(struct judged),
                               .drop = drop_item};

struct value value_int(int64_t n)
{
    value_live++;
    return (struct value){.kind = VALUE_INT, .n = n};
}

struct value value_error(int64_t n)
{
    value_live++;
    return (struct value){.kind = VALUE_ERROR, .n = n};
}

struct value value_error_behind(int64_t n, struct value chunk)
{
    chunk.kind = VALUE_ERROR;
    chunk.n = n;
    return chunk;
}

struct value value_array(size_t n)
{
    struct value_array *array = malloc(sizeof *array + n * sizeof(struct value));
    if (!array) {
        fputs("conform: no memory\n", stderr);
        exit(2);
    }
    array->n = n;
    value_live++;
    return (struct value){.kind = VALUE_ARRAY, .array = array};
}

void value_drop(struct value *value)
{
    value_live--;
    if (!value->array)
        return;
    for (size_t i = 0; i < value->array->n; i++)
        value_drop(&value->array->items[i]);
    free(value->array);
    value->array = NULL;
}

struct value value_from_json(const json_t *json)
{
    if (json_is_integer(json))
        return value_int(json_integer_value(json));
    if (json_is_object(json))
        return value_error(json_integer_value(json_object_get(json, "err")));
    struct value made = value_array(json_array_size(json));
    for (size_t i = 0; i < made.array->n; i++)
        made.array->items[i] = value_from_json(json_array_get(json, i));
    return made;
}

static json_t *array_to_json(const struct value_array *array)
{
    json_t *made = json_array();
    for (size_t i = 0; i < array->n; i++)
        json_array_append_new(made, value_to_json(&array->items[i]));
    return made;
}

json_t *value_to_json(const struct value *value)
{
    if (value->kind == VALUE_INT)
        return json_integer(value->n);
    if (value->kind == VALUE_ARRAY)
        return array_to_json(value->array);
    json_t *made = json_pack("{s:I}", "err", (json_int_t)value->n);
    if (value->array)
        json_object_set_new(made, "chunk", array_to_json(value->array));
    return made;
}

int64_t value_number(const struct value *value)
{
    if (value->kind != VALUE_ARRAY)
        return value->n;
    uint64_t sum = 0;
    for (size_t i = 0; i < value->array->n; i++)
        sum += (uint64_t)value_number(&value->array->items[i]);
    return (int64_t)sum;
}
