/* What the stages share that give an item more than once. */
#ifndef WEIR_STREAM_COPIES_H
#define WEIR_STREAM_COPIES_H

#include <string.h>

#include "core/stage.h"

/* false: no memory. */
static inline bool weir_item_copy(const weir_type *type, void *out, const void *in)
{
    if (type->clone)
        return type->clone(type, out, in);
    memcpy(out, in, type->size);
    return true;
}

/* This item could not be copied; the next one may be. */
WEIR_COLD static weir_poll weir_copy_fail(weir_cx *cx, const weir_type *type)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of a '%s'", type->name);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* A copy that may fail is no item. */
static inline weir_hint weir_copy_hint(const weir_type *type, weir_hint hint)
{
    hint.lower = type->clone ? 0 : hint.lower;
    return hint;
}

/* Refuses items that own something and do not say how a second one is made. */
static inline weir_stream *weir_expect_copies(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->drop || source->type->clone)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "a descriptor with `clone`, or a map that makes something plain of them",
                        "%s copies items, but the '%s' that '%s' yields own something",
                        {stage, source->type->name, weir_stage_name(&source->stage)},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

#endif
