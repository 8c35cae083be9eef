/* The rows of weir/set.h that pass lent items on, over lines that are gone at the next poll. */

#include <stdlib.h>

#include "laws.h"

static weir_stream *line_lines(weir_line line, void *arg)
{
    (void)arg;
    return inner_lines(atoll(line.data));
}
WEIR_THEN_FN(line_lines_fn, line_lines, weir_line, weir_line, .detached = true)

static weir_stream *lacking(weir_stream *set, weir_stream *stream)
{
    weir_drop(stream);
    return weir_stream_refuse(&set->stage, WEIR_E_MEMORY, NULL, "no memory to push", NULL, NULL, 0);
}

static weir_stream *selected(weir_stream *a, weir_stream *b)
{
    weir_set *set;
    weir_stream *stream = weir_select_all(&weir_type_line, 2, &set), *both[] = {a, b};
    for (size_t i = 0; i < 2; i++)
        if (!weir_set_push(set, both[i]))
            stream = lacking(stream, both[i]);
    return stream;
}

WEIR_INDEXED(weir_line, known)
static weir_line line_of(struct known known, void *arg)
{
    (void)arg;
    return known.item;
}
WEIR_MAP_FN(line_of_fn, line_of, struct known, weir_line)

static weir_stream *keyed(weir_stream *a, weir_stream *b)
{
    weir_keyed *map;
    weir_stream *stream = weir_stream_map(&weir_type_line, 2, &map), *both[] = {a, b};
    for (uint64_t i = 0; i < 2; i++)
        if (!weir_stream_map_insert(map, 7 * i, both[i], NULL))
            stream = lacking(stream, both[i]);
    return stream;
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(flat_map_unordered, weir_flat_map_unordered(a, &line_lines_fn, NULL, 3))
ROW(select_all, selected(a, b))
ROW(stream_map, weir_map(keyed(a, b), &line_of_fn, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

static const struct row rows[] = {
    ROW(flat_map_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "'10' '20' '30' '11' '21' '31' '50' '60' '51' '61' '70' '71' $"),
    ROW(select_all, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "'1' '101' '2' '102' '3' '103' '4' '104' '5' '105' '6' '106' '7' '8' $"),
    ROW(stream_map, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "'1' '101' '2' '102' '3' '103' '4' '104' '5' '105' '6' '106' '7' '8' $"),
};
const struct rows rows_lent_sets = {rows, sizeof rows / sizeof *rows};
