/* Sets of tasks that are joined as they come, in order, or by key: what futures_unordered,
 * futures_ordered and stream_map are over handles that abort when they are dropped. */

#include "../driver/rig.h"
#include "doubles.h"

static int alive;

struct job {
    int pauses;
    int64_t gives;
};

static void job_drop(void *state)
{
    (void)state;
    alive--;
}

static bool job(struct job *self, int64_t *out, weir_error *error)
{
    for (int i = 0; i < self->pauses; i++)
        if (!weir_pause())
            return false;
    *out = self->gives;
    if (self->gives < 0)
        weir_error_set(error, WEIR_E_USER, "job %lld", (long long)self->gives);
    return self->gives >= 0;
}
WEIR_FIBER_FN(job_fn, job, struct job, int64_t, .drop = job_drop)

static weir_stream *job_of(int pauses, int64_t gives)
{
    alive++;
    return weir_abort_on_drop(weir_go(&job_fn, &((struct job){pauses, gives}), NULL));
}

static void push(weir_set *set, int pauses, int64_t gives)
{
    assert_true(weir_set_push(set, job_of(pauses, gives)));
}

/* tokio JoinSet: join_next, len; what is not joined is aborted with the set. */
static void as_they_come(void **state)
{
    (void)state;
    weir_set *set;
    weir_error error;
    int64_t got;
    weir_stream *joined = weir_futures_unordered(&weir_type_i64, 10, &set);
    push(set, 500, 5);
    push(set, 1, 1);
    push(set, 200, -2);
    push(set, 1 << 20, 9);
    assert_int_equal(weir_set_len(set), 4);
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_READY);
    assert_int_equal(got, 1);
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_ERROR); /* one failed */
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_READY); /* the others go on */
    assert_int_equal(got, 5);
    assert_int_equal(weir_set_len(set), 1);
    assert_int_equal(alive, 1);
    weir_drop(joined);
    assert_int_equal(alive, 0);
    weir_thread_end();
}

/* tokio-util JoinQueue. */
static void in_order(void **state)
{
    (void)state;
    weir_set *set;
    int64_t want = 1;
    weir_stream *joined = weir_futures_ordered(&weir_type_i64, 10, &set);
    push(set, 500, 1);
    push(set, 1, 2);
    push(set, 100, 3);
    push(set, 1 << 20, 4);
    weir_for_await (int64_t, got, joined) {
        assert_int_equal(got, want++);
        if (got == 3)
            break;
    }
    assert_int_equal(alive, 0);
    weir_thread_end();
}

WEIR_INDEXED(int64_t, keyed)

/* tokio-util JoinMap: a key that is used again aborts what had it. */
static void by_key(void **state)
{
    (void)state;
    weir_keyed *map;
    weir_error error;
    struct keyed got;
    weir_stream *joined = weir_stream_map(&weir_type_i64, 10, &map);
    assert_true(weir_stream_map_insert(map, 70, job_of(1 << 20, 0), NULL));
    assert_true(weir_stream_map_insert(map, 71, job_of(3, 11), NULL));
    assert_true(weir_stream_map_insert(map, 70, job_of(900, 10), NULL));
    assert_int_equal(alive, 2);
    assert_true(weir_stream_map_insert(map, 72, job_of(1 << 20, 0), NULL));
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_READY);
    assert_int_equal(got.index, 71);
    assert_int_equal(got.item, 11);
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_READY);
    assert_int_equal(got.index, 70);
    assert_true(weir_stream_map_contains(map, 72));
    weir_drop(weir_stream_map_remove(map, 72)); /* abort */
    assert_int_equal(alive, 0);
    assert_int_equal(weir_await_next(joined, &got, &error), WEIR_END);
    weir_drop(joined);
    weir_thread_end();
}

int task_join_sets(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_they_come),
        cmocka_unit_test(in_order),
        cmocka_unit_test(by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
