/* What the tables of operators share: functions of items, and pieces of models. */
#include <string.h>

#include "streams.h"

struct stage *stage_of(void *arg)
{
    return arg;
}

int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

int64_t rest(int64_t value, int64_t by)
{
    return (int64_t)((uint64_t)value % (uint64_t)by);
}

void keep_if(struct values *values, const struct stage *stage,
             bool (*keeps)(const struct stage *stage, int64_t value))
{
    size_t n = 0;
    for (size_t i = 0; i < values->n; i++)
        if (keeps(stage, values->at[i]))
            values->at[n++] = values->at[i];
    values->n = n;
}

void drop_first(struct values *values, size_t n)
{
    n = n < values->n ? n : values->n;
    memmove(values->at, values->at + n, (values->n - n) * sizeof *values->at);
    values->n -= n;
}

void append(struct values *values, const int64_t *more, size_t n)
{
    n = n < VALUES_MAX - values->n ? n : VALUES_MAX - values->n;
    memmove(values->at + values->n, more, n * sizeof *more);
    values->n += n;
}

/* ---- functions ---- */

static struct item add(struct item item, void *arg)
{
    item.value = wrap_add(item.value, stage_of(arg)->a);
    return item;
}
WEIR_MAP_FN(adding_fn, add, struct item, struct item, FROM_ITEM, TO_ITEM)
const weir_map_fn *const add_fn = &adding_fn;

bool not_rest(const struct stage *stage, int64_t value)
{
    return rest(value, stage->a + 2) != 0;
}

static bool is_kept(struct item item, void *arg)
{
    return not_rest(arg, item.value);
}
WEIR_FILTER_FN(keeping_fn, is_kept, struct item, OF_ITEM)
const weir_filter_fn *const kept_fn = &keeping_fn;

static struct item chunk_item(weir_vec vec, void *arg)
{
    const struct item *items = vec.items;
    int64_t value = 1000 * (int64_t)vec.n;
    (void)arg;
    for (size_t i = 0; i < vec.n; i++)
        value = wrap_add(value, items[i].value);
    weir_vec_drop(&vec);
    return item_make(value);
}
WEIR_MAP_FN(vec_fn, chunk_item, weir_vec, struct item, .from = &weir_type_vec, TO_ITEM)
const weir_map_fn *const chunk_fn = &vec_fn;

weir_stream *other_of(struct stage *stage)
{
    return source_new(stage->run, stage->other, stage->other_n);
}

static weir_stream *nothing_for(const weir_error *error, void *arg)
{
    (void)error;
    (void)arg;
    return weir_empty(&item_type);
}

weir_stream *without_errors(weir_stream *source)
{
    return weir_or_else(source, nothing_for, NULL);
}

/* ---- models that several have ---- */

void model_same(const struct stage *stage, struct values *values)
{
    (void)stage;
    (void)values;
}

void model_map(const struct stage *stage, struct values *values)
{
    for (size_t i = 0; i < values->n; i++)
        values->at[i] = wrap_add(values->at[i], stage->a);
}

void model_chain(const struct stage *stage, struct values *values)
{
    append(values, stage->other, stage->other_n);
}

void model_chunks(const struct stage *stage, struct values *values)
{
    size_t most = (size_t)stage->a + 1, n = 0;
    for (size_t i = 0; i < values->n; n++) {
        size_t size = values->n - i < most ? values->n - i : most;
        int64_t value = 1000 * (int64_t)size;
        for (size_t j = 0; j < size; j++)
            value = wrap_add(value, values->at[i++]);
        values->at[n] = value;
    }
    values->n = n;
}
