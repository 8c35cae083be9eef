/* What comes for requests that were given up: more than there is room for. No server is asked. */

#include "broker.h"
#include "taken.h"

enum { FETCH = 4, RING = 2 * FETCH };

/* As a server sends it, for the first request. */
static void come(struct weir_nats_link *link, const char *consumer, unsigned sequence)
{
    natsMsg *message = NULL;
    char reply[80];
    snprintf(reply, sizeof reply, "$JS.ACK.S.%s.1.%u.%u.1700000000000000000.0", consumer, sequence,
             sequence);
    assert_int_equal(natsMsg_Create(&message, "in.S", reply, "x", 1), NATS_OK);
    weir_nats_on_message(NULL, NULL, message, &link->asks[0]);
}

static struct weir_nats_link *plain_link(const char *consumer)
{
    weir_nats_from from = WEIR_NATS_FROM(.stream = "S", .fetch_max = FETCH);
    struct weir_nats_link *link = weir_nats_link_new(&from, weir_nats_on_message);
    assert_non_null(link);
    snprintf(link->plain, sizeof link->plain, "%s", consumer);
    return link;
}

/* Nothing behind a message that was not taken may be: the next consumer begins there. */
static void a_plain_reader_leaves_no_gap(void **state)
{
    (void)state;
    struct weir_nats_link *link = plain_link("one");
    for (unsigned i = 1; i <= RING + 1; i++)
        come(link, "one", i);
    assert_true(link->happened & WEIR_NATS_REFUSED);
    assert_int_equal(taken(link), RING);
    come(link, "one", RING + 2); /* there is room again */
    assert_int_equal(taken(link), 0);
    assert_int_equal(link->last, RING); /* from where the next one begins */
    weir_nats_link_leave(link);
}

/* What is left of a consumer that is no more takes nobody's room. */
static void what_is_left_of_another_does_not_count(void **state)
{
    (void)state;
    struct weir_nats_link *link = plain_link("two");
    for (unsigned i = 1; i <= RING; i++)
        come(link, "two", i);
    come(link, "one", RING + 1);
    assert_false(link->stale);
    assert_int_equal(taken(link), RING);
    come(link, "two", RING + 1);
    assert_int_equal(taken(link), 1);
    weir_nats_link_leave(link);
}

int nats_pull(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_reader_leaves_no_gap),
        cmocka_unit_test(what_is_left_of_another_does_not_count),
    };
    assert_int_equal(nats_Open(-1), NATS_OK);
    return cmocka_run_group_tests_name("nats: pull", tests, NULL, NULL);
}
