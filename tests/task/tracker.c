/* trackers: closed and empty at one moment; what is tracked counts until all that it owned is gone.
 */

#include "party.h"

#include "../driver/rig.h"
#include "weir/tracker.h"

static weir_tracker *tracker;
static struct party *late; /* came after others */

static struct party *waiting(void)
{
    struct party *party = party_of(weir_tracker_wait(tracker));
    says(party, 1, "P");
    return party;
}

static weir_stream *tracked(struct script *script, const char *text)
{
    *script = (struct script){.type = &tracked_type};
    return weir_tracker_track(tracker, script_stream(script, text));
}

static void closed_and_empty(void **state)
{
    (void)state;
    tracker = weir_tracker_new();
    struct party *first = waiting(); /* it is open */
    assert_true(weir_tracker_close(tracker));
    assert_false(weir_tracker_close(tracker));
    assert_int_equal(party_wakes(first), 1);
    says(first, 1, "() $");
    struct party *at_once = party_of(weir_tracker_wait(tracker));
    says(at_once, 1, "() $");
    struct script script;
    struct party *one = party_of(tracked(&script, "1 2")); /* closed, it counts nevertheless */
    assert_int_equal(weir_tracker_len(tracker), 1);
    struct party *waits = waiting();
    says(one, 8, "1 2");
    says(one, 8, "$");
    says(waits, 1, "P"); /* it is over, and still there */
    party_drop(one);
    assert_int_equal(weir_tracker_len(tracker), 0);
    says(waits, 1, "() $");
    struct party *all[] = {first, at_once, waits};
    for (size_t i = 0; i < 3; i++)
        party_drop(all[i]);
    weir_tracker_drop(tracker);
    assert_int_equal(test_wakers_live, 0);
    assert_int_equal(tracked_live, 0);
}

static void reopened(void **state)
{
    (void)state;
    struct script script;
    tracker = weir_tracker_new();
    assert_false(weir_tracker_reopen(tracker));
    struct party *one = party_of(tracked(&script, "1")), *waits = waiting();
    weir_tracker_close(tracker);
    assert_true(weir_tracker_is_closed(tracker));
    says(waits, 1, "P");
    assert_true(weir_tracker_reopen(tracker));
    assert_false(weir_tracker_is_closed(tracker));
    party_drop(one);
    says(waits, 1, "P"); /* empty, and open */
    weir_tracker_close(tracker);
    weir_tracker_reopen(tracker);
    late = waiting();
    says(waits, 1, "() $"); /* there was such a moment */
    party_drop(waits);
    party_drop(late);
    weir_tracker_drop(tracker);
    assert_int_equal(test_wakers_live, 0);
}

/* The tracker is told after the fini of what it tracks, also where that was never polled. */
static unsigned finis_when_told;
static struct script *looked_at;

static void look(void)
{
    finis_when_told = looked_at->finis;
}

static void all_is_dropped_before_it_is_told(void **state)
{
    (void)state;
    for (int polled = 0; polled < 2; polled++) {
        struct script script;
        struct meanwhile meanwhile;
        tracker = weir_tracker_new();
        weir_tracker_close(tracker);
        struct party *one = party_of(tracked(&script, "P~")), *waits = waiting();
        if (polled)
            says(one, 1, "P");
        looked_at = &script;
        finis_when_told = 0;
        when_woken(waits, &meanwhile, look);
        weir_tracker_drop(tracker); /* who is tracked keeps it */
        party_drop(one);
        assert_int_equal(finis_when_told, 1);
        party_drop(waits);
    }
    assert_int_equal(test_wakers_live, 0);
}

static struct party *comes;
static struct script another;

static void one_more(void)
{
    comes = party_of(tracked(&another, "1"));
    late = waiting();
}

/* Who comes between two handfuls of wakes waits for what came with it. */
static void many_wait(void **state)
{
    (void)state;
    enum { MANY = 100 };
    struct party *all[MANY];
    struct meanwhile meanwhile;
    tracker = weir_tracker_new();
    for (int i = 0; i < MANY; i++)
        all[i] = waiting();
    when_woken(all[0], &meanwhile, one_more);
    weir_tracker_close(tracker);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(party_wakes(all[i]), 1);
        says(all[i], 1, "() $");
        party_drop(all[i]);
    }
    says(late, 1, "P");
    party_drop(comes);
    says(late, 1, "() $");
    party_drop(late);
    weir_tracker_drop(tracker);
    assert_int_equal(test_wakers_live, 0);
}

static void dropped_while_they_wait(void **state)
{
    (void)state;
    tracker = weir_tracker_new();
    struct party *one = waiting(), *two = waiting();
    party_drop(one);
    party_drop(party_of(weir_tracker_wait(tracker)));
    weir_tracker_close(tracker);
    says(two, 1, "() $");
    party_drop(two);
    weir_tracker_drop(weir_tracker_ref(tracker));
    weir_tracker_drop(tracker);
    weir_tracker_drop(NULL);
    assert_null(weir_tracker_ref(NULL));
    assert_int_equal(test_wakers_live, 0);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 8; k++) {
        struct script script;
        memory_begin(k, true);
        tracker = weir_tracker_new();
        struct party *one = party_of(tracked(&script, "1"));
        struct party *waits = party_of(weir_tracker_wait(tracker));
        assert_true(!tracker || weir_tracker_len(tracker) <= 1);
        party_drop(one);
        if (tracker) {
            assert_int_equal(weir_tracker_len(tracker), 0);
            weir_tracker_close(tracker);
        }
        const char *text = party_polls(waits, 1);
        assert_true(!strcmp(text, "() $") || !strcmp(text, "!!MEMORY"));
        party_drop(waits);
        weir_tracker_drop(tracker);
        assert_int_equal(memory_end(), 0);
    }
    memory.failed = 0;
}

/* ---- threads ---- */

enum { THREADS = 4, EACH = 500 };

static void *works(void *arg)
{
    weir_tracker *mine = arg;
    for (int i = 0; i < EACH; i++) {
        weir_stream *sleep = weir_tracker_track(mine, weir_sleep(100));
        if (weir_run(sleep, NULL, NULL) != WEIR_READY)
            test_abort("it is not tracked");
    }
    weir_tracker_drop(mine);
    weir_thread_end();
    return NULL;
}

static void *waits_again(void *arg)
{
    weir_tracker *mine = arg;
    for (int i = 0; i < EACH; i++) {
        weir_tracker_close(mine);
        if (weir_run(weir_tracker_wait(mine), NULL, NULL) != WEIR_READY)
            test_abort("nobody tells it");
        weir_tracker_reopen(mine);
    }
    weir_tracker_close(mine);
    weir_tracker_drop(mine);
    weir_thread_end();
    return NULL;
}

static void on_many_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    pthread_t threads[THREADS];
    tracker = weir_tracker_new();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, i ? works : waits_again, weir_tracker_ref(tracker));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(weir_tracker_len(tracker), 0);
    assert_int_equal(weir_run(weir_tracker_wait(tracker), NULL, NULL), WEIR_READY);
    weir_tracker_drop(tracker);
    weir_thread_end();
}

int task_tracker(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_and_empty),
        cmocka_unit_test(reopened),
        cmocka_unit_test(all_is_dropped_before_it_is_told),
        cmocka_unit_test(many_wait),
        cmocka_unit_test(dropped_while_they_wait),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(on_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
