/* What can be run, or be a task of its own. */

#include "task/expect.h"

static weir_stream *task_expect_unmarked(weir_stream *future)
{
    if (weir_stage_failed(&future->stage) || !future->stage.marked)
        return future;
    return weir_stream_refuse(&future->stage, WEIR_E_ARGUMENT, WEIR_SETTLE_CURE, WEIR_UNSETTLED,
                              weir_stage_name(&future->stage), NULL, 0);
}

weir_stream *weir_expect_settled(weir_stream *future)
{
    future = task_expect_unmarked(future);
    if (weir_stage_failed(&future->stage) || !future->type->lent)
        return future;
    return weir_stream_refuse(&future->stage, WEIR_E_TYPE, WEIR_OWN_CURE, WEIR_LENT,
                              weir_stage_name(&future->stage), future->type->name, 0);
}

weir_stream *weir_expect_task(weir_stream *future, const char *stage)
{
    return weir_expect_settled(weir_expect_one(future, stage));
}

weir_stream *weir_expect_held(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "the owned type, as weir_own() gives it, e.g. weir_owned_line",
                              "%s holds items, but '%s' is lent", stage, source->type->name, 0);
}

weir_stream *weir_expect_cloned(weir_stream *source, const char *stage)
{
    source = weir_expect_held(source, stage);
    const weir_type *type = source->type;
    if (weir_stage_failed(&source->stage) || !type->drop || type->clone)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a descriptor with a .clone",
                              "%s gives copies, but '%s' owns something and has no clone", stage,
                              type->name, 0);
}
