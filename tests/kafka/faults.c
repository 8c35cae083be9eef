/* Each call of librdkafka fails once: it is told, or tried again, and nothing is lost. The linker
 * puts these in the place of the calls (tests/meson.build). */

#include "../broker/fault.h"
#include "broker.h"
#include "kafka/link.h"

#include <errno.h>

static struct {
    struct fault call;
    rd_kafka_resp_err_t code;
} fault = {.call.lock = PTHREAD_MUTEX_INITIALIZER};

static void arm(const char *name, rd_kafka_resp_err_t code)
{
    fault.code = code;
    fault_arm(&fault.call, name, 1);
}

static rd_kafka_error_t *made_error(void)
{
    return rd_kafka_error_new(fault.code, "it is so");
}

#define FAULT(type, name, parameters, arguments, failure)                                          \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fault_is_now(&fault.call, #name) ? (failure) : __real_##name arguments;             \
    }

FAULT(rd_kafka_t *, rd_kafka_new,
      (rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t size),
      (type, conf, why, size), (snprintf(why, size, "it is so"), NULL))
FAULT(rd_kafka_resp_err_t, rd_kafka_subscribe,
      (rd_kafka_t * rk, const rd_kafka_topic_partition_list_t *list), (rk, list), fault.code)
FAULT(rd_kafka_topic_t *, rd_kafka_topic_new,
      (rd_kafka_t * rk, const char *name, rd_kafka_topic_conf_t *conf), (rk, name, conf),
      (errno = EINVAL, NULL))
FAULT(rd_kafka_resp_err_t, rd_kafka_metadata,
      (rd_kafka_t * rk, int all, rd_kafka_topic_t *topic, const struct rd_kafka_metadata **out,
       int ms),
      (rk, all, topic, out, ms), fault.code)
FAULT(rd_kafka_resp_err_t, rd_kafka_assign,
      (rd_kafka_t * rk, const rd_kafka_topic_partition_list_t *list), (rk, list), fault.code)
FAULT(rd_kafka_error_t *, rd_kafka_incremental_assign,
      (rd_kafka_t * rk, const rd_kafka_topic_partition_list_t *list), (rk, list), made_error())
FAULT(rd_kafka_error_t *, rd_kafka_seek_partitions,
      (rd_kafka_t * rk, rd_kafka_topic_partition_list_t *list, int ms), (rk, list, ms),
      made_error())
FAULT(rd_kafka_queue_t *, rd_kafka_queue_get_partition,
      (rd_kafka_t * rk, const char *topic, int32_t partition), (rk, topic, partition), NULL)
FAULT(rd_kafka_resp_err_t, rd_kafka_position,
      (rd_kafka_t * rk, rd_kafka_topic_partition_list_t *list), (rk, list), fault.code)
FAULT(rd_kafka_resp_err_t, rd_kafka_get_watermark_offsets,
      (rd_kafka_t * rk, const char *topic, int32_t partition, int64_t *low, int64_t *high),
      (rk, topic, partition, low, high), fault.code)
FAULT(int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *how, void *(*f)(void *), void *arg),
      (thread, how, f, arg), EAGAIN)

/* ---- who reads ---- */

static weir_stream *reader_of(const struct topic *topic, const char *group)
{
    weir_kafka_from from = from_of(topic, group);
    weir_stream *stream = weir_kafka(&from);
    return group ? weir_settle_here(stream) : stream;
}

static void ends_with(weir_stream *stream, weir_code code, const char *words)
{
    weir_message message;
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    if (error.code != code || !error.fatal || !strstr(error.message, words))
        fail_msg("code %d: %s", error.code, error.message);
    assert_true(fault_has_failed(&fault.call));
    weir_drop(stream);
}

static void what_cannot_begin_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("unbegun", 1);
    arm("rd_kafka_new", 0);
    ends_with(reader_of(&topic, topic.name), WEIR_E_ARGUMENT, "librdkafka cannot begin: it is so");
    arm("rd_kafka_new", 0);
    fails(weir_to_kafka(lines(1), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)),
          WEIR_E_ARGUMENT, "librdkafka cannot begin: it is so");
    arm("rd_kafka_subscribe", RD_KAFKA_RESP_ERR__INVALID_ARG);
    ends_with(reader_of(&topic, topic.name), WEIR_E_ARGUMENT, "cannot subscribe to");
    arm("rd_kafka_assign", RD_KAFKA_RESP_ERR__INVALID_ARG);
    ends_with(reader_of(&topic, NULL), WEIR_E_CLOSED, "1 partitions cannot be read");
    fault_disarm(&fault.call);
}

/* All there are, in whatever order; errors before that are not fatal. */
static void reads_all(weir_stream *stream, unsigned n)
{
    weir_message message;
    bool *seen = calloc(n, sizeof *seen);
    for (unsigned left = n; left;) {
        if (weir_rt_next(rt, stream, &message, &error) != WEIR_READY) {
            assert_false(error.fatal);
            continue;
        }
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    assert_true(fault_has_failed(&fault.call));
    weir_drop(stream);
    free(seen);
}

/* Without a group: asked again where it may be otherwise in a moment. */
static void topics_are_looked_at_again(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("looked", 2);
    broker_publish(&topic, 0, 10, 10);
    arm("rd_kafka_topic_new", 0);
    reads_all(reader_of(&topic, NULL), 10);
    arm("rd_kafka_metadata", RD_KAFKA_RESP_ERR__TRANSPORT);
    reads_all(reader_of(&topic, NULL), 10);
    static const rd_kafka_resp_err_t missing[] = {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                                  RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC};
    for (unsigned i = 0; i < 2; i++) {
        arm("rd_kafka_metadata", missing[i]);
        weir_stream *stream = reader_of(&topic, NULL);
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
        assert_true(error.fatal);
        assert_non_null(strstr(error.message, "there is none"));
        weir_drop(stream);
    }
    fault_disarm(&fault.call);
}

/* Where a partition has no queue its messages stand among what happens else: they are read again,
 * by their own way. */
static void what_went_astray_comes_again(void **state)
{
    (void)state;
    struct topic topic = broker_make("astray", 1);
    broker_publish(&topic, 0, 200, 10);
    arm("rd_kafka_queue_get_partition", 0);
    reads_all(reader_of(&topic, topic.name), 200);
    fault_disarm(&fault.call);
}

static void what_cannot_be_assigned_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("unassigned", 1);
    broker_publish(&topic, 0, 10, 10);
    arm("rd_kafka_incremental_assign", RD_KAFKA_RESP_ERR__STATE);
    weir_stream *stream = reader_of(&topic, topic.name);
    expect_error(stream, WEIR_E_CLOSED, true, "cannot be changed: it is so");
    weir_drop(stream);
    fault_disarm(&fault.call);
}

/* Marks behind it would stand for it: so nothing more is given. */
static void what_was_lost_and_cannot_be_read_is_told(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("unsought", 1);
    broker_publish(&topic, 0, 300, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    for (unsigned i = 0; i < 200; i++)
        take(stream, &message);
    arm("rd_kafka_seek_partitions", RD_KAFKA_RESP_ERR__STATE);
    keeper_settle(&keeper, false);
    weir_state got;
    while ((got = weir_rt_next(rt, stream, &message, &error)) == WEIR_READY)
        ;
    assert_int_equal(got, WEIR_ERROR);
    assert_true(error.fatal);
    assert_non_null(strstr(error.message, "cannot be read again"));
    weir_drop(stream);
    keeper_settle(&keeper, false);
    fault_disarm(&fault.call);
    assert_int_equal(broker_settled(&topic, topic.name), 0);
}

/* ---- how far behind ---- */

static void lags_may_be_unknown(void **state)
{
    (void)state;
    struct topic topic = broker_make("lags", 1);
    broker_publish(&topic, 0, 10, 10);
    weir_message message;
    weir_stream *stream = reader_of(&topic, NULL);
    for (unsigned i = 0; i < 10; i++)
        take(stream, &message);
    assert_true(weir_kafka_lag(stream) == 0);
    arm("rd_kafka_position", RD_KAFKA_RESP_ERR__STATE);
    assert_true(weir_kafka_lag(stream) == WEIR_LAG_UNKNOWN);
    arm("rd_kafka_get_watermark_offsets", RD_KAFKA_RESP_ERR__STATE);
    assert_true(weir_kafka_lag(stream) == WEIR_LAG_UNKNOWN);
    fault_disarm(&fault.call);
    weir_drop(stream);
}

/* ---- the end ---- */

/* On the thread that drops it: what was settled is told to the brokers all the same. */
static void without_a_thread_it_ends_here(void **state)
{
    (void)state;
    enum { N = 200, SETTLED = N - WEIR_KAFKA_MARK_ITEMS };
    struct topic topic = broker_make("threads", 1);
    broker_publish(&topic, 0, N, 10);
    weir_stream *stream = reader_of(&topic, topic.name);
    read_all(stream, N);
    arm("pthread_create", 0);
    weir_drop(stream);
    assert_true(fault_has_failed(&fault.call));
    fault_disarm(&fault.call);
    assert_in_range(broker_wait_settled(&topic, topic.name, SETTLED), SETTLED, N);
}

/* ---- who writes ---- */

static weir_message homeless(int64_t i, void *topic)
{
    return (weir_message){.value = {"x", 1}, .topic = i ? topic : NULL};
}
WEIR_MAP_FN(homeless_fn, homeless, int64_t, weir_message, .to = &weir_type_message)

static void nowhere(const void *item, weir_line *key, int32_t *partition, void *arg)
{
    (void)item, (void)key, (void)arg;
    *partition = 77;
}

static void what_has_no_place_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("placeless", 1);
    fails(weir_to_kafka(weir_map(weir_range(0, 2), &homeless_fn, topic.name),
                        &WEIR_KAFKA_INTO(.at = broker.at)),
          WEIR_E_ARGUMENT, "a message has no topic to go to");
    fails(weir_to_kafka(weir_map(weir_range(-1, 1), &homeless_fn, topic.name),
                        &WEIR_KAFKA_INTO(.at = broker.at)),
          WEIR_E_ARGUMENT, "a message has no topic to go to");
    fails(weir_to_kafka(lines(3),
                        &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name, .place = nowhere)),
          WEIR_E_ARGUMENT, topic.name);
    arm("rd_kafka_topic_new", 0);
    fails(weir_to_kafka(lines(3), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)),
          WEIR_E_USER, "refuse a message");
    fault_disarm(&fault.call);
}

int kafka_faults(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_cannot_begin_is_told),
        TEST(topics_are_looked_at_again),
        TEST(what_went_astray_comes_again),
        TEST(what_cannot_be_assigned_is_told),
        TEST(what_was_lost_and_cannot_be_read_is_told),
        TEST(lags_may_be_unknown),
        TEST(without_a_thread_it_ends_here),
        TEST(what_has_no_place_is_told),
    };
    fault_disarm(&fault.call);
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: faults", tests, NULL, NULL);
    broker_end();
    return failed;
}
