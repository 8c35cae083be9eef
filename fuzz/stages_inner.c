/* Operators of streams and futures that are made of items, and of machines. */
#include <string.h>

#include "streams.h"

static weir_stream *future_of(struct item item, void *arg)
{
    item_take(item);
    return future_of_value(stage_of(arg)->run, item.value);
}
WEIR_THEN_FN(future_fn, future_of, struct item, struct item, FROM_ITEM, TO_ITEM)
WEIR_MAP_FN(to_future_fn, future_of, struct item, weir_stream *, FROM_ITEM, .to = &weir_type_stream)

/* The value as often as its rest by 3 says. */
static weir_stream *stream_of(struct item item, void *arg)
{
    int64_t values[2] = {item.value, item.value};
    item_take(item);
    return source_new(stage_of(arg)->run, values, (size_t)rest(item.value, 3));
}
WEIR_THEN_FN(stream_fn, stream_of, struct item, struct item, FROM_ITEM, TO_ITEM)
WEIR_MAP_FN(to_stream_fn, stream_of, struct item, weir_stream *, FROM_ITEM, .to = &weir_type_stream)

static weir_stream *build_then(struct stage *stage, weir_stream *source)
{
    return weir_then(source, &future_fn, stage);
}

static weir_stream *build_buffered(struct stage *stage, weir_stream *source)
{
    return weir_buffered(weir_map(source, &to_future_fn, stage), &item_type, (size_t)stage->a + 1);
}

static weir_stream *build_buffer_unordered(struct stage *stage, weir_stream *source)
{
    source = weir_map(source, &to_future_fn, stage);
    return weir_buffer_unordered(source, &item_type, (size_t)stage->a + 1);
}

static weir_stream *build_flatten(struct stage *stage, weir_stream *source)
{
    return weir_flatten(weir_map(source, &to_stream_fn, stage), &item_type);
}

static weir_stream *build_flat_map(struct stage *stage, weir_stream *source)
{
    return weir_flat_map(source, &stream_fn, stage);
}

static void model_flatten(const struct stage *stage, struct values *values)
{
    static struct values made;
    (void)stage;
    made.n = 0;
    for (size_t i = 0; i < values->n; i++)
        for (int64_t times = rest(values->at[i], 3); times && made.n < VALUES_MAX; times--)
            made.at[made.n++] = values->at[i];
    memcpy(values->at, made.at, made.n * sizeof *made.at);
    values->n = made.n;
}

static weir_stream *build_flatten_unordered(struct stage *stage, weir_stream *source)
{
    source = weir_map(source, &to_stream_fn, stage);
    return weir_flatten_unordered(source, &item_type, (size_t)stage->a + 1);
}

static weir_stream *build_flat_map_unordered(struct stage *stage, weir_stream *source)
{
    return weir_flat_map_unordered(source, &stream_fn, stage, (size_t)stage->a + 1);
}

/* A future that is shared with nobody. */
static weir_stream *shared_of(struct item item, void *arg)
{
    return weir_shared(future_of(item, arg));
}
WEIR_THEN_FN(shared_fn, shared_of, struct item, struct item, FROM_ITEM, TO_ITEM)

static weir_stream *build_shared(struct stage *stage, weir_stream *source)
{
    return weir_then(source, &shared_fn, stage);
}

/* ---- machines ---- */

struct machine {
    struct item item;
    bool holds;
    unsigned polls;
    struct run *run;
    struct waiting waiting;
};

static void machine_start(struct machine *machine, struct item item, void *arg)
{
    machine->item = item;
    machine->holds = true;
    machine->run = stage_of(arg)->run;
}

static weir_poll machine_poll(struct machine *machine, weir_cx *cx, struct item *out)
{
    if (machine->waiting.at)
        return waiting_wait(&machine->waiting, machine->run, cx);
    unsigned kind = machine->polls++ < 2 ? draw(&machine->run->left, 6) : 5;
    if (kind < 1)
        return weir_wait_turn(cx);
    if (kind < 3)
        return waiting_wait(&machine->waiting, machine->run, cx);
    machine->holds = false;
    *out = machine->item;
    return (weir_poll){1, WEIR_END};
}

static void machine_drop(void *state)
{
    struct machine *machine = state;
    waiting_end(&machine->waiting);
    if (machine->holds)
        item_take(machine->item);
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, struct item, struct item,
              FROM_ITEM, TO_ITEM, .drop = machine_drop)

static weir_stream *build_then_async(struct stage *stage, weir_stream *source)
{
    return weir_then_async(source, &machine_fn, stage);
}

static weir_stream *build_map_async(struct stage *stage, weir_stream *source)
{
    return weir_map_async(source, &machine_fn, stage, (size_t)stage->a * 2 + 1);
}

static weir_stream *build_map_async_ordered(struct stage *stage, weir_stream *source)
{
    return weir_map_async_ordered(source, &machine_fn, stage, (size_t)stage->a * 2 + 1);
}

static const struct operation table[] = {
    {"then", build_then, model_same, 0},
    {"shared", build_shared, model_same, 0},
    {"then_async", build_then_async, model_same, 0},
    {"buffered", build_buffered, model_same, 0},
    {"buffer_unordered", build_buffer_unordered, model_same, DISORDERS},
    {"map_async", build_map_async, model_same, DISORDERS},
    {"map_async_ordered", build_map_async_ordered, model_same, 0},
    {"flatten", build_flatten, model_flatten, 0},
    {"flat_map", build_flat_map, model_flatten, 0},
    {"flatten_unordered", build_flatten_unordered, model_flatten, DISORDERS},
    {"flat_map_unordered", build_flat_map_unordered, model_flatten, DISORDERS},
};
const struct operations inner_streams = {table, sizeof table / sizeof *table};
