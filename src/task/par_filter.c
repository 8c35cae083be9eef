/* par_filter: the items for which fn says yes, asked on all workers. */

#include <string.h>

#include "task/par.h"

static void filter_all(struct weir_batch *batch)
{
    const weir_filter_fn *fn = batch->body.fn;
    size_t size = fn->of->size;
    for (size_t i = 0; i < batch->items; i++) {
        unsigned char *item = batch->in + i * size;
        if (!fn->one(item, batch->body.arg)) {
            weir_type_drop_items(fn->of, item, 1);
            continue;
        }
        if (batch->out_n != i)
            memcpy(batch->out + batch->out_n * size, item, size);
        batch->out_n++;
    }
    batch->in_n = 0;
}

weir_stream *(weir_par_filter)(weir_stream *source, const weir_filter_fn *fn, void *arg,
                               size_t limit, const weir_par_options *how)
{
    struct weir_par_body body = {WEIR_PAR_PLAIN, fn,     arg,         "par_filter", fn->name,
                                 fn->of,         fn->of, fn->of_size, fn->of_size};
    struct weir_batch_plan plan = {
        .par = {.body = body, .limit = limit, .how = weir_par_options_of(how)},
        .run = filter_all,
        .in_place = true};
    source = weir_par_expect(source, &plan.par);
    weir_par_take_from(source, &plan.par.body);
    plan.par.body.to = plan.par.body.from;
    return weir_par_spread(source, &plan, true);
}
