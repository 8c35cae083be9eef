/* Awaiting the first of several futures, and bytes in memory. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"

/* ---- the first of several ---- */

static void the_first_in_order_wins(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    struct event events[3];
    weir_stream *futures[3];
    weir_error error;
    int64_t got = 0;
    for (int i = 0; i < 3; i++) {
        event_init(&events[i]);
        futures[i] = event_future(&events[i]);
        events[i].set = i > 0;
    }
    assert_int_equal(weir_await_any(futures, 3, &got, &error), 1);
    assert_int_equal(error.code, WEIR_OK);
    assert_int_equal(got, 42);
    assert_int_equal(events[2].polls, 0); /* it was not asked: it lost nothing */
    assert_int_equal(weir_await_any(&futures[2], 1, &got, &error), 0);
    pthread_t thread;
    events[0].polls = 0;
    assert_int_equal(pthread_create(&thread, NULL, set_event, &events[0]), 0);
    assert_int_equal(weir_await_any(futures, 1, &got, &error), 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++)
        weir_drop(futures[i]);
}

static void said_well(const weir_error *error, const char *words, const char *cure)
{
    static const char who[] = "weir_await_any in any_refuses_what_it_cannot_wait_for ";
    assert_int_equal(error->code, WEIR_E_TYPE);
    assert_int_equal(strncmp(error->message, who, sizeof who - 1), 0);
    assert_string_equal(error->message + sizeof who - 1, words);
    assert_string_equal(error->cure, cure);
    assert_non_null(strstr(error->place, "await_any.c"));
    assert_true(error->line);
}

static void any_refuses_what_it_cannot_wait_for(void **state)
{
    (void)state;
    weir_error error;
    int64_t got;
    weir_stream *futures[2] = {weir_once(&weir_type_i64, &(int64_t){1}), weir_range(0, 2)};
    assert_int_equal(weir_await_any(futures, 0, &got, &error), -1);
    assert_int_equal(weir_await_any(futures, 2, &got, &error), -1);
    said_well(&error, "takes futures, but 'range' may yield more than one item",
              "weir_nth(it, 0), weir_collect() or another consumer around it");
    weir_drop(futures[1]);
    futures[1] = weir_once(&weir_type_bool, &(bool){true});
    assert_int_equal(weir_await_any(futures, 2, (void *)&got, &error), -1);
    said_well(&error, "takes futures of one type, but 'once' yields 'bool', not 'int64_t'",
              "weir_map() around it, to the type of the first");
    weir_drop(futures[1]);
    futures[1] = weir_next(futures[0]);
    assert_int_equal(weir_await_any(&futures[1], 1, &got, &error), 0);
    assert_int_equal(weir_await_any(&futures[1], 1, &got, &error), 0);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    weir_drop(futures[1]);
    weir_drop(futures[0]);
}

/* ---- bytes ---- */

static void bytes_come_and_go(void **state)
{
    (void)state;
    weir_error error;
    weir_vec out = {0};
    char some[4];
    size_t n;
    weir_reader *reader = weir_memory_reader("abcdefghij", 10);
    weir_writer *writer = weir_memory_writer(&out, 100);
    while (weir_await_read(reader, some, sizeof some, &n, &error) == WEIR_READY)
        assert_int_equal(weir_await_write(writer, some, n, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    assert_int_equal(weir_await_fill(reader, 1, &error), WEIR_END);
    assert_int_equal(weir_await_flush(writer, &error), WEIR_READY);
    assert_int_equal(weir_await_close(writer, &error), WEIR_END);
    assert_int_equal(weir_await_write(writer, "x", 1, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    weir_drop(reader);
    weir_drop(writer);
    assert_memory_equal(out.items, "abcdefghij", 10);
    weir_vec_drop(&out);
}

static void a_write_goes_on_until_all_is_taken(void **state)
{
    (void)state;
    weir_error error;
    struct sink sink = {.at_most = 3, .pending = true};
    weir_writer *writer = sink_writer(&sink);
    assert_int_equal(weir_await_write(writer, "abcdefghij", 10, &error), WEIR_READY);
    assert_int_equal(sink.n, 10);
    assert_memory_equal(sink.data, "abcdefghij", 10);
    weir_drop(writer);
    sink_fini(&sink);
}

static void nothing_to_read_or_write(void **state)
{
    (void)state;
    weir_error error = {0};
    char byte;
    size_t n;
    assert_int_equal(weir_await_read(NULL, &byte, 1, &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "there is nothing to wait for");
    assert_int_equal(weir_await_fill(NULL, 1, NULL), WEIR_ERROR);
    assert_int_equal(weir_await_write(NULL, "a", 1, &error), WEIR_ERROR);
    assert_int_equal(weir_await_flush(NULL, &error), WEIR_ERROR);
    assert_int_equal(weir_await_close(NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
}

int task_await_any(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_in_order_wins),
        cmocka_unit_test(any_refuses_what_it_cannot_wait_for),
        cmocka_unit_test(bytes_come_and_go),
        cmocka_unit_test(a_write_goes_on_until_all_is_taken),
        cmocka_unit_test(nothing_to_read_or_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
