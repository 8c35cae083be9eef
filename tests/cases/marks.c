/* Graphs that are drawn, over sources that give marks: each mark is settled once, none before all
 * that came before it went all the way, or was left out on purpose. */

#include "../stream/stages.h"

#include "marked.h"
#include "weir/buffer.h"
#include "weir/outputs.h"

static struct marked sources[2];
static uint64_t drawn;

static void note(int64_t item)
{
    marked_note(&sources[0], item);
    marked_note(&sources[1], item);
}

/* ---- the stages ---- */

static bool not_third(int64_t item, void *arg)
{
    (void)arg;
    if (item % 3)
        return true;
    note(item);
    return false;
}
WEIR_FILTER_FN(not_third_fn, not_third, int64_t)

static int64_t same(int64_t item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

/* A future that waits for some turns, or has nothing to give: then its item is left out. */
struct later {
    weir_stream stream;
    int64_t item;
    unsigned turns;
    weir_waker_slot slot;
};

static weir_poll later_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct later *self = WEIR_CONTAINER(stream, struct later, stream);
    (void)demand;
    if (self->turns) {
        self->turns--;
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    }
    if (self->item % 11 == 0) {
        note(self->item);
        return (weir_poll){0, WEIR_END};
    }
    *(int64_t *)out = self->item;
    return (weir_poll){1, WEIR_END};
}

static void later_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&WEIR_CONTAINER(stream, struct later, stream)->slot);
}

static const weir_stream_ops later_ops = {
    .size = sizeof later_ops, .name = "later", .poll_next = later_poll_next, .fini = later_fini};

static weir_stream *later(int64_t item, void *arg)
{
    (void)arg;
    weir_stream *stream = weir_source_new(sizeof(struct later), &later_ops, &weir_type_i64);
    struct later *self = WEIR_CONTAINER(stream, struct later, stream);
    self->item = item;
    self->turns = (unsigned)marked_draw(&drawn, 4);
    stream->stage.one = true;
    return stream;
}
WEIR_MAP_FN(later_fn, later, int64_t, weir_stream *)
WEIR_THEN_FN(then_fn, later, int64_t, int64_t)

static int by_value(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return (a > b) - (a < b);
}
WEIR_COMPARE_FN(by_value_fn, by_value, int64_t)

/* Both outputs are one stream again: all comes twice, in chunks of two sizes. */
static weir_stream *both(weir_stream *first, weir_stream *second, size_t n)
{
    weir_stream *two[] = {weir_flatten_vecs(weir_chunks(first, n), &weir_type_i64),
                          weir_flatten_vecs(weir_chunks(second, n + 2), &weir_type_i64)};
    return weir_merge(two, 2);
}

static weir_stream *teed(weir_stream *s, size_t n)
{
    weir_stream *copy, *first = weir_tee(s, &copy, n);
    return both(first, copy, n);
}

static weir_stream *shared(weir_stream *s, size_t n)
{
    weir_sharing *sharing = weir_share(s, n, WEIR_SLOW_WAIT, marked_draw(&drawn, n));
    weir_stream *first = weir_share_reader(sharing), *second = weir_share_reader(sharing);
    weir_share_drop(sharing);
    return both(first, second, n);
}

static weir_stream *some(weir_stream *s)
{
    size_t n = 1 + marked_draw(&drawn, 5);
    switch (marked_draw(&drawn, 14)) {
    case 0:
        return weir_filter(s, &not_third_fn, NULL);
    case 1:
        return weir_map(s, &same_fn, NULL);
    case 2:
        return weir_flatten_vecs(weir_chunks(s, n), &weir_type_i64);
    case 3:
        return weir_flatten_vecs(weir_ready_chunks(s, n), &weir_type_i64);
    case 4:
        return weir_flatten_vecs(weir_sliding(s, n, 1 + marked_draw(&drawn, n)), &weir_type_i64);
    case 5:
        return weir_buffered(weir_map(s, &later_fn, NULL), &weir_type_i64, n);
    case 6:
        return weir_buffer_unordered(weir_map(s, &later_fn, NULL), &weir_type_i64, n);
    case 7:
        return weir_then(s, &then_fn, NULL);
    case 8:
        return weir_buffer(s, n, WEIR_OVERFLOW_BACKPRESSURE);
    case 9:
        return weir_peekable(s);
    case 10:
        return weir_ahead(s, n);
    case 11:
        return teed(s, n);
    case 12:
        return shared(s, n);
    default:
        return weir_chain(s, weir_empty(&weir_type_i64));
    }
}

static weir_stream *joined(weir_stream *a, weir_stream *b)
{
    weir_stream *two[] = {a, b};
    switch (marked_draw(&drawn, 3)) {
    case 0:
        return weir_merge(two, 2);
    case 1:
        return weir_merge_sorted(a, b, &by_value_fn, NULL);
    default:
        return weir_select(a, b);
    }
}

static weir_stream *graph(uint64_t seed)
{
    drawn = seed * 2654435761 + 1;
    weir_stream *s = marked_stream(&sources[0], seed, 1, 60);
    uint64_t before = marked_draw(&drawn, 3), behind = marked_draw(&drawn, 3);
    while (before--)
        s = some(s);
    sources[1] = (struct marked){0};
    if (marked_draw(&drawn, 2))
        s = joined(s, some(marked_stream(&sources[1], seed + 1, 1001, 60)));
    while (behind--)
        s = some(s);
    return s;
}

/* ---- the sink ---- */

/* False: it is over. */
static bool sink_poll(weir_stream *s, struct test_cx *test)
{
    int64_t items[16];
    test_cx_turn(test);
    weir_poll got = weir_poll_next(s, &test->cx, items, 1 + marked_draw(&drawn, 16));
    for (uint32_t i = 0; i < got.n; i++)
        note(items[i]);
    if (got.state == WEIR_MARK)
        weir_mark_settle(weir_mark_take(&test->cx), true);
    if (got.state == WEIR_ERROR && test->cx.error.fatal)
        fail_msg("%s", test->cx.error.message);
    if (got.state == WEIR_PENDING && !test_cx_woken(test))
        fail_msg("it is stuck");
    return got.state != WEIR_END;
}

static void judge(uint64_t seed, bool whole)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct marked *source = &sources[i];
        if (source->early)
            fail_msg("seed %llu: %u marks were kept too early", (unsigned long long)seed,
                     source->early);
        if (source->given != source->kept + source->lost || (whole && source->lost))
            fail_msg("seed %llu: %u marks, %u kept, %u lost", (unsigned long long)seed,
                     source->given, source->kept, source->lost);
    }
}

static void no_mark_is_early_or_lost(void **state)
{
    (void)state;
    unsigned marks = 0;
    for (uint64_t seed = 1; seed <= 4000; seed++) {
        static struct test_cx test;
        test_cx_init(&test);
        weir_stream *s = graph(seed);
        bool whole = seed % 4;
        unsigned polls = 0, polls_max = whole ? 20000 : (unsigned)marked_draw(&drawn, 60);
        while (polls++ < polls_max && sink_poll(s, &test))
            ;
        if (whole && polls > polls_max)
            fail_msg("seed %llu: it does not end", (unsigned long long)seed);
        weir_drop(s);
        test_cx_fini(&test);
        judge(seed, whole);
        marks += sources[0].kept + sources[1].kept;
    }
    assert_true(marks > 50000);
}

int cases_marks(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_mark_is_early_or_lost)};
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
