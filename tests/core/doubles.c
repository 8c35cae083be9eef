/* The doubles themselves: a test that cannot fail proves nothing. Stages that break the contract,
 * one rule each, must be seen by the checker; readers and writers must do what they were told. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contract.h"

/* ---- stages that break a rule ---- */

enum breach {
    NO_BREACH,
    PENDING_WITHOUT_WAKER,
    PENDING_SAYS_NOT_WHY,
    PENDING_WITH_ITEMS,
    OLD_WAKER_KEPT,
    TOO_MANY_ITEMS,
    ERROR_WITHOUT_CODE,
    ERROR_WITHOUT_MESSAGE,
    HINT_TOO_HIGH,
    HINT_TOO_LOW,
    HINT_UPSIDE_DOWN,
    FUTURE_OF_TWO,
    SCRATCH_KEPT,
    WAKER_LEFT_IN_CX
};

struct broken {
    weir_stream stream;
    enum breach breach;
    unsigned polls;
    struct test_waker *other;
    weir_waker_slot slot;
};

static weir_poll broken_error(struct broken *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_USER, "%s", self->breach == ERROR_WITHOUT_MESSAGE ? "" : "it broke");
    if (self->breach == ERROR_WITHOUT_CODE)
        cx->error.code = WEIR_OK;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll broken_pending(struct broken *self, weir_cx *cx)
{
    weir_poll got = {self->breach == PENDING_WITH_ITEMS, WEIR_PENDING};
    cx->wait_for = WEIR_WAIT_PEER;
    if (self->breach == PENDING_WITHOUT_WAKER)
        return got;
    if (self->breach != OLD_WAKER_KEPT || !self->slot.waker)
        weir_waker_slot_store(&self->slot, cx->waker);
    if (self->breach == WAKER_LEFT_IN_CX)
        cx->waker = &self->other->waker;
    if (self->breach == PENDING_SAYS_NOT_WHY)
        cx->wait_for = WEIR_WAIT_NONE;
    return got;
}

/* Two items with a wait before each; or an error. */
static weir_poll broken_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct broken *self = (struct broken *)stream;
    bool errs = self->breach == ERROR_WITHOUT_CODE || self->breach == ERROR_WITHOUT_MESSAGE;
    self->polls++;
    if (self->breach == SCRATCH_KEPT)
        (void)!weir_scratch_take(cx, 8, 8);
    if (self->polls % 3 || self->polls == 1)
        return broken_pending(self, cx);
    if (errs)
        return broken_error(self, cx);
    ((int64_t *)out)[0] = self->polls / 3;
    unsigned n = self->breach == TOO_MANY_ITEMS ? (unsigned)demand + 1 : 1;
    return (weir_poll){n, self->polls == 6 ? WEIR_END : WEIR_READY};
}

static weir_hint broken_size_hint(const weir_stream *stream)
{
    enum breach breach = ((const struct broken *)stream)->breach;
    return breach == HINT_TOO_HIGH      ? (weir_hint){3, 9}
           : breach == HINT_TOO_LOW     ? (weir_hint){0, 0}
           : breach == HINT_UPSIDE_DOWN ? (weir_hint){2, 1}
                                        : (weir_hint){0, 2};
}

static void broken_fini(weir_stream *stream)
{
    struct broken *self = (struct broken *)stream;
    weir_waker_slot_clear(&self->slot);
    test_waker_drop(self->other);
}

static const weir_stream_ops broken_ops = {.size = sizeof broken_ops,
                                           .name = "broken",
                                           .poll_next = broken_poll_next,
                                           .fini = broken_fini,
                                           .size_hint = broken_size_hint};

/* The first letters of the complaint: the rule. "" : none. */
static void complaint(enum breach breach, const char *rule)
{
    static struct test_cx test;
    struct check check = {0};
    int64_t out[8];
    weir_stream *stream = weir_source_new(sizeof(struct broken), &broken_ops, &weir_type_i64);
    ((struct broken *)stream)->breach = breach;
    ((struct broken *)stream)->other = test_waker_new(NULL);
    stream->stage.one = breach == FUTURE_OF_TWO;
    stream = check_stream(stream, &check);
    test_cx_init(&test);
    for (int i = 0; i < 6; i++) {
        test_cx_turn(&test);
        if (weir_poll_next(stream, &test.cx, out, 1).state == WEIR_END)
            break;
    }
    weir_drop(stream);
    test_cx_fini(&test);
    if (strncmp(check.first, rule, strlen(rule)) || !*rule != !check.complaints)
        fail_msg("breach %d: wanted a complaint of %s, got '%s'", (int)breach, rule, check.first);
    assert_int_equal(test_wakers_live, 0);
}

static void the_checker_sees_each_breach(void **state)
{
    (void)state;
    complaint(NO_BREACH, "");
    complaint(OLD_WAKER_KEPT, "P1");
    complaint(HINT_TOO_HIGH, "P12");
    complaint(HINT_TOO_LOW, "P12");
    complaint(HINT_UPSIDE_DOWN, "P12");
    complaint(FUTURE_OF_TWO, "one");
    complaint(SCRATCH_KEPT, "scratch");
    complaint(WAKER_LEFT_IN_CX, "P2");
    complaint(ERROR_WITHOUT_MESSAGE, "P4");
#ifndef WEIR_CHECKS /* there the wrapper itself dies of these */
    complaint(PENDING_WITHOUT_WAKER, "P1");
    complaint(PENDING_SAYS_NOT_WHY, "P1");
    complaint(PENDING_WITH_ITEMS, "P5");
    complaint(TOO_MANY_ITEMS, "P5");
    complaint(ERROR_WITHOUT_CODE, ""); /* the wrapper gave it one */
#endif
}

/* ---- scripts ---- */

static void traces_say_what_happened(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(trace(script_stream(&script, "1 P 2 P* -3 !7 . 4 $ #"), 1),
                        "1 P 2 P -3 !7 4 $");
    assert_int_equal(script.given, 4);
    assert_int_equal(script.finis, 1);
    assert_string_equal(trace_items(script_stream(&script, "1 P 2 !!7 3"), 9), "1 2 !!7 $");
    assert_string_equal(trace(script_stream(&script, "1 P~ 2"), 9), "1 P STUCK");
    assert_string_equal(trace(pending_once(script_stream(&script, "1 P 2")), 1), "P 1 P P 2 P $");
    assert_string_equal(trace(script_stream(&script, ""), 1), "$");
    script.early_end = true;
    script.hinted = true;
    weir_stream *stream = script_stream(&script, "1 2 !5 3 $");
    assert_int_equal(weir_size_hint(stream).lower, 3);
    assert_string_equal(trace(stream, 2), "1 2 !5 3 $");
}

static void items_have_a_text(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    assert_string_equal(trace(weir_enumerate(script_stream(&script, "5 6")), 4), "0:5 1:6 $");
    assert_string_equal(trace(weir_chunks(script_stream(&script, "5 6 7"), 2), 4), "[5 6] [7] $");
    assert_string_equal(trace(weir_zip(script_stream(&script, "5 6"), weir_range(1, 9)), 4),
                        "(5,1) (6,2) $");
    assert_string_equal(trace(weir_results(script_stream(&script, "5 !6 7")), 4), "5 !6 7 $");
    assert_string_equal(trace(weir_collect(script_stream(&script, "5 6"), 9), 4), "[5 6] $");
    assert_int_equal(tracked_live, 0);
}

static void futures_are_awaited(void **state)
{
    (void)state;
    struct script script = {0};
    weir_error error;
    uint64_t n = 0;
    assert_int_equal(await(weir_count(script_stream(&script, "1 P 2 P* 3")), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_int_equal(await(weir_count(script_stream(&script, "1 !9")), &n, &error), WEIR_ERROR);
    assert_int_equal(error.number, 9);
    assert_int_equal(await(script_stream(&script, ""), &n, NULL), WEIR_END);
}

/* ---- readers ---- */

static void read_all(weir_reader *reader, const char *wanted, weir_state end)
{
    weir_error error;
    struct bytes got = reader_bytes(reader, &error);
    assert_int_equal(got.n, strlen(wanted));
    if (got.n)
        assert_memory_equal(got.data, wanted, got.n);
    assert_int_equal(got.state, end);
    free(got.data);
}

static void readers_follow_their_orders(void **state)
{
    (void)state;
    struct script script = {0};
    read_all(script_reader(&script, "\"ab\" P \"c\\n\" P* \"\" \"d\" $"), "abc\nd", WEIR_END);
    assert_int_equal(script.finis, 1);
    read_all(script_reader(&script, "\"ab\" !!5 \"c\""), "ab", WEIR_ERROR);
    read_all(one_byte_reader("hello", 5, true), "hello", WEIR_END);
    read_all(one_byte_reader("hello", 5, false), "hello", WEIR_END);
    read_all(pieces_reader("hello", 5, 2), "hello", WEIR_END);
    read_all(pieces_reader("", 0, 2), "", WEIR_END);
    read_all(failing_reader("hello", 5), "hello", WEIR_ERROR);
}

/* ---- writers ---- */

static weir_state copy_to(struct sink *sink, weir_error *error)
{
    uint64_t n;
    return await(weir_copy(pieces_reader("0123456789", 10, 3), sink_writer(sink)), &n, error);
}

static void sinks_follow_their_orders(void **state)
{
    (void)state;
    struct sink plain = {0}, shorter = {.at_most = 2, .pending = true};
    assert_int_equal(copy_to(&plain, NULL), WEIR_READY);
    assert_memory_equal(plain.data, "0123456789", 10);
    assert_true(plain.closed && plain.finis == 1 && plain.flushed_n == 10);
    assert_int_equal(copy_to(&shorter, NULL), WEIR_READY);
    assert_int_equal(shorter.n, 10);
    sink_fini(&plain);
    sink_fini(&shorter);
}

static void sinks_fail_on_order(void **state)
{
    (void)state;
    struct sink sinks[] = {{.full = true, .room = 4}, {.fail_write = 2}, {.fail_close = 1}};
    size_t written[] = {4, 3, 10};
    for (size_t i = 0; i < 3; i++) {
        weir_error error;
        assert_int_equal(copy_to(&sinks[i], &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_SYSTEM);
        assert_int_equal(sinks[i].n, written[i]);
        assert_int_equal(sinks[i].finis, 1);
        assert_false(sinks[i].closed);
        sink_fini(&sinks[i]);
    }
}

int core_doubles(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_sees_each_breach),
        cmocka_unit_test(traces_say_what_happened),
        cmocka_unit_test(items_have_a_text),
        cmocka_unit_test(futures_are_awaited),
        cmocka_unit_test(readers_follow_their_orders),
        cmocka_unit_test(sinks_follow_their_orders),
        cmocka_unit_test(sinks_fail_on_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
