/* A path into JSON: names and numbers, with points between them. */

#include <string.h>

#include "weir/json.h"

/* The item at a number; a list is walked up to it. */
static bool element(weir_record_view list, weir_text number, weir_value *value)
{
    weir_value word = {WEIR_VALUE_WORD, {.text = number}};
    weir_record_iter iter = {0};
    weir_text name;
    uint64_t i;
    if (!number.size || (unsigned char)(number.data[0] - '0') > 9 || !weir_value_u64(&word, &i))
        return false;
    while (weir_record_next(list, &iter, &name, value))
        if (!i--)
            return true;
    return false;
}

static bool json_path_step(weir_value *value, weir_text part)
{
    weir_record_view record = value->is.record;
    weir_name name = {part, 0};
    if (value->kind == WEIR_VALUE_RECORD)
        return weir_record_find(record, &name, value);
    return value->kind == WEIR_VALUE_LIST && element(record, part, value);
}

bool weir_json_get(const weir_json *json, const char *path, weir_value *out)
{
    *out = weir_json_value(json);
    for (;;) {
        size_t n = strcspn(path, ".");
        if (!json_path_step(out, (weir_text){path, n})) {
            out->kind = WEIR_VALUE_NONE;
            return false;
        }
        if (!path[n])
            return true;
        path += n + 1;
    }
}
