/* Operators of one input about its errors and its end. */
#include <stdlib.h>

#include "streams.h"

static weir_stream *build_results(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_errors(weir_results(source));
}

struct maybe {
    bool some;
    struct item item;
};

static struct item item_or_end(struct maybe maybe, void *arg)
{
    return maybe.some ? maybe.item : item_make(stage_of(arg)->a);
}
WEIR_MAP_FN(or_end_fn, item_or_end, struct maybe, struct item, TO_ITEM)

static weir_stream *build_notify_close(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_notify_close(source), &or_end_fn, stage);
}

static void model_notify_close(const struct stage *stage, struct values *values)
{
    append(values, &stage->a, 1);
}

static void leave(weir_error *error, void *arg)
{
    (void)arg;
    if (error->code == WEIR_OK)
        abort();
}

static weir_stream *build_map_err(struct stage *stage, weir_stream *source)
{
    return weir_map_err(source, leave, stage);
}

static void see_error(const weir_error *error, void *arg)
{
    error_seen(stage_of(arg)->run, error);
}

static weir_stream *build_skip_errors(struct stage *stage, weir_stream *source)
{
    source = weir_inspect_err(source, see_error, stage);
    return weir_skip_errors(source, ERRORS_MAX + 1, NULL);
}

static weir_stream *nothing_instead(const weir_error *error, void *arg)
{
    see_error(error, arg);
    return source_new(stage_of(arg)->run, stage_of(arg)->other, 0);
}

static weir_stream *build_or_else(struct stage *stage, weir_stream *source)
{
    return weir_or_else(source, nothing_instead, stage);
}

static weir_stream *build_stop_on_error(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_stop_on_error(source);
}

static void count_call(weir_done how, const weir_error *error, void *arg)
{
    if (how != WEIR_DONE_END && how != WEIR_DONE_DROPPED)
        fail(error ? error->message : "it was cut");
    stage_of(arg)->calls++;
}

static weir_stream *build_on_done(struct stage *stage, weir_stream *source)
{
    return weir_on_done(source, count_call, stage);
}

static weir_stream *build_abortable(struct stage *stage, weir_stream *source)
{
    weir_abort_handle *handle = weir_abort_handle_new();
    (void)stage;
    source = weir_abortable(source, handle);
    weir_abort_handle_unref(handle);
    return source;
}

static weir_stream *build_settle_here(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_settle_here(source);
}

static weir_stream *build_own(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_own(source);
}

static weir_stream *build_default_if_empty(struct stage *stage, weir_stream *source)
{
    struct item item = item_make(stage->a);
    return weir_default_if_empty(source, &item_type, &item);
}

static void model_default_if_empty(const struct stage *stage, struct values *values)
{
    if (!values->n)
        append(values, &stage->a, 1);
}

static const struct operation table[] = {
    {"results", build_results, model_same, 0},
    {"notify_close", build_notify_close, model_notify_close, 0},
    {"map_err", build_map_err, model_same, 0},
    {"skip_errors", build_skip_errors, model_same, 0},
    {"or_else", build_or_else, model_same, 0},
    {"stop_on_error", build_stop_on_error, model_same, NO_ERRORS},
    {"on_done", build_on_done, model_same, CALLS},
    {"abortable", build_abortable, model_same, 0},
    {"settle_here", build_settle_here, model_same, 0},
    {"own", build_own, model_same, 0},
    {"default_if_empty", build_default_if_empty, model_default_if_empty, 0},
};
const struct operations errors_and_ends = {table, sizeof table / sizeof *table};
