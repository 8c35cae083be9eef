/* par_fold: batches are folded on all workers, and what came of them is combined in order. */

#include <string.h>

#include "task/par.h"
#include "weir/consume.h"
#include "weir/stream.h"

static void par_fold_each(struct weir_batch *batch, const weir_fold_fn *fn)
{
    for (size_t i = 0; i < batch->items; i++)
        fn->one(batch->out, batch->in + i * fn->of->size, batch->body.arg);
}

static void par_fold_all(struct weir_batch *batch)
{
    const weir_fold_fn *fn = batch->body.fn;
    weir_fold_kernel *kernel = fn->batch[weir_cpu_level()];
    if (kernel)
        kernel(batch->out, batch->in, batch->items, batch->body.arg);
    else
        par_fold_each(batch, fn);
    batch->out_n = 1;
    batch->in_n = 0;
}

/* Behind the first failure nothing counts. */
static void par_fold_try_all(struct weir_batch *batch)
{
    const weir_fold_fn *fn = batch->body.fn;
    weir_error error;
    for (; batch->in_n && !batch->failures; batch->in_first++, batch->in_n--) {
        weir_error_set(&error, WEIR_OK, "%s", "");
        const void *item = batch->in + batch->in_first * fn->of->size;
        if (!fn->try_one(batch->out, item, batch->body.arg, &error))
            weir_batch_fail(batch, batch->in_first, &error);
    }
    batch->out_n = !batch->failures && !batch->lost;
}

static weir_stream *expect_plain_zero(weir_stream *source, const void *zero,
                                      const weir_fold_fn *fold)
{
    if (!weir_stage_failed(&source->stage) && !zero)
        return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "what an empty batch comes to",
                                  "par_fold of '%s' was given no zero", fold->name, NULL, 0);
    if (weir_stage_failed(&source->stage) || !fold->acc->drop)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "weir_fold() behind weir_par_map(), which makes what it holds",
                              "par_fold copies its zero, but '%s' of '%s' owns something",
                              fold->acc->name, fold->name, 0);
}

static weir_stream *par_fold_no_memory(weir_stream *source)
{
    return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "par_fold",
                              NULL, 0);
}

/* It combines what batches were folded to. */
static weir_stream *expect_combine(weir_stream *source, const weir_fold_fn *fold,
                                   const weir_fold_fn *combine)
{
    const weir_type *acc = fold->acc;
    bool into = weir_type_fits(acc, combine->acc), of = weir_type_fits(acc, combine->of);
    if (weir_stage_failed(&source->stage) || (into && of))
        return source;
    weir_fault fault = {
        WEIR_E_TYPE,
        "WEIR_FOLD_FN with the state of the first as both of its types",
        "par_fold folds to '%s' with '%s', but '%s' combines '%s'",
        {acc->name, fold->name, combine->name, into ? combine->of->name : combine->acc->name},
        0,
        "par_fold"};
    return weir_stream_fault(&source->stage, &fault);
}

/* False: there is no memory for a copy. */
static bool keep_zero(weir_stream *source, struct weir_batch_plan *plan, const void *zero)
{
    const weir_type *acc = plan->par.body.to;
    void *kept = weir_arena_take(source->stage.arena, acc->size, acc->align);
    plan->zero = kept;
    return kept && memcpy(kept, zero, acc->size);
}

weir_stream *(weir_par_fold)(weir_stream *source, const void *zero, const weir_fold_fn *fold,
                             const weir_fold_fn *combine, void *arg, size_t limit,
                             const weir_par_options *how)
{
    struct weir_par_body body = {WEIR_PAR_PLAIN, fold,          arg,
                                 "par_fold",     fold->name,    fold->of,
                                 fold->acc,      fold->of_size, fold->acc_size};
    struct weir_batch_plan plan = {
        .par = {.body = body, .limit = limit, .how = weir_par_options_of(how)},
        .run = fold->try_one ? par_fold_try_all : par_fold_all};
    source = expect_plain_zero(source, zero, fold);
    source = expect_combine(source, fold, combine);
    if (weir_stage_failed(&source->stage))
        return source; /* zero is still the caller's */
    if (!keep_zero(source, &plan, zero))
        return par_fold_no_memory(source);
    return weir_fold(weir_stop_on_error(weir_par_spread(source, &plan, true)), combine, zero, arg);
}
