/* par_map: fn of each item, on all workers. */

#include "task/par.h"
#include "weir/stream.h"

static void par_map_each(struct weir_batch *batch, const weir_map_fn *fn)
{
    for (size_t i = 0; i < batch->items; i++)
        fn->one(batch->out + i * fn->to->size, batch->in + i * fn->from->size, batch->body.arg);
}

static void map_all(struct weir_batch *batch)
{
    const weir_map_fn *fn = batch->body.fn;
    weir_map_kernel *kernel = fn->batch[weir_cpu_level()];
    if (kernel)
        kernel(batch->out, batch->in, batch->items, batch->body.arg);
    else
        par_map_each(batch, fn);
    batch->out_n = batch->items;
    batch->in_n = 0;
}

/* What failed leaves no gap. */
static void par_map_try_all(struct weir_batch *batch)
{
    const weir_map_fn *fn = batch->body.fn;
    weir_error error;
    for (size_t i = 0; i < batch->items; i++) {
        void *out = batch->out + batch->out_n * fn->to->size;
        weir_error_set(&error, WEIR_OK, "%s", "");
        if (fn->try_one(out, batch->in + i * fn->from->size, batch->body.arg, &error))
            batch->out_n++;
        else
            weir_batch_fail(batch, i, &error);
    }
    batch->in_n = 0;
}

static weir_stream *map_plain(weir_stream *source, struct weir_par *par, bool ordered)
{
    const weir_map_fn *fn = par->body.fn;
    struct weir_par_body *body = &par->body;
    body->name = fn->name;
    body->from = fn->from;
    body->to = fn->to;
    body->from_size = fn->from_size;
    body->to_size = fn->to_size;
    struct weir_batch_plan plan = {.par = *par,
                                   .run = fn->try_one ? par_map_try_all : map_all,
                                   .in_place = fn->from->size == fn->to->size &&
                                               fn->from->align <= fn->to->align};
    return weir_par_spread(source, &plan, ordered);
}

static weir_stream *map_waiting(weir_stream *source, struct weir_par *par, bool ordered)
{
    weir_stream *tasks = weir_par_tasks(source, par);
    return ordered ? weir_buffered(tasks, par->body.to, par->limit)
                   : weir_buffer_unordered(tasks, par->body.to, par->limit);
}

static weir_stream *par_map_map(weir_stream *source, struct weir_par *par, bool ordered)
{
    return par->body.kind == WEIR_PAR_PLAIN ? map_plain(source, par, ordered)
                                            : map_waiting(source, par, ordered);
}

static struct weir_par par_of(weir_par_kind kind, const void *fn, void *arg, size_t limit,
                              const weir_par_options *how, const char *stage)
{
    return (struct weir_par){.body = {.kind = kind, .fn = fn, .arg = arg, .stage = stage},
                             .limit = limit,
                             .how = weir_par_options_of(how)};
}

weir_stream *weir_par_map_of(weir_stream *source, weir_par_kind kind, const void *fn, void *arg,
                             size_t limit, const weir_par_options *how)
{
    struct weir_par par = par_of(kind, fn, arg, limit, how, "par_map");
    return par_map_map(source, &par, true);
}

weir_stream *weir_par_map_unordered_of(weir_stream *source, weir_par_kind kind, const void *fn,
                                       void *arg, size_t limit, const weir_par_options *how)
{
    struct weir_par par = par_of(kind, fn, arg, limit, how, "par_map_unordered");
    return par_map_map(source, &par, false);
}
