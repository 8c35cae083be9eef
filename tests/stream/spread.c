/* spread: the ring, held to what each branch should have seen, over random polls and drops. */

#include "outputs.h"

enum { BRANCHES = 5, ITEMS = 200 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* What a branch has seen: a run of numbers. */
struct branch {
    weir_stream *stream;
    int64_t next; /* the number that it has to see */
    bool slow;    /* it may be told of lost ones */
};

static void read_some(struct branch *branch, struct test_cx *test, size_t demand)
{
    int64_t items[8];
    test_cx_turn(test);
    weir_poll got = weir_poll_next(branch->stream, &test->cx, items, demand);
    if (got.state == WEIR_ERROR && branch->slow) {
        branch->next += test->cx.error.number;
        return;
    }
    assert_true(got.state != WEIR_ERROR);
    for (uint32_t i = 0; i < got.n; i++)
        assert_int_equal(items[i], branch->next++);
}

/* Late branches begin where the others are, or with what is replayed. */
static int64_t first_of(int64_t newest, size_t replay)
{
    return newest > (int64_t)replay ? newest - (int64_t)replay : 0;
}

static int64_t newest_of(const struct branch *branches)
{
    int64_t newest = 0;
    for (int i = 0; i < BRANCHES; i++)
        newest = branches[i].next > newest ? branches[i].next : newest;
    return newest;
}

static void random_run(uint64_t seed, size_t capacity, weir_slow slow, size_t replay)
{
    static struct branch branches[BRANCHES];
    struct test_cx test;
    int64_t newest = 0;
    test_cx_init(&test);
    memset(branches, 0, sizeof branches);
    weir_sharing *shared = weir_share(weir_range(0, ITEMS), capacity, slow, replay);
    for (int step = 0; step < 3000; step++) {
        struct branch *branch = &branches[next_random(&seed) % BRANCHES];
        int64_t seen = newest_of(branches);
        newest = seen > newest ? seen : newest;
        if (!branch->stream && next_random(&seed) % 8 == 0) {
            *branch = (struct branch){weir_share_reader(shared), first_of(newest, replay),
                                      slow == WEIR_SLOW_LAG};
        } else if (branch->stream && next_random(&seed) % 64 == 0) {
            weir_drop(branch->stream);
            branch->stream = NULL;
        } else if (branch->stream) {
            read_some(branch, &test, next_random(&seed) % 8 + 1);
        }
    }
    for (int i = 0; i < BRANCHES; i++)
        for (int polls = 0; slow == WEIR_SLOW_LAG && branches[i].stream && polls < 500; polls++)
            read_some(&branches[i], &test, 8);
    for (int i = 0; i < BRANCHES; i++) {
        if (branches[i].stream && slow == WEIR_SLOW_LAG)
            assert_int_equal(branches[i].next, ITEMS);
        weir_drop(branches[i].stream);
    }
    weir_share_drop(shared);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

static void test_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (size_t capacity = 1; capacity <= 9; capacity += 1 + capacity / 3)
            for (size_t replay = 0; replay <= capacity; replay += 1 + replay) {
                random_run(seed, capacity, WEIR_SLOW_WAIT, replay);
                random_run(seed, capacity, WEIR_SLOW_LAG, replay);
            }
}

/* Items of odd sizes that want to stand where the ring says. */
struct wide {
    _Alignas(64) unsigned char bytes[100];
};

static struct wide widen(int64_t x, void *arg)
{
    struct wide wide;
    (void)arg;
    memset(wide.bytes, (int)x, sizeof wide.bytes);
    return wide;
}
WEIR_MAP_FN(widen_fn, widen, int64_t, struct wide)

static int64_t narrow(struct wide wide, void *arg)
{
    (void)arg;
    assert_memory_equal(wide.bytes, widen(wide.bytes[0], NULL).bytes, sizeof wide.bytes);
    return wide.bytes[0];
}
WEIR_MAP_FN(narrow_fn, narrow, struct wide, int64_t)

static void test_wide_items(void **state)
{
    (void)state;
    weir_stream *outputs[3];
    weir_broadcast(weir_map(weir_range(0, 7), &widen_fn, NULL), outputs, 3, 8, WEIR_SLOW_WAIT);
    for (int i = 0; i < 3; i++)
        assert_string_equal(trace(weir_map(outputs[i], &narrow_fn, NULL), 3), "0 1 2 3 4 5 6 $");
}

int stage_spread(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_wide_items)};
    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
