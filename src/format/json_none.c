/* Reading JSON in a library that was built without yyjson: everything says so. */

#ifndef WEIR_HAVE_YYJSON
#include "format/json_parse.h"

static weir_stream *json_none_missing(weir_reader *source)
{
    if (weir_stage_failed(&source->stage))
        return weir_stream_over(source, sizeof(weir_stream), NULL, &weir_type_json);
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, WEIR_JSON_CURE, WEIR_JSON_MISSING,
                              NULL, NULL, 0);
}

weir_stream *weir_ndjson(weir_reader *source, const weir_json_options *options)
{
    (void)options;
    return json_none_missing(source);
}

weir_stream *weir_json_doc(weir_reader *source, size_t bytes_max)
{
    (void)bytes_max;
    return json_none_missing(source);
}

weir_value weir_json_value(const weir_json *json)
{
    (void)json;
    return (weir_value){WEIR_VALUE_NONE, {0}};
}

/* Nobody has an item of it. */
static size_t json_none_count(const weir_type *type, const void *item)
{
    (void)type;
    (void)item;
    return 0;
}

static bool json_none_next(const weir_type *type, const void *item, weir_record_iter *iter,
                           weir_text *name, weir_value *value)
{
    (void)type;
    (void)item;
    (void)iter;
    (void)name;
    (void)value;
    return false;
}

static const weir_record_ops json_none_ops = {
    .size = sizeof json_none_ops, .count = json_none_count, .next = json_none_next};

const weir_type weir_type_json = {.name = "weir_json",
                                  .size = sizeof(weir_json),
                                  .align = _Alignof(weir_json),
                                  .lent = true,
                                  .owned = &weir_type_owned_fields,
                                  .own = weir_fields_own,
                                  .record = &json_none_ops};
#endif
