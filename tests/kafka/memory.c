/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"
#include "doubles.h"
#include "kafka/link.h"

enum { N = 20 };

static struct topic topic;

static void read_some(void)
{
    weir_kafka_from from = from_of(&topic, NULL);
    weir_stream *stream = weir_kafka(&from);
    read_all(stream, N);
    weir_drop(stream);
}

/* Without a group: a member takes three seconds to join. */
static void reading_fails_anywhere(void **state)
{
    (void)state;
    topic = broker_make("memory", 1);
    broker_publish(&topic, 0, N, 10);
    each_allocation_fails(NULL, NULL, read_some);
}

static void write_some(void)
{
    weir_kafka_into into = WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name);
    run_or_fail(weir_to_kafka(lines(N), &into), N);
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    topic = broker_make("made", 1);
    each_allocation_fails(NULL, NULL, write_some);
}

/* True: all of it was made. */
static bool make_some(void)
{
    struct weir_kafka_link *link =
        weir_kafka_link_new(&WEIR_KAFKA_FROM(.topics = "x", .group = "g"));
    if (!link)
        return false;
    bool made = true;
    for (int32_t i = 0; i < 10; i++)
        made &= weir_kafka_part_add(link, "x", i);
    struct weir_kafka_mark *mark = weir_kafka_mark_new(link, NULL);
    if (mark)
        weir_kafka_mark_drop(mark);
    weir_kafka_end(&link->client);
    return made && mark;
}

static void what_a_member_keeps_fails_anywhere(void **state)
{
    (void)state;
    bool made = false;
    for (unsigned long at = 1; !made; at++) {
        memory_begin(at, false);
        made = make_some();
        assert_true(made != memory.failed);
        assert_int_equal(memory_end(), 0);
    }
}

int kafka_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_member_keeps_fails_anywhere),
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(writing_fails_anywhere),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
