/* What records will have as fields, before there is one. */

#include <string.h>

#include "bytes/raw.h"
#include "weir/record.h"

/* ---- of a struct: its members ---- */

static size_t members_count(const weir_type *type, const void *item)
{
    (void)type;
    return ((const weir_record *)item)->n;
}

static bool members_next(const weir_type *type, const void *item, weir_record_iter *iter,
                         weir_text *name, weir_value *value)
{
    (void)type;
    const weir_record *record = item;
    if (iter->i >= record->n)
        return false;
    const char *text = record->members[iter->i++].name;
    *name = (weir_text){text, strlen(text)};
    *value = (weir_value){WEIR_VALUE_NULL, {0}};
    return true;
}

static const weir_record_ops names_members_ops = {.size = sizeof names_members_ops,
                                                  .indexed = true,
                                                  .count = members_count,
                                                  .next = members_next};
static const weir_type members_type = {.name = "weir_record",
                                       .size = sizeof(weir_record),
                                       .align = _Alignof(weir_record),
                                       .lent = true,
                                       .record = &names_members_ops};

/* ---- */

/* NULL: none that gives items of the same type. */
static const weir_stream *alike(const weir_stream *stream)
{
    const weir_stage *source = stream->stage.source;
    if (!source || source->vt->kind != WEIR_KIND_STREAM)
        return NULL;
    const weir_stream *below = (const weir_stream *)source;
    return below->type == stream->type ? below : NULL;
}

bool weir_record_names(const weir_stream *stream, weir_record_view *out)
{
    const weir_record *record = weir_record_of(stream->type);
    if (record)
        *out = (weir_record_view){&members_type, record};
    for (; stream && !record; stream = alike(stream)) {
        if (weir_stage_failed(&stream->stage))
            return false;
        if (WEIR_OPS_HAVE(stream->ops, names))
            return stream->ops->names(stream, out);
    }
    return record;
}
