/* Uncounted stages between weir's composite items and values, so that any operator can follow any
 * other. Each is a map of one item to one, so it adds no event at a source. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

struct result {
    weir_error *error;
    struct value item;
};

struct pair {
    struct value first;
    struct value second;
};

struct indexed {
    uint64_t index;
    struct value item;
};

static void one_i64(void *out, const void *in, void *arg)
{
    int64_t n;
    (void)arg;
    memcpy(&n, in, sizeof n);
    *(struct value *)out = value_int(n);
}

static void one_pair(void *out, const void *in, void *arg)
{
    struct pair pair = *(const struct pair *)in;
    struct value both = value_array(2);
    (void)arg;
    both.array->items[0] = pair.first;
    both.array->items[1] = pair.second;
    *(struct value *)out = both;
}

static void one_indexed(void *out, const void *in, void *arg)
{
    struct indexed indexed = *(const struct indexed *)in;
    struct value both = value_array(2);
    (void)arg;
    both.array->items[0] = value_int((int64_t)indexed.index);
    both.array->items[1] = indexed.item;
    *(struct value *)out = both;
}

struct value adapt_vec(weir_vec *vec)
{
    struct value made = value_array(vec->n);
    if (vec->n)
        memcpy(made.array->items, vec->items, vec->n * sizeof(struct value));
    vec->n = 0; /* its items are ours now */
    weir_vec_drop(vec);
    return made;
}

static void one_chunk(void *out, const void *in, void *arg)
{
    weir_vec vec = *(const weir_vec *)in;
    (void)arg;
    *(struct value *)out = adapt_vec(&vec);
}

static void one_strip(void *out, const void *in, void *arg)
{
    struct judged judged = *(const struct judged *)in;
    (void)arg;
    *(struct value *)out = judged.value;
}

static void one_to_result(void *out, const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct result result = {NULL, value};
    (void)arg;
    if (value.kind == VALUE_ERROR) {
        result.error = weir_allocate(sizeof *result.error);
        if (!result.error) {
            fputs("conform: no memory\n", stderr);
            exit(2);
        }
        weir_error_set(result.error, WEIR_E_USER, "error %lld", (long long)value.n);
        result.error->number = value.n;
        result.error->fatal = false;
        value_drop(&value);
        result.item = (struct value){0};
    }
    memcpy(out, &result, sizeof result);
}

static void one_from_result(void *out, const void *in, void *arg)
{
    struct result result = *(const struct result *)in;
    (void)arg;
    if (result.error) {
        result.item = value_error(result.error->number);
        weir_release(result.error, sizeof *result.error);
    }
    *(struct value *)out = result.item;
}

/* The kernels of these maps: `one` for each item. They change the size, so nothing overlaps. */
#define ADAPTER(what, From)                                                                        \
    static void all_##what(void *out, const void *in, size_t n, void *arg)                         \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            one_##what((struct value *)out + i, (const From *)in + i, arg);                        \
    }                                                                                              \
    static weir_map_fn what##_fn = {.name = #what,                                                 \
                                    .to = &value_type,                                             \
                                    .one = one_##what,                                             \
                                    .batch = {all_##what, all_##what, all_##what}};

ADAPTER(i64, int64_t)
ADAPTER(pair, struct pair)
ADAPTER(indexed, struct indexed)
ADAPTER(chunk, weir_vec)
ADAPTER(strip, struct judged)
ADAPTER(from_result, struct result)

static void all_to_result(void *out, const void *in, size_t n, void *arg)
{
    for (size_t i = 0; i < n; i++)
        one_to_result((struct result *)out + i, (const struct value *)in + i, arg);
}

static weir_map_fn to_result_fn = {.name = "to_result",
                                   .from = &value_type,
                                   .one = one_to_result,
                                   .batch = {all_to_result, all_to_result, all_to_result}};

/* The other way to make an error of an item: a map that may fail. */
static bool try_value(void *out, const void *in, void *arg, weir_error *error)
{
    struct value value = *(const struct value *)in;
    (void)arg;
    if (value.kind == VALUE_ERROR) {
        weir_error_set(error, WEIR_E_USER, "error %lld", (long long)value.n);
        error->number = value.n;
        value_drop(&value);
        return false;
    }
    *(struct value *)out = value;
    return true;
}

static const weir_map_fn try_value_fn = {
    .name = "to_error", .from = &value_type, .to = &value_type, .try_one = try_value};

bool adapt_init(void)
{
    i64_fn.from = &weir_type_i64;
    pair_fn.from = weir_type_pair(&value_type, &value_type);
    indexed_fn.from = weir_type_indexed(&value_type);
    chunk_fn.from = weir_type_chunk(&value_type);
    strip_fn.from = &judged_type;
    from_result_fn.from = to_result_fn.to = weir_type_result(&value_type);
    return pair_fn.from && indexed_fn.from && chunk_fn.from && from_result_fn.from &&
           weir_type_pair(&weir_type_vec, &weir_type_vec); /* of unzip */
}

weir_stream *adapt_i64(weir_stream *source)
{
    return weir_map(source, &i64_fn, NULL);
}

weir_stream *adapt_pair(weir_stream *source)
{
    return weir_map(source, &pair_fn, NULL);
}

weir_stream *adapt_indexed(weir_stream *source)
{
    return weir_map(source, &indexed_fn, NULL);
}

weir_stream *adapt_chunk(weir_stream *source)
{
    return weir_map(source, &chunk_fn, NULL);
}

weir_stream *adapt_strip(weir_stream *source)
{
    return weir_map(source, &strip_fn, NULL);
}

weir_stream *adapt_errors(weir_stream *source)
{
    return weir_errors(weir_map(source, &to_result_fn, NULL));
}

weir_stream *adapt_errors_by_map(weir_stream *source)
{
    return weir_map(source, &try_value_fn, NULL);
}

weir_stream *adapt_results(weir_stream *source)
{
    return weir_map(weir_results(source), &from_result_fn, NULL);
}
