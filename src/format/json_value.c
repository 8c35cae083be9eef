/* Values of JSON: what they are, as records, and at a path. */

#ifdef WEIR_HAVE_YYJSON
#include <string.h>
#include <yyjson.h>

#include "weir/json.h"

/* ---- a value inside of another: the item is yyjson's ---- */

static const weir_type nested_type;

static weir_text json_value_text_of(yyjson_val *from)
{
    return (weir_text){unsafe_yyjson_get_str(from), unsafe_yyjson_get_len(from)};
}

static weir_value json_value_of(yyjson_val *from)
{
    weir_value value = {.kind = WEIR_VALUE_NULL};
    switch (unsafe_yyjson_get_type(from)) {
    case YYJSON_TYPE_BOOL:
        value.kind = WEIR_VALUE_BOOL;
        value.is.boolean = unsafe_yyjson_get_bool(from);
        break;
    case YYJSON_TYPE_RAW:
        value.kind = WEIR_VALUE_NUMBER;
        value.is.text = json_value_text_of(from);
        break;
    case YYJSON_TYPE_STR:
        value.kind = WEIR_VALUE_TEXT;
        value.is.text = json_value_text_of(from);
        break;
    case YYJSON_TYPE_ARR:
        value.kind = WEIR_VALUE_LIST;
        value.is.record = (weir_record_view){&nested_type, from};
        break;
    case YYJSON_TYPE_OBJ:
        value.kind = WEIR_VALUE_RECORD;
        value.is.record = (weir_record_view){&nested_type, from};
        break;
    default:
        break;
    }
    return value;
}

/* ---- as records ---- */

static size_t json_value_count_of(yyjson_val *root)
{
    return unsafe_yyjson_is_ctn(root) ? unsafe_yyjson_get_len(root) : 0;
}

/* A walk stands at the next value, of an object at its name. */
static bool json_value_next_of(yyjson_val *root, weir_record_iter *iter, weir_text *name,
                               weir_value *value)
{
    if (iter->i >= json_value_count_of(root))
        return false;
    yyjson_val *at = iter->i ? (yyjson_val *)(uintptr_t)iter->where : unsafe_yyjson_get_first(root);
    *name = (weir_text){"", 0};
    if (unsafe_yyjson_get_type(root) == YYJSON_TYPE_OBJ)
        *name = json_value_text_of(at++);
    *value = json_value_of(at);
    iter->where = unsafe_yyjson_get_next(at);
    iter->i++;
    return true;
}

static bool find_in(yyjson_val *root, const weir_name *name, weir_value *value)
{
    if (unsafe_yyjson_get_type(root) != YYJSON_TYPE_OBJ)
        return false;
    yyjson_val *at = unsafe_yyjson_get_first(root);
    for (size_t n = unsafe_yyjson_get_len(root); n; n--) {
        if (unsafe_yyjson_get_len(at) == name->text.size &&
            memcmp(unsafe_yyjson_get_str(at), name->text.data, name->text.size) == 0) {
            *value = json_value_of(at + 1);
            return true;
        }
        at = unsafe_yyjson_get_next(at + 1);
    }
    return false;
}

static size_t nested_count(const weir_type *type, const void *item)
{
    (void)type;
    return json_value_count_of((yyjson_val *)(uintptr_t)item);
}

static bool nested_next(const weir_type *type, const void *item, weir_record_iter *iter,
                        weir_text *name, weir_value *value)
{
    (void)type;
    return json_value_next_of((yyjson_val *)(uintptr_t)item, iter, name, value);
}

static bool nested_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    return find_in((yyjson_val *)(uintptr_t)item, name, value);
}

static const weir_record_ops nested_ops = {
    .size = sizeof nested_ops, .count = nested_count, .next = nested_next, .find = nested_find};

static const weir_type nested_type = {.name = "JSON value",
                                      .size = sizeof(yyjson_val),
                                      .align = _Alignof(yyjson_val),
                                      .lent = true,
                                      .record = &nested_ops};

/* ---- the value of a text ---- */

static yyjson_val *root_of(const void *item)
{
    return (yyjson_val *)(uintptr_t)((const weir_json *)item)->root;
}

weir_value weir_json_value(const weir_json *json)
{
    return json_value_of(root_of(json));
}

static size_t json_count(const weir_type *type, const void *item)
{
    (void)type;
    return json_value_count_of(root_of(item));
}

static bool json_next(const weir_type *type, const void *item, weir_record_iter *iter,
                      weir_text *name, weir_value *value)
{
    (void)type;
    return json_value_next_of(root_of(item), iter, name, value);
}

static bool json_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    return find_in(root_of(item), name, value);
}

static bool json_text(const weir_type *type, const void *item, weir_record_form form,
                      weir_text *out)
{
    (void)type;
    *out = ((const weir_json *)item)->text;
    return form == WEIR_FORM_JSON;
}

static const weir_record_ops json_ops = {.size = sizeof json_ops,
                                         .count = json_count,
                                         .next = json_next,
                                         .find = json_find,
                                         .text = json_text};

const weir_type weir_type_json = {.name = "weir_json",
                                  .size = sizeof(weir_json),
                                  .align = _Alignof(weir_json),
                                  .lent = true,
                                  .owned = &weir_type_owned_fields,
                                  .own = weir_fields_own,
                                  .record = &json_ops};
#endif
