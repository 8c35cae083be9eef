/* Messages of brokers: as records, and copied with all that they hold. Jobs: how each ends. */

#include <stdio.h>
#include <string.h>

#include "../stream/stages.h"
#include "weir/job.h"
#include "weir/message.h"
#include "weir/record.h"

static const weir_header headers[] = {{"colour", "red"}, {"size", ""}};

static weir_message full(void)
{
    return (weir_message){.value = {"a\0b", 3},
                          .key = {"k", 1},
                          .topic = "orders",
                          .partition = 2,
                          .tries = 1,
                          .offset = 17,
                          .sub_offset = 3,
                          .time_ns = 1700000000000000000,
                          .headers = headers,
                          .n_headers = 2};
}

static void is_copied_whole(const weir_message *copy)
{
    weir_message message = full();
    assert_int_equal(copy->value.size, 3);
    assert_memory_equal(copy->value.data, "a\0b", 4);
    assert_true(copy->value.data != message.value.data);
    assert_memory_equal(copy->key.data, "k", 2);
    assert_string_equal(copy->topic, "orders");
    assert_int_equal(copy->offset, 17);
    assert_int_equal(copy->sub_offset, 3);
    assert_int_equal(copy->n_headers, 2);
    assert_string_equal(copy->headers[0].name, "colour");
    assert_string_equal(copy->headers[0].value, "red");
    assert_string_equal(copy->headers[1].value, "");
}

static void copies(void **state)
{
    (void)state;
    weir_message message = full();
    weir_owned_message copy, second;
    memory_begin(0, false);
    assert_true(weir_type_message.own(&weir_type_message, &copy, &message));
    is_copied_whole(&copy.message);
    assert_true(weir_type_owned_message.clone(&weir_type_owned_message, &second, &copy));
    weir_owned_message_drop(&copy);
    is_copied_whole(&second.message);
    weir_type_owned_message.drop(&weir_type_owned_message, &second);
    message = (weir_message){.partition = -1, .offset = -1, .value = {"", 0}};
    assert_true(weir_owned_message_new(&copy, &message));
    assert_null(copy.message.key.data);
    assert_null(copy.message.topic);
    assert_null(copy.message.headers);
    assert_int_equal(copy.message.value.size, 0);
    weir_owned_message_drop(&copy);
    weir_owned_message_drop(&copy); /* twice is once */
    assert_int_equal(memory_end(), 0);
    memory_begin(1, false);
    assert_false(weir_owned_message_new(&copy, &message));
    assert_int_equal(memory_end(), 0);
}

static weir_value field(const weir_message *message, const char *text)
{
    weir_name name = {{text, strlen(text)}, 0};
    weir_value value = {WEIR_VALUE_NONE, {0}};
    weir_record_find((weir_record_view){&weir_type_message, message}, &name, &value);
    return value;
}

static void are_records(void **state)
{
    (void)state;
    weir_message message = full(), bare = {.partition = -1, .offset = -1, .value = {"v", 1}};
    assert_int_equal(weir_record_count((weir_record_view){&weir_type_message, &message}), 7);
    assert_int_equal(field(&message, "value").is.text.size, 3);
    assert_int_equal(field(&message, "key").is.text.size, 1);
    assert_int_equal(field(&message, "topic").is.text.size, 6);
    assert_int_equal(field(&message, "partition").is.i64, 2);
    assert_int_equal(field(&message, "offset").is.i64, 17);
    assert_true(field(&message, "time").is.i64 == 1700000000000000000);
    assert_int_equal(field(&message, "colour").kind, WEIR_VALUE_NONE);
    static const char *const unsaid[] = {"key", "topic", "partition", "offset", "time"};
    for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++)
        assert_int_equal(field(&bare, unsaid[i]).kind, WEIR_VALUE_NULL);
}

static void headers_are_fields(void **state)
{
    static weir_name colour = WEIR_NAME("colour"), none = WEIR_NAME("none");
    (void)state;
    weir_message message = full(), bare = {.partition = -1};
    weir_value value = field(&message, "headers");
    assert_int_equal(value.kind, WEIR_VALUE_RECORD);
    weir_record_view inner = value.is.record;
    assert_int_equal(weir_record_count(inner), 2);
    assert_true(weir_record_find(inner, &colour, &value));
    assert_memory_equal(value.is.text.data, "red", 4);
    assert_false(weir_record_find(inner, &none, &value));
    assert_int_equal(weir_record_count(field(&bare, "headers").is.record), 0);
}

/* Of several of one name the first is found, wherever it stood in the message before. */
static void headers_of_one_name(void **state)
{
    static const weir_header once[] = {{"x", "0"}, {"a", "5"}}, twice[] = {{"a", "2"}, {"a", "1"}};
    weir_message messages[] = {{.headers = once, .n_headers = 2},
                               {.headers = twice, .n_headers = 2}};
    weir_name a = WEIR_NAME("a");
    weir_value value;
    (void)state;
    assert_true(weir_record_find(field(&messages[0], "headers").is.record, &a, &value));
    assert_memory_equal(value.is.text.data, "5", 1);
    assert_true(weir_record_find(field(&messages[1], "headers").is.record, &a, &value));
    assert_memory_equal(value.is.text.data, "2", 1);
}

struct held {
    struct weir_job_hold hold;
    char said[40];
};

static void note(struct weir_job_hold *hold, weir_job_end end, uint64_t after_ns,
                 const char *reason)
{
    struct held *held = (struct held *)hold;
    size_t n = strlen(held->said);
    snprintf(held->said + n, sizeof held->said - n, "%c%u%s ", "DAX"[end], (unsigned)after_ns,
             reason ? reason : "");
}

static void jobs_end_once(void **state)
{
    (void)state;
    struct held held = {.hold = {note}};
    weir_job job = {.hold = &held.hold};
    weir_job_done(&job);
    weir_job_again(&job, 7);
    job.hold = &held.hold;
    weir_job_again(&job, 7);
    job.hold = &held.hold;
    weir_job_dead(&job, "ill");
    job.hold = &held.hold;
    weir_type_job.drop(&weir_type_job, &job);
    assert_null(job.hold);
    assert_string_equal(held.said, "D0 A7 X0ill A0 ");
}

int format_message(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(are_records),
        cmocka_unit_test(headers_are_fields),
        cmocka_unit_test(headers_of_one_name),
        cmocka_unit_test(jobs_end_once),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
