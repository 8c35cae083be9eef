/* The rows of weir/set.h. */

#include "given.h"

static weir_stream *streams(weir_stream *source)
{
    return weir_map(source, &to_stream_fn, NULL);
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(flatten_unordered, weir_flatten_unordered(streams(a), &tracked_type, 3))
ROW(flatten_unordered_one, weir_flatten_unordered(streams(a), &tracked_type, 1))
ROW(flatten_unordered_many, weir_flatten_unordered(streams(a), &tracked_type, 60))
ROW(flat_map_unordered, weir_flat_map_unordered(a, &stream_fn, NULL, 3))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(flatten_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
    ROW(flatten_unordered_one, 1, OVERTAKES | OWN_ERRORS,
        "10 11 20 21 30 31 50 !5 51 60 61 70 71 $"),
    ROW(flatten_unordered_many, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
    ROW(flat_map_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "10 20 30 11 21 !5 31 50 51 60 61 70 71 $"),
};
const struct rows rows_sets = {rows, sizeof rows / sizeof *rows};
