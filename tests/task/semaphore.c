/* semaphore and mutex: counted, first come, first served, given up by being dropped. */

#include "party.h"

#include "../driver/rig.h"
#include "weir/channel.h"

static weir_semaphore *semaphore;

static struct party *acquiring(size_t n)
{
    return party_of(weir_semaphore_acquire(semaphore, n));
}

static weir_semaphore_permit acquired(struct party *party)
{
    weir_semaphore_permit permit = {NULL, 0};
    test_cx_turn(&party->test);
    assert_int_equal(weir_poll_next(party->stream, &party->test.cx, &permit, 1).n, 1);
    party_drop(party);
    return permit;
}

static void in_the_order_of_the_line(void **state)
{
    (void)state;
    semaphore = weir_semaphore_new(3);
    weir_semaphore_permit two = acquired(acquiring(2));
    assert_int_equal(weir_semaphore_free(semaphore), 1);
    struct party *many = acquiring(2), *one = acquiring(1);
    says(many, 1, "P");
    says(one, 1, "P"); /* there would be one, but it does not overtake */
    weir_semaphore_permit none;
    assert_false(weir_semaphore_try_acquire(semaphore, 1, &none));
    weir_semaphore_permit_drop(&two);
    assert_int_equal(party_wakes(many), 1);
    assert_int_equal(party_wakes(one), 1); /* 3 are enough for both */
    weir_semaphore_permit a = acquired(many), b = acquired(one);
    assert_int_equal(weir_semaphore_free(semaphore), 0);
    weir_semaphore_permit_drop(&a);
    weir_semaphore_permit_drop(&a);
    weir_semaphore_permit_drop(&b);
    assert_int_equal(weir_semaphore_free(semaphore), 3);
    assert_true(weir_semaphore_try_acquire(semaphore, 3, &a));
    assert_false(weir_semaphore_try_acquire(semaphore, 1, &b));
    weir_semaphore_drop(semaphore); /* the permit keeps it */
    weir_semaphore_permit_drop(&a);
    assert_int_equal(test_wakers_live, 0);
}

static void dropped_while_they_wait(void **state)
{
    (void)state;
    semaphore = weir_semaphore_new(1);
    struct party *many = acquiring(5), *one = acquiring(1), *next = acquiring(1);
    says(many, 1, "P");
    says(one, 1, "P");
    says(next, 1, "P");
    party_drop(many); /* it stood in the way */
    assert_int_equal(party_wakes(one), 1);
    assert_int_equal(party_wakes(next), 0);
    party_drop(one); /* served, and never told */
    assert_int_equal(party_wakes(next), 1);
    party_drop(next);
    assert_int_equal(weir_semaphore_free(semaphore), 1);
    party_drop(acquiring(1)); /* never polled */
    assert_int_equal(weir_semaphore_free(semaphore), 1);
    weir_semaphore_drop(semaphore);
    assert_int_equal(test_wakers_live, 0);
}

static void more_are_added(void **state)
{
    (void)state;
    enum { MANY = 100 };
    struct party *waiting[MANY];
    semaphore = weir_semaphore_new(0);
    for (int i = 0; i < MANY; i++) {
        waiting[i] = acquiring(1);
        says(waiting[i], 1, "P");
    }
    weir_semaphore_add(semaphore, MANY + 1);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(party_wakes(waiting[i]), 1);
        party_drop(waiting[i]);
    }
    assert_int_equal(weir_semaphore_free(semaphore), MANY + 1);
    weir_semaphore_add(semaphore, SIZE_MAX);
    assert_true(weir_semaphore_free(semaphore) == SIZE_MAX);
    weir_semaphore_drop(semaphore);
}

static struct party *joining;

static void one_more_waits(void)
{
    says(joining, 1, "P");
}

/* One who joins the line between two handfuls of wakes serves others, and waits itself. */
static void joined_between_wakes(void **state)
{
    (void)state;
    enum { MANY = 40 };
    struct party *waiting[MANY];
    struct meanwhile meanwhile;
    semaphore = weir_semaphore_new(0);
    for (int i = 0; i < MANY; i++) {
        waiting[i] = acquiring(1);
        says(waiting[i], 1, "P");
    }
    joining = acquiring(1);
    when_woken(waiting[0], &meanwhile, one_more_waits);
    weir_semaphore_add(semaphore, MANY);
    assert_int_equal(party_wakes(joining), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(party_wakes(waiting[i]), 1);
    for (int i = 0; i < MANY; i++)
        party_drop(waiting[i]);
    party_drop(joining);
    assert_int_equal(weir_semaphore_free(semaphore), MANY);
    weir_semaphore_drop(semaphore);
    assert_int_equal(test_wakers_live, 0);
}

static void closed(void **state)
{
    (void)state;
    semaphore = weir_semaphore_new(1);
    weir_semaphore_permit permit = acquired(acquiring(1));
    struct party *early = acquiring(1), *late = acquiring(1);
    says(early, 1, "P");
    weir_semaphore_close(semaphore);
    assert_int_equal(party_wakes(early), 1);
    says(early, 1, "!!CLOSED");
    says(late, 1, "!!CLOSED");
    weir_semaphore_permit_drop(&permit);
    assert_false(weir_semaphore_try_acquire(semaphore, 1, &permit));
    party_drop(early);
    party_drop(late);
    struct party *none = acquiring(0);
    says(none, 1, "!!ARGUMENT");
    party_drop(none);
    weir_semaphore_drop(semaphore);
    weir_semaphore_drop(NULL);
    none = party_of(weir_semaphore_acquire(NULL, 1));
    says(none, 1, "!!ARGUMENT");
    party_drop(none);
    none = party_of(weir_mutex_lock(NULL));
    says(none, 1, "!!ARGUMENT");
    party_drop(none);
}

/* ---- the mutex ---- */

static weir_mutex_guard locked(struct party *party)
{
    weir_mutex_guard guard = {NULL, NULL};
    test_cx_turn(&party->test);
    assert_int_equal(weir_poll_next(party->stream, &party->test.cx, &guard, 1).n, 1);
    party_drop(party);
    return guard;
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct tracked first = tracked_make(7);
    weir_mutex *mutex = weir_mutex_new(&tracked_type, &first);
    weir_mutex_guard one = locked(party_of(weir_mutex_lock(mutex))), two;
    assert_int_equal(((struct tracked *)one.value)->value, 7);
    assert_false(weir_mutex_try_lock(mutex, &two));
    struct party *waiting = party_of(weir_mutex_lock(mutex));
    says(waiting, 1, "P");
    ((struct tracked *)one.value)->value = 8;
    weir_mutex_unlock(&one);
    weir_mutex_unlock(&one);
    assert_int_equal(party_wakes(waiting), 1);
    assert_false(weir_mutex_try_lock(mutex, &two)); /* it is the other one's already */
    two = locked(waiting);
    assert_int_equal(((struct tracked *)two.value)->value, 8);
    weir_mutex_drop(mutex);
    assert_int_equal(tracked_live, 1);
    weir_mutex_unlock(&two);
    assert_int_equal(tracked_live, 0);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 8; k++) {
        memory_begin(k, true);
        struct tracked first = tracked_make(1);
        weir_mutex *mutex = weir_mutex_new(&tracked_type, &first);
        if (mutex) {
            struct party *party = party_of(weir_mutex_lock(mutex));
            const char *text = party_polls(party, 1);
            assert_true(strstr(text, "$") || !strcmp(text, "!!MEMORY"));
            party_drop(party);
        }
        weir_mutex_drop(mutex);
        semaphore = weir_semaphore_new(1);
        weir_semaphore_drop(semaphore);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
    memory.failed = 0;
}

enum { THREADS = 4, EACH = 3000 };

static void *count_locked(void *mutex)
{
    for (int i = 0; i < EACH; i++) {
        weir_mutex_guard guard;
        weir_error error;
        if (weir_run(weir_mutex_lock(mutex), &guard, &error) != WEIR_READY)
            test_abort("%s", error.message);
        ++*(int64_t *)guard.value;
        weir_mutex_unlock(&guard);
    }
    weir_thread_end();
    return NULL;
}

static void on_many_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    weir_mutex *mutex = weir_mutex_new(&weir_type_i64, &(int64_t){0});
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_locked, mutex);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    weir_mutex_guard guard;
    assert_true(weir_mutex_try_lock(mutex, &guard));
    assert_int_equal(*(int64_t *)guard.value, THREADS * EACH);
    weir_mutex_unlock(&guard);
    weir_mutex_drop(mutex);
}

int task_semaphore(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_the_line),
        cmocka_unit_test(dropped_while_they_wait),
        cmocka_unit_test(more_are_added),
        cmocka_unit_test(joined_between_wakes),
        cmocka_unit_test(closed),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(on_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
