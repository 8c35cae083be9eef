/* Operators with several inputs, inner streams or sets of futures. */

#include "conform.h"

enum { INPUTS_MAX = SOURCES_MAX + 1, UNLIMITED = 4096 };

static weir_stream *input(struct entry *entry, size_t i)
{
    return script_source(entry->run, entry->numbers[i]);
}

static weir_stream *build_chain(struct entry *entry, weir_stream *source)
{
    return weir_chain(source, input(entry, 0));
}

static weir_stream *build_zip(struct entry *entry, weir_stream *source)
{
    return adapt_pair(weir_zip(source, input(entry, 0)));
}

static weir_stream *build_select(struct entry *entry, weir_stream *source)
{
    return weir_select(source, input(entry, 0));
}

static weir_stream *build_select_all(struct entry *entry, weir_stream *source)
{
    weir_stream *inputs[INPUTS_MAX] = {source};
    size_t n = 1;
    for (; n <= entry->numbers_n && n < INPUTS_MAX; n++)
        inputs[n] = input(entry, n - 1);
    return weir_merge(inputs, n);
}

/* ---- inner streams ---- */

/* Item x stands for source number x. */
static void one_source(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    *(weir_stream **)out = script_source(entry->run, value_number(&value));
    value_drop(&value);
}

static void all_source(void *out, const void *in, size_t n, void *arg)
{
    for (size_t i = 0; i < n; i++)
        one_source((weir_stream **)out + i, (const struct value *)in + i, arg);
}

static const weir_map_fn source_fn = {.name = "source",
                                      .from = &value_type,
                                      .to = &weir_type_stream,
                                      .one = one_source,
                                      .batch = {all_source, all_source, all_source}};

static weir_stream *build_flatten(struct entry *entry, weir_stream *source)
{
    return weir_flatten(weir_map(source, &source_fn, entry), &value_type);
}

static weir_stream *one_inner(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    value_drop(&value);
    return script_inner(entry->run, function_inner(&entry->fn, x),
                        function_inner_counted(&entry->fn));
}
static const weir_then_fn inner_fn = {
    .name = "inner", .from = &value_type, .to = &value_type, .one = one_inner};

static weir_stream *build_flat_map(struct entry *entry, weir_stream *source)
{
    return weir_flat_map(source, &inner_fn, entry);
}

static size_t limit_of(const struct entry *entry)
{
    return entry->numbers[0] < 0 ? WEIR_NO_LIMIT : (size_t)entry->numbers[0];
}

static weir_stream *build_flatten_unordered(struct entry *entry, weir_stream *source)
{
    return weir_flatten_unordered(weir_map(source, &source_fn, entry), &value_type,
                                  limit_of(entry));
}

static weir_stream *build_flat_map_unordered(struct entry *entry, weir_stream *source)
{
    return weir_flat_map_unordered(source, &inner_fn, entry, limit_of(entry));
}

/* ---- sets of futures ---- */

/* What is pushed to them is root.c's to do. */
static weir_stream *build_futures_unordered(struct entry *entry, weir_stream *source)
{
    (void)source;
    return weir_futures_unordered(&value_type, UNLIMITED, &entry->set);
}

static weir_stream *build_futures_ordered(struct entry *entry, weir_stream *source)
{
    (void)source;
    return weir_futures_ordered(&value_type, UNLIMITED, &entry->set);
}

static void one_future(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    *(weir_stream **)out = future_new(entry, x, (struct judged){value, true}, &value_type);
}

static void all_future(void *out, const void *in, size_t n, void *arg)
{
    for (size_t i = 0; i < n; i++)
        one_future((weir_stream **)out + i, (const struct value *)in + i, arg);
}

static const weir_map_fn future_fn = {.name = "future",
                                      .from = &value_type,
                                      .to = &weir_type_stream,
                                      .one = one_future,
                                      .batch = {all_future, all_future, all_future}};

static weir_stream *build_buffered(struct entry *entry, weir_stream *source)
{
    return weir_buffered(weir_map(source, &future_fn, entry), &value_type,
                         (size_t)entry->numbers[0]);
}

static weir_stream *build_buffer_unordered(struct entry *entry, weir_stream *source)
{
    return weir_buffer_unordered(weir_map(source, &future_fn, entry), &value_type,
                                 (size_t)entry->numbers[0]);
}

/* for_each_concurrent is a set whose results nobody wants: the log tells when each was started,
 * and (but for the try form) when it was done. */
static void one_started(void *out, const void *in, void *arg)
{
    struct entry *entry = arg;
    json_array_append_new(entry->run->log, value_to_json(in));
    one_future(out, in, arg);
}

static void all_started(void *out, const void *in, size_t n, void *arg)
{
    for (size_t i = 0; i < n; i++)
        one_started((weir_stream **)out + i, (const struct value *)in + i, arg);
}

static const weir_map_fn started_fn = {.name = "started",
                                       .from = &value_type,
                                       .to = &weir_type_stream,
                                       .one = one_started,
                                       .batch = {all_started, all_started, all_started}};

static void one_done(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    if (!(entry->op->flags & OP_TRY))
        json_array_append_new(entry->run->log, json_pack("{s:o}", "done", value_to_json(&value)));
    value_drop(&value);
}
static const weir_each_fn done_fn = {.name = "done", .of = &value_type, .one = one_done};

static weir_stream *build_for_each_concurrent(struct entry *entry, weir_stream *source)
{
    size_t limit = entry->numbers[0] < 0 ? UNLIMITED : (size_t)entry->numbers[0];
    source = weir_map(source, &started_fn, entry);
    return weir_for_each(weir_buffer_unordered(source, &value_type, limit), &done_fn, entry);
}

const struct operator operators_many[] = {
    {"chain", "s", build_chain, 0, 0},
    {"zip", "s", build_zip, OP_STRICT | OP_STOPS, 0},
    {"select", "s", build_select, OP_ORDER, 0},
    {"select_all", "*", build_select_all, OP_ORDER | OP_SET, 0},
    {"flatten", "", build_flatten, 0, 0},
    {"flat_map", "i", build_flat_map, 0, 0},
    {"try_flatten", "", build_flatten, OP_TRY, 0},
    {"flatten_unordered", "l", build_flatten_unordered, OP_ORDER | OP_SET | OP_AHEAD, 0},
    {"try_flatten_unordered", "l", build_flatten_unordered, OP_TRY | OP_ORDER | OP_SET | OP_AHEAD,
     0},
    {"flat_map_unordered", "li", build_flat_map_unordered, OP_ORDER | OP_SET | OP_AHEAD, 0},
    {"futures_unordered", "!", build_futures_unordered, OP_SOURCE | OP_ORDER | OP_SET, ROOT_SET},
    {"futures_ordered", "!", build_futures_ordered, OP_SOURCE | OP_SET, ROOT_SET},
    {"buffered", "nt", build_buffered, OP_SET | OP_AHEAD, 0},
    {"buffer_unordered", "nt", build_buffer_unordered, OP_ORDER | OP_SET | OP_AHEAD, 0},
    {"try_buffered", "nu", build_buffered, OP_TRY | OP_SET | OP_AHEAD | OP_STRICT, 0},
    {"try_buffer_unordered", "nu", build_buffer_unordered, OP_TRY | OP_ORDER | OP_SET | OP_AHEAD,
     0},
    {"for_each_concurrent", "lt", build_for_each_concurrent,
     OP_CONSUMER | OP_ORDER | OP_SET | OP_AHEAD | OP_LOOSE, ROOT_FUTURE},
    {"try_for_each_concurrent", "lu", build_for_each_concurrent,
     OP_CONSUMER | OP_TRY | OP_ORDER | OP_SET | OP_AHEAD | OP_STRICT | OP_LOOSE, ROOT_FUTURE},
    {0}};
