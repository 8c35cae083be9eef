/* Operators on time: all that is due comes, and what would be too late never is. */
#include <string.h>

#include "streams.h"

#define NEVER_NS UINT64_MAX

static weir_stream *build_delay(struct stage *stage, weir_stream *source)
{
    return weir_delay(source, (uint64_t)stage->a * 10, (size_t)stage->b + 1);
}

static uint64_t its_delay(struct item item, void *arg)
{
    (void)arg;
    return (uint64_t)rest(item.value, 4) * 10;
}
WEIR_KEY_FN(its_delay_fn, its_delay, struct item, uint64_t, OF_ITEM)

static weir_stream *build_delay_with(struct stage *stage, weir_stream *source)
{
    return weir_delay_with(source, &its_delay_fn, stage, (size_t)stage->b + 1);
}

static weir_stream *build_initial_delay(struct stage *stage, weir_stream *source)
{
    return weir_initial_delay(source, (uint64_t)stage->a * 10);
}

static weir_stream *build_throttle(struct stage *stage, weir_stream *source)
{
    return weir_throttle(source, (uint64_t)stage->a * 10);
}

static weir_stream *build_throttle_rate(struct stage *stage, weir_stream *source)
{
    weir_rate rate = {.n = 1 + (uint64_t)stage->a, .per_ns = 100, .burst = 1 + (uint64_t)stage->b};
    return weir_throttle_rate(source, &rate, stage->a & 1 ? &its_delay_fn : NULL, stage);
}

static weir_stream *build_timeout(struct stage *stage, weir_stream *source)
{
    return stage->a & 1 ? weir_timeout(source, NEVER_NS) : weir_timeout_repeating(source, NEVER_NS);
}

static weir_stream *build_deadline(struct stage *stage, weir_stream *source)
{
    if (stage->a & 1)
        source = weir_initial_timeout(source, NEVER_NS);
    if (stage->a & 2)
        source = weir_completion_timeout(source, NEVER_NS);
    return stage->a & 4 ? weir_backpressure_timeout(source, NEVER_NS) : source;
}

static weir_stream *build_take_within(struct stage *stage, weir_stream *source)
{
    (void)stage;
    return weir_take_within(source, NEVER_NS);
}

static weir_stream *build_drop_within(struct stage *stage, weir_stream *source)
{
    return weir_drop_within(source, stage->a & 1 ? NEVER_NS : 0);
}

static void model_drop_within(const struct stage *stage, struct values *values)
{
    if (stage->a & 1)
        values->n = 0;
}

struct timed {
    uint64_t ns;
    struct item item;
};

static struct item without_time(struct timed timed, void *arg)
{
    (void)arg;
    return timed.item;
}
WEIR_MAP_FN(without_time_fn, without_time, struct timed, struct item, TO_ITEM)

static weir_stream *build_timestamp(struct stage *stage, weir_stream *source)
{
    source = stage->a & 1 ? weir_timestamp(source) : weir_elapsed(source);
    return weir_map(source, &without_time_fn, NULL);
}

static weir_stream *build_chunks_timeout(struct stage *stage, weir_stream *source)
{
    return weir_map(weir_chunks_timeout(source, (size_t)stage->a + 1, NEVER_NS), chunk_fn, NULL);
}

static weir_stream *build_chunks_flat(struct stage *stage, weir_stream *source)
{
    uint64_t ns = (uint64_t)stage->b * 10;
    source = stage->a & 1
                 ? weir_chunks_timeout(source, (size_t)stage->a + 1, ns)
                 : weir_chunks_weighted(source, (size_t)stage->a + 1, 50, &its_delay_fn, stage, ns);
    return weir_flatten_vecs(source, &item_type);
}

static const struct operation table[] = {
    {"delay", build_delay, model_same, 0},
    {"delay_with", build_delay_with, model_same, 0},
    {"initial_delay", build_initial_delay, model_same, 0},
    {"throttle", build_throttle, model_same, 0},
    {"throttle_rate", build_throttle_rate, model_same, 0},
    {"timeout", build_timeout, model_same, 0},
    {"deadline", build_deadline, model_same, 0},
    {"take_within", build_take_within, model_same, 0},
    {"drop_within", build_drop_within, model_drop_within, 0},
    {"timestamp", build_timestamp, model_same, 0},
    {"chunks_timeout", build_chunks_timeout, model_chunks, ORDERED | NO_ERRORS},
    {"chunks_flat", build_chunks_flat, model_same, 0},
};
const struct operations on_time = {table, sizeof table / sizeof *table};
