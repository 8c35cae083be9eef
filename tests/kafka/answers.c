/* What librdkafka says, in all its forms, and marks in any order. No broker is asked. */

#include "broker.h"
#include "kafka/link.h"

static struct weir_kafka_link *link_new(void)
{
    struct weir_kafka_link *link =
        weir_kafka_link_new(&WEIR_KAFKA_FROM(.topics = "orders", .group = "g"));
    assert_non_null(link);
    return link;
}

/* ---- errors ---- */

static const struct {
    rd_kafka_resp_err_t code;
    weir_code ours;
    bool told, fatal;
    const char *words;
} faults[] = {
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, WEIR_E_ARGUMENT, true, true, "has no position in 'in'"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, WEIR_E_ARGUMENT, true, true, "'in': there is none"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, WEIR_E_ARGUMENT, true, true, "'in': there is none"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, WEIR_E_ARGUMENT, true, true, "'in': there is none"},
    {RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, WEIR_E_TIMEOUT, true, true, "thrown out of group 'g'"},
    {RD_KAFKA_RESP_ERR__BAD_MSG, WEIR_E_CORRUPT, true, false, "'in', partition 3: said"},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, WEIR_E_CORRUPT, true, false, "partition 3: said"},
    {RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, WEIR_E_CORRUPT, true, false, "partition 3: said"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, WEIR_E_CLOSED, true, true, "refuse it: said"},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, WEIR_E_CLOSED, true, true, "refuse it: said"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, WEIR_E_CLOSED, true, true, "refuse it: said"},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, WEIR_E_CLOSED, true, false, "no broker answers"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, WEIR_OK, false, false, ""}, /* it is tried again */
};

static void note_of(struct weir_kafka_link *link, rd_kafka_topic_t *topic, int32_t partition,
                    rd_kafka_resp_err_t code, int64_t offset)
{
    static char text[] = "said";
    rd_kafka_message_t message = {.err = code,
                                  .rkt = topic,
                                  .partition = partition,
                                  .offset = offset,
                                  .payload = text,
                                  .len = 4};
    link->hand[0] = &message;
    link->at = 0;
    link->n = 1;
    weir_kafka_note_first(link);
    link->n = 0;
}

/* Of partition 3, which is ours. */
static void note(struct weir_kafka_link *link, rd_kafka_topic_t *topic, rd_kafka_resp_err_t code,
                 int64_t offset)
{
    if (weir_kafka_part_find(link, "in", 3) < 0)
        assert_true(weir_kafka_part_add(link, "in", 3));
    link->taken = link->epochs;
    note_of(link, topic, 3, code, offset);
}

static rd_kafka_t *handle_new(void)
{
    char why[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", why, sizeof why);
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    assert_non_null(rk);
    return rk;
}

static void each_fault_is_told(void **state)
{
    (void)state;
    rd_kafka_t *rk = handle_new();
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "in", NULL);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct weir_kafka_link *link = link_new();
        const struct weir_kafka_news *news = &link->client.news;
        link->client.rk = rk;
        note(link, topic, faults[i].code, 17);
        assert_int_equal(news->is, faults[i].told);
        assert_int_equal(news->fatal, faults[i].fatal);
        assert_int_equal(link->client.failed, faults[i].fatal);
        assert_int_equal(news->code, faults[i].ours);
        assert_non_null(strstr(news->text, faults[i].words));
        assert_true(news->code != WEIR_E_CORRUPT || news->record == 17);
        link->client.rk = NULL;
        weir_kafka_end(&link->client);
    }
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

/* What is wrong with a partition that has left is told to whoever has it now. */
static void what_has_left_is_not_told(void **state)
{
    (void)state;
    rd_kafka_t *rk = handle_new();
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "in", NULL);
    struct weir_kafka_link *link = link_new();
    const struct weir_kafka_news *news = &link->client.news;
    note(link, topic, RD_KAFKA_RESP_ERR__BAD_MSG, 1);
    assert_true(news->is);
    link->client.news.is = false;
    note_of(link, topic, 4, RD_KAFKA_RESP_ERR__BAD_MSG, 1);
    assert_false(news->is);
    weir_kafka_part_remove(link, "in", 3);
    note_of(link, topic, 3, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, 1);
    assert_true(weir_kafka_part_add(link, "in", 3)); /* it is back: what was taken comes again */
    note_of(link, topic, 3, RD_KAFKA_RESP_ERR__BAD_MSG, 1);
    assert_false(news->is);
    assert_false(link->client.failed);
    note_of(link, topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, -1);
    assert_true(news->fatal);
    weir_kafka_end(&link->client);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

/* What is fatal comes before all else; what is not waits for nobody. */
static void the_worst_is_told(void **state)
{
    (void)state;
    rd_kafka_t *rk = handle_new();
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "in", NULL);
    struct weir_kafka_link *link = link_new();
    struct weir_kafka_news *news = &link->client.news;
    note(link, topic, RD_KAFKA_RESP_ERR__BAD_MSG, -1);
    assert_true(news->record == WEIR_NOWHERE); /* nobody says where */
    note(link, topic, RD_KAFKA_RESP_ERR__BAD_MSG, 5);
    assert_true(news->record == WEIR_NOWHERE);
    note(link, topic, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, 6);
    assert_int_equal(news->code, WEIR_E_ARGUMENT);
    note(link, topic, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, 7);
    assert_int_equal(news->code, WEIR_E_ARGUMENT);
    news->is = false;
    note(link, topic, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, -1);
    weir_kafka_note_life(&link->client); /* that it is away was not told yet */
    assert_true(link->client.lost);
    news->is = false;
    note(link, topic, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, -1);
    assert_false(news->is); /* once */
    weir_kafka_note_life(&link->client);
    assert_non_null(strstr(news->text, "there again"));
    weir_kafka_note_life(&link->client);
    weir_kafka_end(&link->client);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

static const char ended[] = "ssl://h:1/bootstrap: SSL handshake failed: error:0A000126:SSL "
                            "routines::unexpected eof while reading (after 5ms in state CONNECT)";
static const char unknown[] = "ssl://h:1/bootstrap: SSL handshake failed: error:0A000086:SSL "
                              "routines::certificate verify failed";

/* A connection that ends while TLS begins: a broker that starts does so. A certificate is as it is.
 */
static void what_tls_says_may_pass(void **state)
{
    (void)state;
    rd_kafka_t *rk = handle_new();
    struct weir_kafka_link *link = link_new();
    struct weir_kafka_client *client = &link->client;
    client->rk = rk;
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__SSL, ended);
    assert_false(client->news.is);
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
    assert_true(client->news.is);
    assert_false(client->news.fatal);
    assert_non_null(strstr(client->news.text, "unexpected eof while reading: it is tried again"));
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__SSL, ended);
    assert_false(client->news.fatal);
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__SSL, unknown);
    assert_true(client->news.fatal);
    assert_non_null(strstr(client->news.text, "certificate verify failed"));
    client->rk = NULL;
    weir_kafka_end(client);
    rd_kafka_destroy(rk);
}

/* ---- partitions ---- */

static void places_are_used_again(void **state)
{
    (void)state;
    struct weir_kafka_link *link = link_new();
    for (int32_t i = 0; i < 20; i++)
        assert_true(weir_kafka_part_add(link, i % 2 ? "one" : "two", i / 2));
    assert_int_equal(weir_kafka_part_find(link, "one", 3), 7);
    assert_int_equal(weir_kafka_part_find(link, "one", 11), -1);
    assert_int_equal(weir_kafka_part_find(link, "six", 3), -1);
    weir_kafka_part_remove(link, "one", 3);
    weir_kafka_part_remove(link, "one", 3);
    assert_int_equal(weir_kafka_part_find(link, "one", 3), -1);
    assert_true(weir_kafka_part_add(link, "one", 30));
    assert_int_equal(weir_kafka_part_find(link, "one", 30), 7);
    assert_true(weir_kafka_part_add(link, "one", 30)); /* given anew: another epoch */
    assert_int_equal(link->parts_n, 20);
    weir_kafka_end(&link->client);
}

/* It left and came back, or is read again: what was taken before comes again. */
static void what_was_taken_is_of_its_epoch(void **state)
{
    (void)state;
    rd_kafka_t *rk = handle_new();
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "in", NULL);
    const rd_kafka_message_t message = {.rkt = topic, .partition = 3};
    struct weir_kafka_link *link = link_new();
    assert_int_equal(weir_kafka_part_of(link, &message), -1);
    assert_true(weir_kafka_part_add(link, "in", 3));
    link->taken = link->epochs;
    assert_int_equal(weir_kafka_part_of(link, &message), 0);
    assert_true(weir_kafka_part_add(link, "in", 4));
    assert_int_equal(weir_kafka_part_of(link, &message), 0);
    weir_kafka_part_remove(link, "in", 3);
    assert_true(weir_kafka_part_add(link, "in", 3));
    assert_int_equal(weir_kafka_part_of(link, &message), -1);
    link->taken = link->epochs;
    assert_int_equal(weir_kafka_part_of(link, &message), 0);
    weir_kafka_end(&link->client);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
}

/* ---- marks ---- */

static weir_mark *mark_of(struct weir_kafka_link *link, uint32_t part, int64_t offset)
{
    struct weir_kafka_mark *mark = weir_kafka_mark_new(link, NULL);
    assert_non_null(mark);
    assert_true(weir_kafka_mark_add(mark, part, offset));
    return weir_kafka_mark_open(mark, 1);
}

/* What is behind an open one does not count yet; what is read again does not count before that. */
static void marks_count_in_order(void **state)
{
    (void)state;
    struct weir_kafka_link *link = link_new();
    assert_true(weir_kafka_part_add(link, "in", 0));
    const struct weir_kafka_part *part = link->parts[0];
    weir_mark *first = mark_of(link, 0, 0), *second = mark_of(link, 0, 1);
    weir_mark_settle(second, true);
    assert_int_equal(part->settled, -1);
    assert_int_equal(weir_kafka_marks(link), 2);
    weir_mark_settle(first, true);
    assert_int_equal(part->settled, 2);
    assert_false(weir_kafka_is_accepted(link));
    weir_mark_settle(mark_of(link, 0, 0), true); /* it came twice */
    assert_int_equal(part->settled, 2);
    weir_mark_settle(mark_of(link, 0, 2), false);
    assert_int_equal(part->again, 2);
    assert_true(link->lost);
    weir_mark_settle(mark_of(link, 0, 3), true);
    assert_int_equal(part->settled, 2);
    assert_int_equal(weir_kafka_settled(link), 5);
    weir_kafka_end(&link->client);
}

/* It went to another member, or to this one once more: nothing of it counts. */
static void marks_of_a_partition_that_left_do_not_count(void **state)
{
    (void)state;
    struct weir_kafka_link *link = link_new();
    assert_true(weir_kafka_part_add(link, "in", 0));
    weir_mark *before = mark_of(link, 0, 0);
    struct weir_kafka_mark *late = weir_kafka_mark_new(link, NULL);
    assert_true(weir_kafka_mark_add(late, 0, 1));
    assert_true(weir_kafka_part_add(link, "in", 0));
    assert_false(weir_kafka_mark_add(late, 0, 2)); /* of another epoch: a mark of its own */
    weir_mark *open = weir_kafka_mark_open(late, 2);
    assert_int_equal(link->parts[0]->open, 0);
    weir_mark_settle(before, true);
    weir_kafka_part_remove(link, "in", 0);
    weir_mark_settle(open, false);
    assert_false(link->lost);
    weir_kafka_end(&link->client);
}

static void marks_have_room_for_so_many(void **state)
{
    (void)state;
    struct weir_kafka_link *link = link_new();
    assert_true(weir_kafka_part_add(link, "in", 0));
    assert_true(weir_kafka_part_add(link, "in", 1));
    struct weir_kafka_mark *mark = weir_kafka_mark_new(link, NULL);
    for (int i = 0; i < WEIR_KAFKA_MARK_ITEMS; i++)
        assert_true(weir_kafka_mark_add(mark, (uint32_t)i % 2, i));
    assert_false(weir_kafka_mark_add(mark, 0, 200));
    weir_kafka_mark_drop(mark);
    weir_kafka_end(&link->client);
}

/* ---- refusals ---- */

static void refused(weir_kafka_from from, const char *words)
{
    weir_message message;
    weir_stream *stream = weir_kafka(&from);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, words));
    assert_true(weir_kafka_lag(stream) == WEIR_LAG_UNKNOWN);
    weir_drop(stream);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    static const char *const plain[] = {"linger", NULL};
    static const char *const far[] = {"a.name.of.an.option.that.is.so.long.that.it.can.be.no.name."
                                      "of.any.option.at.all=1",
                                      NULL};
    static const char *const two[] = {"socket.timeout.ms=5000", "no.such=1", "linger", NULL};
    refused(WEIR_KAFKA_FROM(.topics = NULL), "no topic is named");
    refused(WEIR_KAFKA_FROM(.topics = ""), "no topic is named");
    refused(WEIR_KAFKA_FROM(.topics = "x", .options = plain), "not of the form NAME=VALUE");
    refused(WEIR_KAFKA_FROM(.topics = "x", .options = far), "option 'a.name.of.an");
    refused(WEIR_KAFKA_FROM(.topics = "x", .options = two), "option 'no.such'");
}

/* An older program knew less of it; what it does not know is 0. */
static void sizes_of_older_programs_are_known(void **state)
{
    (void)state;
    static const char *const never[] = {"no.such=1", NULL};
    weir_kafka_from from = {.size = offsetof(weir_kafka_from, options), .options = never};
    refused(from, "no topic is named");
    weir_kafka_into into = {.at = "127.0.0.1:1", .topic = "x", .lost_max_ns = 300000000};
    into.size = offsetof(weir_kafka_into, place);
    into.options = never;
    fails(weir_to_kafka(lines(1), &into), WEIR_E_CLOSED, "away for too long");
    into.size = 0; /* forgotten: as this one knows it */
    fails(weir_to_kafka(lines(1), &into), WEIR_E_ARGUMENT, "no.such");
}

int kafka_answers(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_fault_is_told),
        TEST(what_has_left_is_not_told),
        TEST(the_worst_is_told),
        TEST(what_tls_says_may_pass),
        TEST(places_are_used_again),
        TEST(what_was_taken_is_of_its_epoch),
        TEST(marks_count_in_order),
        TEST(marks_of_a_partition_that_left_do_not_count),
        TEST(marks_have_room_for_so_many),
        TEST(wrong_arguments_are_refused),
        TEST(sizes_of_older_programs_are_known),
    };
    return cmocka_run_group_tests_name("kafka: answers", tests, NULL, NULL);
}
