/* Threads that each run chains of their own share nothing that races: composite types, pools, the
 * processor's level, codecs, and the spare streams of no memory. */

#include "proofs.h"

#include <pthread.h>

enum { THREADS = 3, ROUNDS = 25 };

static int64_t increment(int64_t x, void *arg)
{
    (void)arg;
    return x + 1;
}
WEIR_MAP_FN(increment_fn, increment, int64_t, int64_t)

/* liburing maps its rings behind ThreadSanitizer's back: one that stands where another thread's
 * stood before looks like a race. */
#if defined(__SANITIZE_THREAD__)
static const char driver[] = "epoll";
#else
static const char *const driver = NULL; /* the best there is */
#endif

static bool counts(weir_stream *future, uint64_t wanted)
{
    uint64_t n = 0;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver), &error);
    weir_state ran = weir_rt_run(rt, future, &n, &error);
    weir_rt_drop(rt);
    if (ran == WEIR_READY && n == wanted)
        return true;
    print_message("%llu of %llu\n", (unsigned long long)n, (unsigned long long)wanted);
    return false;
}

static weir_stream *composites(void)
{
    weir_stream *numbered = weir_enumerate(weir_map(weir_range(0, 500), &increment_fn, NULL));
    return weir_chunks(weir_results(weir_zip(numbered, weir_enumerate(weir_range(0, 500)))), 7);
}

static weir_stream *zipped_lines(void)
{
    weir_reader *reader = weir_memory_reader("ab\nc\na\n", 7);
    return weir_zip(weir_range(0, 10), weir_own(weir_lines_matching(reader, 10, "a", 1)));
}

static char path[512];

static weir_stream *there_and_back(void)
{
    weir_reader *reader = weir_gzip(weir_file_reader(path), -1);
    return weir_lines(weir_gunzip(reader), 100);
}

static void *run_many(void *arg)
{
    unsigned *good = arg;
    for (int i = 0; i < ROUNDS; i++) {
        *good += counts(weir_count(composites()), 72);
        *good += counts(weir_count(zipped_lines()), 2);
        *good += counts(weir_count(there_and_back()), 3);
    }
    return NULL;
}

static void test_side_by_side(void **state)
{
    pthread_t threads[THREADS];
    unsigned good[THREADS] = {0};
    (void)state;
    snprintf(path, sizeof path, "%s", rig_path("small"));
    rig_write(path, "ab\ncd\nef\n", 9);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run_many, &good[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(good[i], 3 * ROUNDS);
    }
}

int proofs_ts2(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_side_by_side)};
    return cmocka_run_group_tests_name("ts2", tests, rig_setup, rig_teardown);
}
