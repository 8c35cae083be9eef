/* Threads that read, attach and leave while workers do all there is: sums never go down while
 * somebody is attached, and nothing of what is dropped is looked at. */

#include <pthread.h>
#include <stdatomic.h>

#include "rows.h"

static _Atomic bool over;

static void not_less(const struct rows *now, const struct rows *before)
{
    for (size_t i = 0; i < before->n; i++) {
        const weir_inspect_row *a = &before->all[i];
        for (size_t j = 0; j < now->n; j++) {
            const weir_inspect_row *b = &now->all[j];
            if (a->place != b->place || a->index != b->index || strcmp(a->stage, b->stage) != 0)
                continue;
            assert_true(b->items >= a->items && b->tasks >= a->tasks);
            assert_true(b->service_n >= a->service_n);
            assert_true(b->queue_item_ns >= a->queue_item_ns);
        }
    }
}

static void *reads(void *rt)
{
    static struct rows rows[2];
    weir_inspect_turn turns[4];
    weir_service services[WEIR_INSPECT_SERVICES];
    rows[1].n = 0;
    for (size_t round = 0; !atomic_load(&over); round++) {
        struct rows *now = &rows[round % 2];
        rows_read(rt, now);
        not_less(now, &rows[(round + 1) % 2]);
        for (size_t i = 0; i < now->n; i++)
            weir_inspect_service(rt, now->all[i].place, now->all[i].stage, now->all[i].index,
                                 services, WEIR_INSPECT_SERVICES);
        weir_inspect_running(rt, turns, 4);
    }
    return NULL;
}

static void *comes_and_goes(void *rt)
{
    for (bool exact = true; !atomic_load(&over); exact = !exact)
        weir_inspect_attach(rt, exact);
    return NULL;
}

static int64_t next(int64_t n, void *arg)
{
    (void)arg;
    return n + 1;
}
WEIR_MAP_FN(next_fn, next, int64_t, int64_t)

static weir_stream *future_of(int64_t n, void *arg)
{
    (void)arg;
    weir_stream *one = weir_once(&weir_type_i64, &n);
    return n % 3 ? one : weir_sum(weir_merge((weir_stream *[]){one, weir_range(0, 2)}, 2));
}
WEIR_THEN_FN(future_fn, future_of, int64_t, int64_t, .to = &weir_type_i64)

/* Inputs that end one after the other, tasks of items, batches, channels, a zip. */
static weir_stream *everything(weir_rt *rt)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
    assert_true(weir_rt_spawn(rt, weir_send_each(weir_range(0, 200), tx)));
    weir_sender_drop(tx);
    weir_stream *inputs[3] = {
        weir_map(weir_range(0, 50), &next_fn, NULL),
        weir_par_map(weir_range(0, 100), &next_fn, NULL, 4, NULL),
        rx,
    };
    weir_stream *all = weir_merge(inputs, 3);
    all = weir_buffer(all, 16, WEIR_OVERFLOW_BACKPRESSURE);
    return weir_count(weir_zip(all, weir_map(weir_range(0, 1000), &next_fn, NULL)));
}

static void crowd(const char *driver)
{
    weir_error error;
    pthread_t threads[2];
    uint64_t n;
    atomic_store(&over, false);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .workers = 2), &error);
    assert_true(weir_inspect_start(rt, &error));
    assert_int_equal(pthread_create(&threads[0], NULL, reads, rt), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, comes_and_goes, rt), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(weir_rt_run(rt, everything(rt), &n, &error), WEIR_READY);
        assert_int_equal(n, 350);
        weir_stream *futures = weir_par_map(weir_range(0, 50), &future_fn, NULL, 8, NULL);
        assert_int_equal(weir_rt_run(rt, weir_count(futures), &n, &error), WEIR_READY);
        assert_int_equal(n, 50);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    weir_rt_drop(rt);
}

static void others_read_while_it_works(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++)
        if (strcmp(rig_drivers[i], "sim") != 0)
            crowd(rig_drivers[i]);
}

int inspect_crowd(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(others_read_while_it_works)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
