/* What is lost by a sink. */

#include "broker.h"

static weir_stream *messages(const struct topic *topic, struct keeper *keeper)
{
    weir_kafka_from from = from_of(topic, topic->name);
    return keeper_over(weir_kafka(&from), keeper);
}

static void *publish_more(void *topic)
{
    usleep(200000);
    broker_publish(topic, 3, 1, 10);
    return NULL;
}

/* Lost by its sink: it comes again, and all that came behind it. */
static void what_is_lost_comes_again(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("lost", 1);
    broker_publish(&topic, 0, 3, 10);
    weir_stream *stream = messages(&topic, &keeper);
    for (unsigned i = 0; i < 3; i++)
        take(stream, &message);
    pthread_t thread = later(publish_more, &topic);
    take(stream, &message); /* nothing was there: so a mark came before it */
    pthread_join(thread, NULL);
    assert_int_equal(number_of(&message), 3);
    assert_true(keeper.n >= 1);
    keeper_settle(&keeper, false);
    for (unsigned i = 0; i < 4; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
    }
    assert_int_equal(broker_settled(&topic, topic.name), 0);
    weir_drop(stream);
    keeper_settle(&keeper, false);
}

/* ---- while one that is too large waits to be told ---- */

/* Takes all that there is; loses what came first when number 3 comes, and the large one behind it.
 */
struct loser {
    weir_stream stream;
    const struct topic *topic;
    weir_mark *mark;
    char seen[16];
    unsigned n, settled; /* before that one, where not all of them came at once */
};

static weir_poll loser_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct loser *self = WEIR_SELF(struct loser, stream);
    weir_message some[64];
    (void)out, (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, some, 64);
    for (uint32_t i = 0; i < got.n && self->n < sizeof self->seen - 1; i++)
        self->seen[self->n++] = (char)('0' + number_of(&some[i]));
    if (got.state == WEIR_MARK && self->n == 3) {
        self->mark = weir_mark_take(cx);
        broker_publish(self->topic, 3, 1, 10);
        broker_publish(self->topic, 4, 1, 3000);
        /* weir-lint: allow(blocking_in_async) both are fetched before the next poll */
        usleep(500000);
    } else if (got.state == WEIR_MARK) {
        weir_mark_settle(weir_mark_take(cx), true);
        self->settled = self->n < 3 ? self->n : self->settled;
    } else if (self->n == 4 && self->mark) {
        weir_mark_settle(self->mark, false);
        self->mark = NULL;
    }
    return (weir_poll){0, got.state == WEIR_MARK ? WEIR_READY : got.state};
}

static const weir_stream_ops loser_ops = {.size = sizeof loser_ops,
                                          .name = "loser",
                                          .poll_next = loser_poll_next,
                                          .marks = WEIR_MARKS_SETTLE};

static void what_is_too_large_comes_again(void **state)
{
    (void)state;
    struct topic topic = broker_make("large-lost", 1);
    broker_publish(&topic, 0, 3, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.message_bytes_max = 1000;
    weir_stream *stream =
        weir_stream_new(weir_kafka(&from), sizeof(struct loser), &loser_ops, &weir_type_unit);
    struct loser *loser = WEIR_SELF(struct loser, stream);
    unsigned char unit;
    loser->topic = &topic;
    assert_int_equal(weir_rt_next(rt, stream, &unit, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.record, 4);
    char expected[16];
    snprintf(expected, sizeof expected, "0123%s", &"0123"[loser->settled]);
    assert_string_equal(loser->seen, expected);
    weir_drop(stream);
}

int kafka_lost(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_lost_comes_again),
        TEST(what_is_too_large_comes_again),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: lost", tests, NULL, NULL);
    broker_end();
    return failed;
}
