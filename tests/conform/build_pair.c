/* Operators that end, join and choose: a stream beside a future, beside a handle, beside another
 * stream. */

#include "conform.h"

#include <string.h>

/* A future that waits for each of its steps, then gives 0. */
static weir_stream *stop_future(struct entry *entry)
{
    json_t *steps = json_copy(json_array_get(entry->json, 1));
    json_array_append_new(steps, json_integer(0));
    return weir_take(script_inner(entry->run, steps, true), 1);
}

static weir_stream *build_take_until(struct entry *entry, weir_stream *source)
{
    return weir_take_until(source, stop_future(entry));
}

/* The k-th letter at its k-th call. */
static weir_side by_pattern(void *arg)
{
    struct entry *entry = arg;
    const char *pattern = json_string_value(json_array_get(entry->json, 2));
    return pattern[entry->calls++ % strlen(pattern)] == 'R' ? WEIR_SIDE_SECOND : WEIR_SIDE_FIRST;
}

static weir_stream *build_select_with_strategy(struct entry *entry, weir_stream *source)
{
    weir_stream *second = script_source(entry->run, entry->numbers[0]);
    return weir_select_with_strategy(source, second, by_pattern, entry);
}

/* The root aborts it before its poll of this number. */
static weir_stream *build_abortable(struct entry *entry, weir_stream *source)
{
    entry->handle = weir_abort_handle_new();
    return weir_abortable(source, entry->handle);
}

const struct operator operators_pair[] = {
    {"take_until", "!", build_take_until, OP_SET | OP_STRICT | OP_STOPS, 0},
    {"select_with_strategy", "s!", build_select_with_strategy, OP_ORDER | OP_STOPS, 0},
    {"abortable", "n", build_abortable, OP_SET | OP_STRICT | OP_STOPS, 0},
    {0}};
