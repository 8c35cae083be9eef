/* The rows of chains that are made step by step. */

#include "given.h"

#include "weir/pipe.h"

static weir_stream *map_step(weir_stream *source, void *arg)
{
    return weir_map(source, &tenfold_fn, arg);
}

static weir_stream *filter_step(weir_stream *source, void *arg)
{
    return weir_filter(source, &is_even_fn, arg);
}

static weir_stream *take_step(weir_stream *source, void *arg)
{
    (void)arg;
    return weir_take(source, 3);
}

static const weir_step steps[] = {{filter_step, NULL}, {map_step, NULL}, {take_step, NULL}};

/* ---- how each is built ---- */

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(pipe_steps, weir_pipe_steps(a, steps, 3))
ROW(pipe, weir_pipe(a, (weir_filter, &is_even_fn, NULL), (weir_enumerate), (weir_chunks, 2)))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(pipe_steps, 1, 0, "20 40 60 $"),
    ROW(pipe, 1, 0, "[0:2 1:4] [2:6 3:8] $"),
};
const struct rows rows_pipe = {rows, sizeof rows / sizeof *rows};
