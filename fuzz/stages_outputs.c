/* Operators with several outputs, which are merged back; and what items take a way around by. */
#include <string.h>

#include "streams.h"

static weir_stream *both_of(weir_stream *first, weir_stream *second)
{
    weir_stream *both[] = {first, second};
    return weir_merge(both, 2);
}

/* ---- each item to each ---- */

static void model_twice(const struct stage *stage, struct values *values)
{
    (void)stage;
    append(values, values->at, values->n);
}

static weir_stream *build_tee(struct stage *stage, weir_stream *source)
{
    weir_stream *copy;
    source = weir_tee(source, &copy, (size_t)stage->a + 1);
    return both_of(source, without_errors(copy));
}

static weir_stream *build_broadcast(struct stage *stage, weir_stream *source)
{
    weir_stream *outputs[2];
    weir_broadcast(source, outputs, 2, (size_t)stage->a + 1, WEIR_SLOW_WAIT);
    return both_of(outputs[0], without_errors(outputs[1]));
}

/* One that is dropped is waited for by nobody. */
static weir_stream *build_broadcast_to_one(struct stage *stage, weir_stream *source)
{
    weir_stream *outputs[3];
    weir_broadcast(source, outputs, 3, (size_t)stage->a + 1, WEIR_SLOW_WAIT);
    weir_drop(outputs[stage->b % 3]);
    weir_drop(outputs[(stage->b + 1) % 3]);
    return outputs[(stage->b + 2) % 3];
}

static weir_stream *build_share(struct stage *stage, weir_stream *source)
{
    weir_sharing *sharing = weir_share(source, (size_t)stage->a + 1, WEIR_SLOW_WAIT, 0);
    weir_stream *first = weir_share_reader(sharing), *second = weir_share_reader(sharing);
    weir_share_drop(sharing);
    return both_of(first, without_errors(second));
}

/* The tap is read when all is over: the last `capacity` items wait there. */
static weir_stream *build_wire_tap(struct stage *stage, weir_stream *source)
{
    weir_stream *tap;
    source = weir_wire_tap(source, &tap, (size_t)stage->a + 1);
    return weir_chain(source, without_errors(tap));
}

static void model_wire_tap(const struct stage *stage, struct values *values)
{
    size_t kept = (size_t)stage->a + 1 < values->n ? (size_t)stage->a + 1 : values->n;
    append(values, values->at + values->n - kept, kept);
}

static weir_stream *build_tap_dropped(struct stage *stage, weir_stream *source)
{
    weir_stream *tap;
    source = weir_wire_tap(source, &tap, (size_t)stage->a + 1);
    weir_drop(tap);
    return source;
}

/* ---- each item to one ---- */

static weir_stream *build_balance(struct stage *stage, weir_stream *source)
{
    weir_stream *outputs[3];
    (void)stage;
    weir_balance(source, outputs, 3);
    return weir_merge(outputs, 3);
}

static uint64_t which(struct item item, void *arg)
{
    (void)arg;
    return (uint64_t)rest(item.value, 3);
}
WEIR_KEY_FN(which_fn, which, struct item, uint64_t, OF_ITEM)

static weir_stream *build_route(struct stage *stage, weir_stream *source)
{
    weir_stream *outputs[3];
    weir_route(source, &which_fn, stage, outputs, 3, (size_t)stage->a + 1);
    return weir_merge(outputs, 3);
}

static size_t one_of(struct item item, size_t n, void *arg)
{
    (void)arg;
    return (size_t)rest(item.value, (int64_t)n);
}
WEIR_CHOOSE_FN(one_of_fn, one_of, struct item, OF_ITEM)

/* One reader of three is gone before the first item: the others are numbered anew. */
static weir_stream *build_deal(struct stage *stage, weir_stream *source)
{
    weir_stream *readers[3];
    weir_dealing *dealing =
        weir_deal(source, &one_of_fn, stage, (size_t)stage->b % 5 + 1, (size_t)stage->a + 1);
    for (size_t i = 0; i < 3; i++)
        readers[i] = weir_deal_reader(dealing);
    weir_deal_drop(dealing);
    weir_drop(readers[stage->b % 3]);
    return both_of(readers[(stage->b + 1) % 3], readers[(stage->b + 2) % 3]);
}

/* What is meant for an output that is gone is dropped. */
static weir_stream *build_route_to_two(struct stage *stage, weir_stream *source)
{
    weir_stream *outputs[3];
    weir_route(source, &which_fn, stage, outputs, 3, (size_t)stage->a + 1);
    weir_drop(outputs[0]);
    return both_of(outputs[1], outputs[2]);
}

static bool is_for_two(const struct stage *stage, int64_t value)
{
    (void)stage;
    return rest(value, 3) != 0;
}

static void model_route_to_two(const struct stage *stage, struct values *values)
{
    keep_if(values, stage, is_for_two);
}

struct group {
    uint64_t key;
    weir_stream *items;
};

static weir_stream *items_of(struct group group, void *arg)
{
    (void)arg;
    return group.items;
}
WEIR_MAP_FN(items_fn, items_of, struct group, weir_stream *, .to = &weir_type_stream)

static weir_stream *build_group_by(struct stage *stage, weir_stream *source)
{
    source = weir_group_by(source, &which_fn, stage, 3, (size_t)stage->a + 1,
                           stage->b & 1 ? WEIR_CLOSED_AGAIN : WEIR_CLOSED_GONE);
    /* weir-lint: allow(unbounded) no limit is one of what is drawn */
    return weir_flatten_unordered(weir_map(source, &items_fn, NULL), &item_type, WEIR_NO_LIMIT);
}

/* ---- around ---- */

static bool nothing_of(uint64_t n, struct item *out, void *arg)
{
    (void)n;
    (void)out;
    (void)arg;
    return false;
}
WEIR_FILTER_MAP_FN(nothing_fn, nothing_of, uint64_t, struct item, TO_ITEM)

/* Through a channel, by a future that is polled beside its receiver. */
static weir_stream *build_channel(struct stage *stage, weir_stream *source)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&item_type, (size_t)stage->a + 1, &tx);
    weir_stream *all = weir_filter_map(weir_send_each(source, tx), &nothing_fn, NULL);
    weir_sender_drop(tx);
    return stage->b & 1 ? both_of(rx, all) : weir_select(all, rx);
}

static const struct operation table[] = {
    {"tee", build_tee, model_twice, DISORDERS},
    {"broadcast", build_broadcast, model_twice, DISORDERS},
    {"broadcast_to_one", build_broadcast_to_one, model_same, 0},
    {"share", build_share, model_twice, DISORDERS},
    {"wire_tap", build_wire_tap, model_wire_tap, ORDERED | NO_ERRORS},
    {"tap_dropped", build_tap_dropped, model_same, 0},
    {"balance", build_balance, model_same, DISORDERS},
    {"route", build_route, model_same, DISORDERS},
    {"deal", build_deal, model_same, DISORDERS},
    {"route_to_two", build_route_to_two, model_route_to_two, DISORDERS},
    {"group_by", build_group_by, model_same, DISORDERS},
    {"channel", build_channel, model_same, NO_ERRORS},
};
const struct operations many_outputs = {table, sizeof table / sizeof *table};
