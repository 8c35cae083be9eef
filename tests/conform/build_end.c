/* Consumers: what ends a chain with a result. */

#include <stdlib.h>
#include <string.h>

#include "conform.h"

enum { ITEMS_MAX = 1 << 20 };

/* The root drives the stream itself. */
static weir_stream *build_driven(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return source;
}

static weir_stream *build_peekable(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return weir_peekable(source);
}

static weir_stream *build_count(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return weir_count(source);
}

static weir_stream *build_collect(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return weir_collect(source, ITEMS_MAX);
}

/* ---- fold ---- */

#define FOLD_FN(what)                                                                              \
    static void all_##what(void *acc, const void *in, size_t n, void *arg)                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            one_##what(acc, (const struct value *)in + i, arg);                                    \
    }                                                                                              \
    static const weir_fold_fn what##_fn = {.name = #what,                                          \
                                           .acc = &value_type,                                     \
                                           .of = &value_type,                                      \
                                           .one = one_##what,                                      \
                                           .batch = {all_##what, all_##what, all_##what}};

static void one_fold(void *acc, const void *in, void *arg)
{
    struct value value = *(const struct value *)in, *sum = acc;
    struct entry *entry = arg;
    entry->calls++;
    sum->n = function_fold(&entry->fn, sum->n, value_number(&value));
    value_drop(&value);
}
FOLD_FN(fold)

/* With a future the step is taken in `then`; what is left of the fold keeps the last. */
static weir_stream *one_then_fold(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    entry->calls++;
    entry->state = function_fold(&entry->fn, entry->state, x);
    value_drop(&value);
    return future_new(entry, x, (struct judged){value_int(entry->state), true}, &value_type);
}
static const weir_then_fn then_fold_fn = {
    .name = "fold", .from = &value_type, .to = &value_type, .one = one_then_fold};

static void one_last(void *acc, const void *in, void *arg)
{
    struct value *last = acc;
    (void)arg;
    value_drop(last);
    *last = *(const struct value *)in;
}
FOLD_FN(last)

static weir_stream *build_fold(struct entry *entry, weir_stream *source)
{
    struct value zero = value_int(0);
    if (!entry->timing.counted && entry->timing.fail <= 0)
        return weir_fold(source, &fold_fn, &zero, entry);
    return weir_fold(weir_then(source, &then_fold_fn, entry), &last_fn, &zero, NULL);
}

/* ---- concat, unzip: of arrays, which maps make vecs and pairs of, and the other way round ---- */

/* Takes the array's items; what is no array has none. */
static void one_vec(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    size_t n = value.kind == VALUE_ARRAY ? value.array->n : 0;
    weir_vec vec = {.n = n, .room = n, .of = &value_type};
    (void)arg;
    if (n) {
        vec.items = weir_allocate(n * sizeof value);
        if (!vec.items)
            abort();
        memcpy(vec.items, value.array->items, n * sizeof value);
        value.array->n = 0; /* its items have moved */
    }
    value_drop(&value);
    *(weir_vec *)out = vec;
}
static const weir_map_fn vec_fn = {
    .name = "vec", .from = &value_type, .to = &weir_type_vec, .one = one_vec};

static weir_stream *build_concat(struct entry *entry, weir_stream *source)
{
    (void)entry;
    return weir_concat(weir_map(source, &vec_fn, NULL), ITEMS_MAX);
}

struct value_pair {
    struct value first;
    struct value second;
};

static bool one_to_pair(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    bool is_pair = value.kind == VALUE_ARRAY && value.array->n == 2;
    (void)arg;
    if (is_pair) {
        struct value_pair pair = {value.array->items[0], value.array->items[1]};
        memcpy(out, &pair, sizeof pair);
        value.array->n = 0; /* its items have moved */
    }
    value_drop(&value);
    return is_pair;
}
static weir_filter_map_fn to_pair_fn = {.name = "to_pair", .from = &value_type, .one = one_to_pair};

struct two_vecs {
    weir_vec first;
    weir_vec second;
};

static void one_vecs(void *out, const void *in, void *arg)
{
    struct two_vecs vecs = *(const struct two_vecs *)in;
    struct value both = value_array(2);
    (void)arg;
    both.array->items[0] = adapt_vec(&vecs.first);
    both.array->items[1] = adapt_vec(&vecs.second);
    *(struct value *)out = both;
}
static weir_map_fn vecs_fn = {.name = "vecs", .to = &value_type, .one = one_vecs};

static weir_stream *build_unzip(struct entry *entry, weir_stream *source)
{
    (void)entry;
    to_pair_fn.to = weir_type_pair(&value_type, &value_type);
    vecs_fn.from = weir_type_pair(&weir_type_vec, &weir_type_vec);
    return weir_map(weir_unzip(weir_filter_map(source, &to_pair_fn, NULL), ITEMS_MAX), &vecs_fn,
                    NULL);
}

/* ---- for_each ---- */

static void one_each(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    entry->calls++;
    json_array_append_new(entry->run->log, value_to_json(&value));
    value_drop(&value);
}
static const weir_each_fn each_fn = {.name = "each", .of = &value_type, .one = one_each};

static weir_stream *one_then_each(const void *in, void *arg)
{
    int64_t x = value_number(in);
    one_each(in, arg);
    return future_new(arg, x, (struct judged){value_int(0), true}, &value_type);
}
static const weir_then_fn then_each_fn = {
    .name = "each", .from = &value_type, .to = &value_type, .one = one_then_each};

static void one_ignore(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    (void)arg;
    value_drop(&value);
}
static const weir_each_fn ignore_fn = {.name = "ignore", .of = &value_type, .one = one_ignore};

static weir_stream *build_for_each(struct entry *entry, weir_stream *source)
{
    if (!entry->timing.counted && entry->timing.fail <= 0)
        return weir_for_each(source, &each_fn, entry);
    return weir_for_each(weir_then(source, &then_each_fn, entry), &ignore_fn, NULL);
}

enum { TRY_CONSUMER = OP_CONSUMER | OP_TRY | OP_STRICT | OP_STOPS };

const struct operator operators_end[] = {
    {"next", "", build_driven, OP_CONSUMER | OP_STRICT | OP_STOPS, ROOT_NEXT},
    {"select_next_some", "", build_driven, OP_CONSUMER | OP_STRICT | OP_STOPS, ROOT_NEXT},
    {"count", "", build_count, OP_CONSUMER, ROOT_FUTURE},
    {"collect", "", build_collect, OP_CONSUMER, ROOT_FUTURE},
    {"fold", "dt", build_fold, OP_CONSUMER | OP_STRICT, ROOT_FUTURE},
    {"for_each", "t", build_for_each, OP_CONSUMER, ROOT_FUTURE},
    {"concat", "", build_concat, OP_CONSUMER, ROOT_FUTURE},
    {"unzip", "", build_unzip, OP_CONSUMER | OP_STRICT, ROOT_FUTURE},
    {"into_future", "", build_driven, OP_CONSUMER | OP_STRICT, ROOT_INTO_FUTURE},
    {"by_ref_take", "n", build_driven, OP_CONSUMER | OP_STRICT, ROOT_BY_REF_TAKE},
    {"peek_script", "!", build_peekable, OP_CONSUMER | OP_STRICT, ROOT_PEEK_SCRIPT},
    {"try_next", "", build_driven, TRY_CONSUMER, ROOT_NEXT},
    {"try_collect", "", build_collect, TRY_CONSUMER, ROOT_FUTURE},
    {"try_concat", "", build_concat, TRY_CONSUMER, ROOT_FUTURE},
    {"try_fold", "du", build_fold, TRY_CONSUMER, ROOT_FUTURE},
    {"try_for_each", "u", build_for_each, TRY_CONSUMER, ROOT_FUTURE},
    {0}};
