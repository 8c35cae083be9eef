/* Any record, by its type's way of looking at it. */

#include "weir/record.h"

#include <string.h>

#include "bytes/raw.h"

size_t weir_record_count(weir_record_view record)
{
    return record.type->record->count(record.type, record.item);
}

bool weir_record_next(weir_record_view record, weir_record_iter *iter, weir_text *name,
                      weir_value *value)
{
    return record.type->record->next(record.type, record.item, iter, name, value);
}

bool weir_record_text(weir_record_view record, weir_record_form form, weir_text *out)
{
    const weir_record_ops *ops = record.type->record;
    return WEIR_OPS_HAVE(ops, text) && ops->text(record.type, record.item, form, out);
}

static bool is_called(weir_text found, const weir_name *name)
{
    return found.size == name->text.size && memcmp(found.data, name->text.data, found.size) == 0;
}

/* Records of one source are alike: it mostly stands where it stood. */
static bool find_by_looking(weir_record_view record, weir_name *name, weir_value *value)
{
    weir_record_iter last = {name->hint, NULL};
    weir_text found;
    if (record.type->record->indexed && weir_record_next(record, &last, &found, value) &&
        is_called(found, name))
        return true;
    for (weir_record_iter iter = {0}; weir_record_next(record, &iter, &found, value);)
        if (is_called(found, name)) {
            name->hint = iter.i - 1;
            return true;
        }
    return false;
}

bool weir_record_find(weir_record_view record, weir_name *name, weir_value *value)
{
    const weir_record_ops *ops = record.type->record;
    bool found = WEIR_OPS_HAVE(ops, find) ? ops->find(record.type, record.item, name, value)
                                          : find_by_looking(record, name, value);
    if (!found)
        value->kind = WEIR_VALUE_NONE;
    return found;
}

weir_stream *weir_expect_record(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || source->type->record)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "a stage before it that makes records, as csv and ndjson do",
                              "%s: items of '%s' have no fields", stage, source->type->name, 0);
}
