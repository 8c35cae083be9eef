/* Operators with one input. With a timing that takes time an operator is written as weir writes
 * it: `then` makes the verdict, and the plain operator behind it acts on it. */

#include <string.h>

#include "conform.h"

/* The function's future is ready at once and cannot fail: the plain function will do. */
static bool plain(const struct entry *entry)
{
    return !entry->timing.counted && entry->timing.fail <= 0;
}

/* Makes a kernel that calls `one` for each item, and the batch initialiser. Input and output may
 * be the same memory: `one` reads its input before it writes. */
#define MAP_KERNEL(name, From, To)                                                                 \
    static void all_##name(void *out, const void *in, size_t n, void *arg)                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            one_##name((To *)out + i, (const From *)in + i, arg);                                  \
    }
#define FILTER_KERNEL(name, T)                                                                     \
    static void all_##name(int64_t *keep, const void *in, size_t n, void *arg)                     \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            keep[i] = one_##name((const T *)in + i, arg) ? -1 : 0;                                 \
    }
#define KERNELS(name)                                                                              \
    {                                                                                              \
        all_##name, all_##name, all_##name                                                         \
    }

/* ---- map ---- */

static void one_map(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    entry->calls++;
    *(struct value *)out = value_int(function_map(&entry->fn, value_number(&value)));
    value_drop(&value);
}
MAP_KERNEL(map, struct value, struct value)
static const weir_map_fn map_fn = {
    .name = "map", .from = &value_type, .to = &value_type, .one = one_map, .batch = KERNELS(map)};

static weir_stream *build_map(struct entry *entry, weir_stream *source)
{
    return weir_map(source, &map_fn, entry);
}

static void change_error(weir_error *error, void *arg)
{
    struct entry *entry = arg;
    entry->calls++;
    error->number = function_map(&entry->fn, error->number);
}

static weir_stream *build_map_err(struct entry *entry, weir_stream *source)
{
    return weir_map_err(source, change_error, entry);
}

/* ---- then ---- */

static weir_stream *one_then(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    value_drop(&value);
    return future_new(entry, x, (struct judged){value_int(function_map(&entry->fn, x)), true},
                      &value_type);
}
static const weir_then_fn then_fn = {
    .name = "then", .from = &value_type, .to = &value_type, .one = one_then};

static weir_stream *build_then(struct entry *entry, weir_stream *source)
{
    return weir_then(source, &then_fn, entry);
}

/* and_then with a future that is ready at once is a map that may fail. */
static bool one_and_then(void *out, const void *in, void *arg, weir_error *error)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    value_drop(&value);
    if (timing_fails(&entry->timing, x)) {
        weir_error_set(error, WEIR_E_USER, "error %lld", (long long)x);
        error->number = x;
        return false;
    }
    *(struct value *)out = value_int(function_map(&entry->fn, x));
    return true;
}
static const weir_map_fn and_then_fn = {
    .name = "and_then", .from = &value_type, .to = &value_type, .try_one = one_and_then};

static weir_stream *build_and_then(struct entry *entry, weir_stream *source)
{
    return entry->timing.counted ? build_then(entry, source)
                                 : weir_map(source, &and_then_fn, entry);
}

static weir_stream *future_of_error(const weir_error *error, void *arg)
{
    struct entry *entry = arg;
    int64_t x = error->number;
    entry->calls++;
    return future_new(entry, x, (struct judged){value_int(function_map(&entry->fn, x)), true},
                      &value_type);
}

static weir_stream *build_or_else(struct entry *entry, weir_stream *source)
{
    return weir_or_else(source, future_of_error, entry);
}

/* ---- a predicate and its future ---- */

static bool one_test(const void *in, void *arg)
{
    struct entry *entry = arg;
    entry->calls++;
    return function_test(&entry->fn, value_number(in));
}
FILTER_KERNEL(test, struct value)
static const weir_filter_fn test_fn = {
    .name = "predicate", .of = &value_type, .one = one_test, .batch = KERNELS(test)};

static bool one_yes(const void *in, void *arg)
{
    (void)arg;
    return ((const struct judged *)in)->yes;
}
FILTER_KERNEL(yes, struct judged)
static const weir_filter_fn yes_fn = {
    .name = "yes", .of = &judged_type, .one = one_yes, .batch = KERNELS(yes)};

static bool one_keep(void *out, const void *in, void *arg)
{
    struct judged judged = *(const struct judged *)in;
    (void)arg;
    if (judged.yes)
        *(struct value *)out = judged.value;
    else
        value_drop(&judged.value);
    return judged.yes;
}
static const weir_filter_map_fn keep_fn = {
    .name = "keep", .from = &judged_type, .to = &value_type, .one = one_keep};

static weir_stream *one_judge(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    return future_new(entry, x, (struct judged){value, function_test(&entry->fn, x)}, &judged_type);
}
static const weir_then_fn judge_fn = {
    .name = "judge", .from = &value_type, .to = &judged_type, .one = one_judge};

static weir_stream *build_filter(struct entry *entry, weir_stream *source)
{
    if (plain(entry))
        return weir_filter(source, &test_fn, entry);
    return weir_filter_map(weir_then(source, &judge_fn, entry), &keep_fn, NULL);
}

static weir_stream *build_take_while(struct entry *entry, weir_stream *source)
{
    if (plain(entry))
        return weir_take_while(source, &test_fn, entry);
    return adapt_strip(weir_take_while(weir_then(source, &judge_fn, entry), &yes_fn, NULL));
}

/* Once the predicate has failed it is not called again, so `then` passes the rest untouched. */
static weir_stream *one_judge_first(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    if (entry->decided) {
        struct entry idle = {.run = entry->run};
        return future_new(&idle, 0, (struct judged){value, false}, &judged_type);
    }
    int64_t x = value_number(&value);
    entry->decided = !timing_fails(&entry->timing, x) && !function_test(&entry->fn, x);
    return one_judge(in, arg);
}
static const weir_then_fn judge_first_fn = {
    .name = "judge", .from = &value_type, .to = &judged_type, .one = one_judge_first};

static weir_stream *build_skip_while(struct entry *entry, weir_stream *source)
{
    if (plain(entry))
        return weir_skip_while(source, &test_fn, entry);
    return adapt_strip(weir_skip_while(weir_then(source, &judge_first_fn, entry), &yes_fn, NULL));
}

static weir_stream *build_all(struct entry *entry, weir_stream *source)
{
    return plain(entry) ? weir_all(source, &test_fn, entry)
                        : weir_all(weir_then(source, &judge_fn, entry), &yes_fn, NULL);
}

static weir_stream *build_any(struct entry *entry, weir_stream *source)
{
    return plain(entry) ? weir_any(source, &test_fn, entry)
                        : weir_any(weir_then(source, &judge_fn, entry), &yes_fn, NULL);
}

/* ---- filter_map ---- */

static struct judged call_optional(struct entry *entry, struct value value)
{
    int64_t made = 0;
    entry->calls++;
    bool some = function_optional(&entry->fn, value_number(&value), &made);
    value_drop(&value);
    return (struct judged){value_int(made), some};
}

static bool one_optional(void *out, const void *in, void *arg)
{
    struct judged judged = call_optional(arg, *(const struct value *)in);
    return one_keep(out, &judged, NULL);
}
static const weir_filter_map_fn optional_fn = {
    .name = "optional", .from = &value_type, .to = &value_type, .one = one_optional};

static weir_stream *one_then_optional(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    int64_t x = value_number(&value);
    return future_new(arg, x, call_optional(arg, value), &judged_type);
}
static const weir_then_fn then_optional_fn = {
    .name = "optional", .from = &value_type, .to = &judged_type, .one = one_then_optional};

static weir_stream *build_filter_map(struct entry *entry, weir_stream *source)
{
    if (plain(entry))
        return weir_filter_map(source, &optional_fn, entry);
    return weir_filter_map(weir_then(source, &then_optional_fn, entry), &keep_fn, NULL);
}

/* ---- scan ---- */

struct scan_state {
    struct entry *entry;
};
static const weir_type scan_state_type = WEIR_TYPE(struct scan_state);

static struct judged call_scan(struct entry *entry, struct value value)
{
    int64_t made = 0;
    entry->calls++;
    bool some = function_scan(&entry->fn, &entry->state, value_number(&value), &made);
    value_drop(&value);
    return (struct judged){value_int(made), some};
}

static bool one_scan(void *state, const void *in, void *out)
{
    struct judged judged =
        call_scan(((struct scan_state *)state)->entry, *(const struct value *)in);
    return one_keep(out, &judged, NULL);
}
static const weir_scan_fn scan_fn = {.name = "scan",
                                     .state = &scan_state_type,
                                     .from = &value_type,
                                     .to = &value_type,
                                     .one = one_scan};

static weir_stream *one_then_scan(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    int64_t x = value_number(&value);
    return future_new(arg, x, call_scan(arg, value), &judged_type);
}
static const weir_then_fn then_scan_fn = {
    .name = "scan", .from = &value_type, .to = &judged_type, .one = one_then_scan};

static weir_stream *build_scan(struct entry *entry, weir_stream *source)
{
    if (plain(entry))
        return weir_scan(source, &scan_fn, &(struct scan_state){entry});
    return adapt_strip(weir_take_while(weir_then(source, &then_scan_fn, entry), &yes_fn, NULL));
}

/* ---- the rest ---- */

static void one_inspect(const void *in, void *arg)
{
    struct entry *entry = arg;
    entry->calls++;
    json_array_append_new(entry->run->log, value_to_json(in));
}
static const weir_each_fn inspect_fn = {.name = "inspect", .of = &value_type, .one = one_inspect};

static weir_stream *build_inspect(struct entry *entry, weir_stream *source)
{
    return weir_inspect(source, &inspect_fn, entry);
}

static void log_error(const weir_error *error, void *arg)
{
    struct entry *entry = arg;
    entry->calls++;
    json_array_append_new(entry->run->log, json_integer(error->number));
}

static weir_stream *build_inspect_err(struct entry *entry, weir_stream *source)
{
    return weir_inspect_err(source, log_error, entry);
}

static weir_stream *build_take(struct entry *entry, weir_stream *source)
{
    return weir_take(source, (uint64_t)entry->numbers[0]);
}

static weir_stream *build_skip(struct entry *entry, weir_stream *source)
{
    return weir_skip(source, (uint64_t)entry->numbers[0]);
}

static weir_stream *build_enumerate(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return adapt_indexed(weir_enumerate(source));
}

static weir_stream *build_chunks(struct entry *entry, weir_stream *source)
{
    return adapt_chunk(weir_chunks(source, (size_t)entry->numbers[0]));
}

static weir_stream *build_ready_chunks(struct entry *entry, weir_stream *source)
{
    return adapt_chunk(weir_ready_chunks(source, (size_t)entry->numbers[0]));
}

static weir_stream *build_try_chunks(struct entry *entry, weir_stream *source)
{
    return adapt_try_chunks(weir_chunks(source, (size_t)entry->numbers[0]), source);
}

static weir_stream *build_try_ready_chunks(struct entry *entry, weir_stream *source)
{
    return adapt_try_chunks(weir_ready_chunks(source, (size_t)entry->numbers[0]), source);
}

static weir_stream *build_peekable(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return weir_peekable(source);
}

/* Every stream of weir is fused. */
static weir_stream *build_fuse(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return source;
}

const struct operator operators_one[] = {
    {"map", "m", build_map, 0, 0},
    {"filter", "pt", build_filter, 0, 0},
    {"filter_map", "ot", build_filter_map, 0, 0},
    {"then", "mt", build_then, 0, 0},
    {"take", "n", build_take, OP_STRICT, 0},
    {"skip", "n", build_skip, OP_STRICT, 0},
    {"take_while", "pt", build_take_while, OP_STRICT | OP_STOPS, 0},
    {"skip_while", "pt", build_skip_while, OP_STRICT, 0},
    {"scan", "ct", build_scan, OP_STRICT | OP_STOPS, 0},
    {"enumerate", "", build_enumerate, OP_STRICT, 0},
    {"inspect", "", build_inspect, 0, 0},
    {"fuse", "", build_fuse, 0, 0},
    {"chunks", "n", build_chunks, OP_STRICT, 0},
    {"ready_chunks", "n", build_ready_chunks, OP_STRICT, 0},
    {"try_chunks", "n", build_try_chunks, OP_TRY | OP_STRICT, 0},
    {"try_ready_chunks", "n", build_try_ready_chunks, OP_TRY | OP_STRICT, 0},
    {"peekable", "", build_peekable, 0, 0},
    {"map_err", "m", build_map_err, OP_TRY, 0},
    {"or_else", "mu", build_or_else, OP_TRY, 0},
    {"inspect_err", "", build_inspect_err, OP_TRY, 0},
    {"map_ok", "m", build_map, OP_TRY, 0},
    {"and_then", "mu", build_and_then, OP_TRY, 0},
    {"try_filter", "pt", build_filter, OP_TRY, 0},
    {"try_filter_map", "ou", build_filter_map, OP_TRY, 0},
    {"try_take_while", "pu", build_take_while, OP_TRY | OP_STRICT | OP_STOPS, 0},
    {"try_skip_while", "pu", build_skip_while, OP_TRY | OP_STRICT, 0},
    {"inspect_ok", "", build_inspect, OP_TRY, 0},
    {"all", "pt", build_all, OP_CONSUMER | OP_STOPS, ROOT_FUTURE},
    {"any", "pt", build_any, OP_CONSUMER | OP_STOPS, ROOT_FUTURE},
    {"try_all", "pu", build_all, OP_CONSUMER | OP_TRY | OP_STRICT | OP_STOPS, ROOT_FUTURE},
    {"try_any", "pu", build_any, OP_CONSUMER | OP_TRY | OP_STRICT | OP_STOPS, ROOT_FUTURE},
    {0}};
