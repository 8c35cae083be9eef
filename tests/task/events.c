/* events: one of those who wait is told, or all of them; none is lost with one who gave up. */

#include "party.h"

#include "weir/channel.h"

static weir_event *event;

static struct party *waiting(void)
{
    struct party *party = party_of(weir_event_wait(event));
    says(party, 1, "P");
    return party;
}

static void one_is_told(void **state)
{
    (void)state;
    event = weir_event_new(WEIR_EVENT_AUTOMATIC);
    struct party *one = waiting(), *two = waiting();
    weir_event_set(event);
    assert_int_equal(party_wakes(one), 1);
    assert_int_equal(party_wakes(two), 0);
    assert_false(weir_event_is_set(event)); /* it is the first one's */
    says(two, 1, "P");
    says(one, 1, "() $");
    weir_event_set(event);
    weir_event_set(event);
    says(two, 1, "() $");
    assert_true(weir_event_is_set(event)); /* the second time nobody waited */
    struct party *late = party_of(weir_event_wait(event));
    says(late, 1, "() $");
    assert_false(weir_event_is_set(event));
    weir_event_set(event);
    weir_event_clear(event);
    assert_false(weir_event_is_set(event));
    party_drop(one);
    party_drop(two);
    party_drop(late);
    weir_event_drop(event);
    assert_int_equal(test_wakers_live, 0);
}

static void handed_on(void **state)
{
    (void)state;
    event = weir_event_new(WEIR_EVENT_AUTOMATIC);
    struct party *one = waiting(), *gone = waiting(), *two = waiting();
    party_drop(gone);
    weir_event_set(event);
    assert_int_equal(party_wakes(one), 1);
    party_drop(one); /* before it knew */
    assert_int_equal(party_wakes(two), 1);
    party_drop(two);
    assert_true(weir_event_is_set(event));
    weir_event_drop(event);
}

static void all_are_told(void **state)
{
    (void)state;
    enum { MANY = 70 };
    struct party *all[MANY];
    event = weir_event_new(WEIR_EVENT_MANUAL);
    for (int i = 0; i < MANY; i++)
        all[i] = waiting();
    weir_event_set(event);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(party_wakes(all[i]), 1);
        if (i % 2)
            says(all[i], 1, "() $");
        party_drop(all[i]);
    }
    assert_true(weir_event_is_set(event));
    weir_event_clear(event);
    party_drop(waiting());
    weir_event_drop(event);
}

static struct party *comes;

static void cleared_and_waited_for(void)
{
    weir_event_clear(event);
    says(comes, 1, "P");
}

/* All who waited are told, and none who came when it was clear again. */
static void cleared_between_wakes(void **state)
{
    (void)state;
    enum { MANY = 40 };
    struct party *one[MANY];
    struct meanwhile meanwhile;
    event = weir_event_new(WEIR_EVENT_MANUAL);
    for (int i = 0; i < MANY; i++)
        one[i] = waiting();
    comes = party_of(weir_event_wait(event));
    when_woken(one[0], &meanwhile, cleared_and_waited_for);
    weir_event_set(event);
    assert_int_equal(party_wakes(comes), 0);
    for (int i = 0; i < MANY; i++) {
        says(one[i], 1, "() $");
        party_drop(one[i]);
    }
    says(comes, 1, "P");
    party_drop(comes);
    weir_event_drop(event);
    assert_int_equal(test_wakers_live, 0);
}

static void as_a_stream(void **state)
{
    (void)state;
    event = weir_event_new(WEIR_EVENT_AUTOMATIC);
    struct party *events = party_of(weir_event_stream(event));
    says(events, 4, "P");
    for (int i = 0; i < 3; i++) {
        weir_event_set(event);
        weir_event_set(event);
        assert_int_equal(party_wakes(events), 1);
        says(events, 4, "()");
        says(events, 4, "()"); /* set again while it had been told */
        says(events, 4, "P");
    }
    party_drop(events);
    weir_event_drop(event);
    weir_event_drop(NULL);
    events = party_of(weir_event_stream(NULL));
    says(events, 1, "!!ARGUMENT");
    party_drop(events);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 6; k++) {
        memory_begin(k, true);
        event = weir_event_new(WEIR_EVENT_MANUAL);
        struct party *party = party_of(weir_event_wait(event));
        if (event)
            weir_event_set(event);
        const char *text = party_polls(party, 1);
        assert_true(event ? strstr(text, "() $") || !strcmp(text, "!!MEMORY")
                          : !strcmp(text, "!!ARGUMENT") || !strcmp(text, "!!MEMORY"));
        party_drop(party);
        weir_event_drop(event);
        assert_int_equal(memory_end(), 0);
    }
    memory.failed = 0;
}

enum { ROUNDS = 2000 };
static weir_event *ball[2];

static void *plays(void *side)
{
    intptr_t mine = (intptr_t)side;
    for (int i = 0; i < ROUNDS; i++) {
        if (weir_run(weir_event_wait(ball[mine]), NULL, NULL) != WEIR_READY)
            test_abort("an event does not come");
        weir_event_set(ball[!mine]);
    }
    weir_thread_end();
    return NULL;
}

static void between_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    pthread_t threads[2];
    for (intptr_t i = 0; i < 2; i++)
        ball[i] = weir_event_new(WEIR_EVENT_AUTOMATIC);
    for (intptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, plays, (void *)i);
    weir_event_set(ball[0]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_true(weir_event_is_set(ball[0]));
    for (int i = 0; i < 2; i++)
        weir_event_drop(ball[i]);
}

int task_events(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_told),           cmocka_unit_test(handed_on),
        cmocka_unit_test(all_are_told),          cmocka_unit_test(as_a_stream),
        cmocka_unit_test(cleared_between_wakes), cmocka_unit_test(without_memory),
        cmocka_unit_test(between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
