/* watch: each receiver sees the newest value, and the last one in any case. */

#include "party.h"

#include "many.h"
#include "weir/channel.h"

static weir_watch *watch;

static void begin(int64_t first)
{
    struct tracked item = tracked_make(first);
    watch = weir_watch_new(copied_type(), &item);
}

static void sends(int64_t number)
{
    struct tracked item = tracked_make(number);
    assert_true(weir_watch_send(watch, &item));
}

static struct party *subscriber(void)
{
    return party_of(weir_watch_subscribe(watch));
}

static void the_newest_value(void **state)
{
    (void)state;
    begin(1);
    struct party *one = subscriber(), *two = subscriber();
    says(one, 4, "1");
    says(one, 4, "P");
    sends(2);
    assert_int_equal(party_wakes(one), 1);
    sends(3);
    assert_int_equal(party_wakes(one), 1);
    says(one, 4, "3"); /* 2 was replaced before it was seen */
    says(two, 4, "3");
    says(two, 4, "P");
    sends(4);
    struct tracked now;
    assert_true(weir_watch_look(watch, &now));
    assert_int_equal(now.value, 4);
    tracked_drop(now);
    weir_watch_drop(watch);
    says(one, 4, "4 $"); /* the last one is always seen */
    says(two, 4, "4 $");
    party_drop(one);
    party_drop(two);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void its_end_is_told(void **state)
{
    (void)state;
    begin(1);
    struct party *one = subscriber(), *gone = subscriber();
    says(one, 1, "1");
    says(one, 1, "P");
    says(gone, 1, "1");
    says(gone, 1, "P");
    party_drop(gone);
    weir_watch_drop(watch);
    assert_int_equal(party_wakes(one), 1);
    says(one, 1, "$");
    party_drop(one);
    assert_int_equal(tracked_live, 0);
}

/* What owns something cannot be had twice. */
static void of_what_cannot_be_copied(void **state)
{
    (void)state;
    static weir_type single;
    struct tracked item = tracked_make(1), seen;
    single = tracked_type;
    single.clone = NULL;
    watch = weir_watch_new(&single, &item);
    assert_false(weir_watch_look(watch, &seen));
    struct party *none = subscriber();
    says(none, 1, "!!TYPE");
    party_drop(none);
    weir_watch_drop(watch);
    assert_int_equal(tracked_live, 0);
}

static void without_memory(void **state)
{
    (void)state;
    begin(1);
    struct party *one = subscriber();
    copies_fail = true;
    says(one, 1, "!MEMORY");
    struct tracked none;
    assert_false(weir_watch_look(watch, &none));
    copies_fail = false;
    sends(2);
    says(one, 1, "2");
    party_drop(one);
    weir_watch_drop(watch);
    for (unsigned k = 1; k < 8; k++) {
        memory_begin(k, true);
        begin(1);
        struct tracked next = tracked_make(2);
        if (!weir_watch_send(watch, &next))
            tracked_drop(next);
        one = subscriber();
        party_polls(one, 1);
        party_drop(one);
        weir_watch_drop(watch);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
    memory.failed = 0;
    weir_vec item = {0};
    watch = weir_watch_new(&weir_type_vec, &item);
    one = subscriber();
    says(one, 1, "!!TYPE");
    party_drop(one);
    weir_watch_drop(watch);
    assert_int_equal(tracked_live, 0);
}

enum { CHANGES = 20000, THREADS = 3 };

static void see(int64_t item, void *arg)
{
    if (item < *(int64_t *)arg)
        test_abort("a watch goes back");
    *(int64_t *)arg = item;
}
WEIR_EACH_FN(see_fn, see, int64_t)

static void *watches(void *rx)
{
    int64_t last = 0;
    if (weir_run(weir_for_each(rx, &see_fn, &last), NULL, NULL) != WEIR_READY || last != CHANGES)
        test_abort("the last value that was seen is %lld", (long long)last);
    weir_thread_end();
    return NULL;
}

static void on_many_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    pthread_t threads[THREADS];
    watch = weir_watch_new(&weir_type_i64, &(int64_t){0});
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, watches, weir_watch_subscribe(watch));
    for (int64_t i = 1; i <= CHANGES; i++)
        assert_true(weir_watch_send(watch, &i));
    weir_watch_drop(watch);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int task_watch(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_value),         cmocka_unit_test(its_end_is_told),
        cmocka_unit_test(of_what_cannot_be_copied), cmocka_unit_test(without_memory),
        cmocka_unit_test(on_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
