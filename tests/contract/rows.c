/* The rows: every stage, over items that are dropped exactly once or abort the test. */

#include "given.h"

#include <string.h>

#include "../task/waits.h"

/* ---- generators ---- */

static bool counts_to_five(struct tracked *state, weir_error *error)
{
    (void)error;
    while (state->value < 5)
        if (!weir_yield(struct tracked, tracked_make(++state->value)))
            break;
    return true;
}

static void tracked_state_drop(void *state)
{
    tracked_drop(*(struct tracked *)state);
}
WEIR_GENERATOR_FN(counts_to_five_fn, counts_to_five, struct tracked, struct tracked, TO_TRACKED,
                  .drop = tracked_state_drop)

/* A generator ends at an error: those that it reads it passes on as items, and `unpack` behind it
 * makes errors of them again. */
struct packed {
    struct tracked item;
    weir_code code; /* OK: the item counts */
    bool fatal;
    int64_t number;
};

static void packed_drop(const weir_type *type, void *packed)
{
    const struct packed *self = packed;
    (void)type;
    if (self->code == WEIR_OK)
        tracked_drop(self->item);
}
static const weir_type packed_type = WEIR_TYPE_OWNING(struct packed, packed_drop);

static bool packs(weir_stream **source, weir_error *error)
{
    struct packed next = {0};
    for (;;) {
        weir_state got = wait_next(*source, &next.item, error);
        if (got == WEIR_END || (got == WEIR_ERROR && error->code == WEIR_E_STOPPED))
            return got == WEIR_END;
        next.code = got == WEIR_ERROR ? error->code : WEIR_OK;
        next.fatal = error->fatal;
        next.number = error->number;
        if (!weir_yield(struct packed, next))
            return true;
    }
}

static void source_drop(void *source)
{
    weir_drop(*(weir_stream **)source);
}
WEIR_GENERATOR_FN(packs_fn, packs, weir_stream *, struct packed, .to = &packed_type,
                  .drop = source_drop)

enum { PACKS = 4 };
struct unpack {
    weir_stream stream;
    struct packed packs[PACKS];
    uint32_t n, at;
};

static weir_poll unpack_one(struct unpack *self, weir_cx *cx, void *out)
{
    const struct packed *next = &self->packs[self->at++];
    if (next->code == WEIR_OK) {
        memcpy(out, &next->item, sizeof next->item);
        return (weir_poll){1, WEIR_READY};
    }
    weir_fail(cx, next->code, "passed on");
    cx->error.number = next->number;
    cx->error.fatal = next->fatal;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll unpack_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct unpack *self = WEIR_SELF(struct unpack, stream);
    if (self->at < self->n)
        return unpack_one(self, cx, out);
    size_t n = demand < PACKS ? demand : PACKS;
    weir_poll got = weir_poll_next(weir_source(stream), cx, self->packs, n);
    self->at = 0;
    self->n = got.n;
    return got.n ? unpack_one(self, cx, out) : got;
}

static void unpack_fini(weir_stream *stream)
{
    struct unpack *self = WEIR_SELF(struct unpack, stream);
    weir_type_drop_items(&packed_type, self->packs + self->at, self->n - self->at);
}

static weir_stream *unpacked(weir_stream *source)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "unpack",
                                        .poll_next = unpack_poll_next,
                                        .fini = unpack_fini,
                                        .marks = WEIR_MARKS_SETTLE};
    return weir_stream_new(source, sizeof(struct unpack), &ops, &tracked_type);
}

/* ---- how each is built ---- */

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

static weir_stream *keep(struct run *run, weir_stream *stream)
{
    run->kept = stream;
    return stream;
}

static const int64_t numbers[] = {1, 2, 3, 4, 5};

static weir_stream *one_tracked(void)
{
    struct tracked item = tracked_make(7);
    return weir_once(&tracked_type, &item);
}

static weir_stream *unfolded(void)
{
    struct tracked state = tracked_make(0);
    return weir_unfold(&up_to_five_fn, &state);
}

static weir_stream *counted(bool ahead)
{
    struct tracked state = tracked_make(0);
    return weir_generator(&counts_to_five_fn, &state, &WEIR_FIBER_OPTIONS(.ahead = ahead));
}

static weir_stream *passed_on(weir_stream *source, bool ahead)
{
    source = weir_settle_here(source); /* it sees no marks through a function */
    return unpacked(weir_generator(&packs_fn, &source, &WEIR_FIBER_OPTIONS(.ahead = ahead)));
}

static weir_stream *scanned(weir_stream *source)
{
    struct tracked state = tracked_make(0);
    return weir_scan(source, &sum_fn, &state);
}

static weir_stream *folded(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_fold(source, &add_fn, &acc, NULL);
}

static weir_stream *merged(weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return weir_merge(both, 2);
}

static weir_poll count_to_four(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *polls = arg;
    (void)demand;
    ++*polls;
    if (*polls > 8)
        return (weir_poll){0, WEIR_END};
    if (*polls % 2)
        return weir_wait_turn(cx);
    struct tracked item = tracked_make(*polls / 2);
    memcpy(out, &item, sizeof item);
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *polled(void)
{
    static unsigned polls;
    polls = 0;
    return weir_poll_fn(&tracked_type, count_to_four, &polls);
}

static weir_poll wait_and_give(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *polls = arg;
    (void)demand;
    if (!(*polls)++)
        return weir_wait_turn(cx);
    struct tracked item = tracked_make(7);
    memcpy(out, &item, sizeof item);
    return (weir_poll){1, WEIR_END};
}

static weir_stream *polled_once(void)
{
    static unsigned polls;
    polls = 0;
    return weir_future_fn(&tracked_type, wait_and_give, &polls);
}

/* peekable, looked at before each item is taken: what was seen is what comes. */
struct peeking {
    weir_stream stream;
    unsigned turn;
};

static weir_poll peeking_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct peeking *self = (struct peeking *)stream;
    weir_stream *source = weir_source(stream);
    void *seen = NULL;
    weir_poll got = weir_poll_peek(source, cx, &seen);
    if (got.state == WEIR_ERROR) /* it stays until it is taken */
        return weir_poll_next(source, cx, out, demand);
    if (got.state != WEIR_READY)
        return got;
    int64_t value = ((struct tracked *)seen)->value;
    if (self->turn++ % 2 == 0)
        return weir_wait_turn(cx); /* it stays, until the next poll or the drop */
    if (self->turn % 4 == 2)
        got = weir_poll_next_if(source, cx, &below_hundred_fn, NULL, out);
    else
        got = weir_poll_next(source, cx, out, demand);
    if (!got.n || ((struct tracked *)out)->value != value)
        test_abort("peek showed %lld, and something else came", (long long)value);
    return got;
}

static weir_stream *peeked(weir_stream *source)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "peeking",
                                        .poll_next = peeking_poll_next,
                                        .marks = WEIR_MARKS_PASS};
    weir_stream *peekable = weir_peekable(source);
    return weir_stream_new(peekable, sizeof(struct peeking), &ops, &tracked_type);
}

ROW(iter, weir_iter(&weir_type_i64, numbers, 5))
ROW(range, weir_range(-2, 9))
ROW(range_empty, weir_range(3, 3))
ROW(once, one_tracked())
ROW(empty, weir_empty(&tracked_type))
ROW(repeat, weir_take(weir_repeat(&weir_type_i64, numbers + 4), 9))
ROW(unfold, unfolded())
ROW(poll_fn, polled())
ROW(future_fn, polled_once())
ROW(generator, counted(false))
ROW(generator_ahead, counted(true))
ROW(generator_over, passed_on(a, false))
ROW(generator_ahead_over, passed_on(a, true))
ROW(by_ref, weir_by_ref(keep(run, a)))
ROW(map, weir_map(a, &tenfold_fn, NULL))
ROW(map_size, weir_map(weir_map(a, &to_number_fn, NULL), &from_number_fn, NULL))
ROW(try_map, weir_map(a, &not_four_fn, NULL))
ROW(filter, weir_filter(a, &is_even_fn, NULL))
ROW(filter_map, weir_filter_map(a, &even_tenfold_fn, NULL))
ROW(take, weir_take(a, 5))
ROW(take_none, weir_take(a, 0))
ROW(take_while, weir_take_while(a, &below_six_fn, NULL))
ROW(skip, weir_skip(a, 3))
ROW(skip_all, weir_skip(a, 100))
ROW(skip_while, weir_skip_while(a, &below_three_fn, NULL))
ROW(scan, scanned(a))
ROW(enumerate, weir_enumerate(a))
ROW(inspect, weir_inspect(a, &look_fn, NULL))
ROW(chunks, weir_chunks(a, 3))
ROW(chunks_one, weir_chunks(a, 1))
ROW(chunks_of_pairs, weir_chunks(weir_enumerate(a), 2))
ROW(peekable, weir_peekable(a))
ROW(peeked, peeked(a))
ROW(then, weir_then(a, &future_fn, NULL))
ROW(then_async, weir_then_async(a, &machine_fn, NULL))
ROW(ahead, weir_ahead(a, 3))
ROW(ahead_one, weir_ahead(a, 1))
ROW(settle_here, weir_settle_here(a))
ROW(flatten, weir_flatten(weir_map(a, &to_stream_fn, NULL), &tracked_type))
ROW(flat_map, weir_flat_map(a, &stream_fn, NULL))
ROW(buffered_one, weir_buffered(weir_map(a, &to_future_fn, NULL), &tracked_type, 1))
ROW(buffered, weir_buffered(weir_map(a, &to_future_fn, NULL), &tracked_type, 3))
ROW(buffer_unordered, weir_buffer_unordered(weir_map(a, &to_future_fn, NULL), &tracked_type, 3))
ROW(map_async, weir_map_async(a, &machine_fn, NULL, 3))
ROW(map_async_one, weir_map_async(a, &machine_fn, NULL, 1))
ROW(map_async_ordered, weir_map_async_ordered(a, &machine_fn, NULL, 3))
ROW(own, weir_own(a))
ROW(results, weir_results(a))
ROW(errors, weir_errors(weir_results(a)))
ROW(chain, weir_chain(a, b))
ROW(zip, weir_zip(a, b))
ROW(select, weir_select(a, b))
ROW(merge, merged(a, b))
ROW(for_each, weir_for_each(a, &eat_fn, NULL))
ROW(fold, folded(a))
ROW(count, weir_count(a))
ROW(collect, weir_collect(a, 100))
ROW(collect_limit, weir_collect(a, 3))
ROW(next, weir_next(keep(run, a)))
ROW(any, weir_any(a, &is_even_fn, NULL))
ROW(all, weir_all(a, &below_six_fn, NULL))
ROW(filter_sized, weir_filter(weir_map(weir_map(a, &to_number_fn, NULL), &from_number_fn, NULL),
                              &is_even_fn, NULL))
ROW(sized_pairs, weir_enumerate(weir_filter(weir_filter_map(weir_filter(weir_map(weir_enumerate(a),
                                                                                 &item_fn, NULL),
                                                                        &below_six_fn, NULL),
                                                            &even_tenfold_fn, NULL),
                                            &is_even_fn, NULL)))
ROW(co_source, co_source(false))
ROW(co_source_ahead, co_source(true))
ROW(co_seven, co_seven())
ROW(co_reads, co_reads(run, a, false))
ROW(co_reads_ahead, co_reads(run, a, true))
ROW(co_loops, co_loops(run, a, false))
ROW(co_loops_ahead, co_loops(run, a, true))
ROW(co_awaits, co_awaits(run, a, false))
ROW(co_awaits_ahead, co_awaits(run, a, true))
ROW(co_sum, co_sum(run, a))
ROW(long_chain,
    weir_count(weir_chunks(
        weir_take(weir_filter(weir_map(weir_zip(a, b), &first_fn, NULL), &is_even_fn, NULL), 9),
        2)))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(iter, 0, 0, "1 2 3 4 5 $"),
    ROW(range, 0, 0, "-2 -1 0 1 2 3 4 5 6 7 8 $"),
    ROW(range_empty, 0, 0, "$"),
    ROW(once, 0, FUTURE, "7 $"),
    ROW(empty, 0, 0, "$"),
    ROW(repeat, 0, 0, "5 5 5 5 5 5 5 5 5 $"),
    ROW(unfold, 0, 0, "1 2 3 4 5 $"),
    ROW(poll_fn, 0, 0, "1 2 3 4 $"),
    ROW(future_fn, 0, FUTURE, "7 $"),
    ROW(generator, 0, 0, "1 2 3 4 5 $"),
    ROW(generator_ahead, 0, 0, "1 2 3 4 5 $"),
    ROW(generator_over, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(generator_ahead_over, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(by_ref, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(map, 1, 0, "10 20 30 40 50 60 70 80 $"),
    ROW(map_size, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(try_map, 1, 0, "1 2 3 !4 5 6 7 8 $"),
    ROW(filter, 1, 0, "2 4 6 8 $"),
    ROW(filter_sized, 1, 0, "2 4 6 8 $"),
    ROW(sized_pairs, 1, 0, "0:20 1:40 $"),
    ROW(filter_map, 1, 0, "20 40 60 80 $"),
    ROW(take, 1, 0, "1 2 3 4 5 $"),
    ROW(take_none, 1, 0, "$"),
    ROW(take_while, 1, 0, "1 2 3 4 5 $"),
    ROW(skip, 1, 0, "4 5 6 7 8 $"),
    ROW(skip_all, 1, 0, "$"),
    ROW(skip_while, 1, 0, "3 4 5 6 7 8 $"),
    ROW(scan, 1, 0, "1 3 6 10 15 $"),
    ROW(enumerate, 1, 0, "0:1 1:2 2:3 3:4 4:5 5:6 6:7 7:8 $"),
    ROW(inspect, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(chunks, 1, 0, "[1 2 3] [4 5 6] [7 8] $"),
    ROW(chunks_one, 1, 0, "[1] [2] [3] [4] [5] [6] [7] [8] $"),
    ROW(chunks_of_pairs, 1, 0, "[0:1 1:2] [2:3 3:4] [4:5 5:6] [6:7 7:8] $"),
    ROW(peekable, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(peeked, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(then, 1, 0, "1 2 3 4 !5 6 7 8 $"),
    ROW(then_async, 1, HOLDS_UNSEEN, "1 2 3 4 !5 6 7 8 $"),
    ROW(ahead, 1, TAKES_MORE, "1 2 3 4 5 6 7 8 $"),
    ROW(ahead_one, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(settle_here, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(flatten, 1, 0, "10 11 20 21 30 31 50 !5 51 60 61 70 71 $"),
    ROW(flat_map, 1, 0, "10 11 20 21 30 31 50 !5 51 60 61 70 71 $"),
    ROW(buffered_one, 1, OVERTAKES | OWN_ERRORS, "1 2 3 4 !5 6 7 8 $"),
    ROW(buffered, 1, OVERTAKES | OWN_ERRORS, "1 2 3 4 !5 6 7 8 $"),
    ROW(buffer_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS, "3 1 2 6 4 !5 7 8 $"),
    ROW(map_async, 1, HOLDS_UNSEEN | ANY_ORDER | OVERTAKES | OWN_ERRORS, "3 1 2 6 4 !5 7 8 $"),
    ROW(map_async_one, 1, HOLDS_UNSEEN | OVERTAKES | OWN_ERRORS, "1 2 3 4 !5 6 7 8 $"),
    ROW(map_async_ordered, 1, HOLDS_UNSEEN | OVERTAKES | OWN_ERRORS, "1 2 3 4 !5 6 7 8 $"),
    ROW(own, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(results, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(errors, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(chain, 2, DELIVERS_FIRST | OWN_ERRORS, "1 2 3 4 5 6 7 8 101 102 103 104 105 106 $"),
    ROW(zip, 2, 0, "(1,101) (2,102) (3,103) (4,104) (5,105) (6,106) $"),
    ROW(select, 2, ANY_SIDE | DELIVERS | OWN_ERRORS, "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(merge, 2, ANY_SIDE | DELIVERS | OWN_ERRORS, "1 101 2 102 3 103 4 104 5 105 6 106 7 8 $"),
    ROW(for_each, 1, FUTURE, "() $"),
    ROW(fold, 1, FUTURE, "36 $"),
    ROW(count, 1, FUTURE, "8 $"),
    ROW(collect, 1, FUTURE, "[1 2 3 4 5 6 7 8] $"),
    ROW(collect_limit, 1, FUTURE, "!!LIMIT"),
    ROW(next, 1, FUTURE, "1 $"),
    ROW(any, 1, FUTURE, "true $"),
    ROW(all, 1, FUTURE, "false $"),
    ROW(co_source, 0, 0, "1 2 3 4 5 $"),
    ROW(co_source_ahead, 0, 0, "1 2 3 4 5 $"),
    ROW(co_seven, 0, FUTURE, "7 $"),
    ROW(co_reads, 1, HOLDS_UNSEEN, "10 20 30 40 50 60 70 80 $"),
    ROW(co_reads_ahead, 1, HOLDS_UNSEEN, "10 20 30 40 50 60 70 80 $"),
    ROW(co_loops, 1, HOLDS_UNSEEN, "2 4 6 $"),
    ROW(co_loops_ahead, 1, HOLDS_UNSEEN, "2 4 6 $"),
    ROW(co_awaits, 1, HOLDS_UNSEEN, "1 2 3 4 !5 6 7 8 $"),
    ROW(co_awaits_ahead, 1, HOLDS_UNSEEN, "1 2 3 4 !5 6 7 8 $"),
    ROW(co_sum, 1, FUTURE | HOLDS_UNSEEN, "36 $"),
    ROW(long_chain, 2, FUTURE, "2 $"),
};
const struct rows rows_owned = {rows, sizeof rows / sizeof *rows};
