/* Connections of HTTP/2 over wires that fail: parts that are dropped at every poll, ends and failed
 * writes at every byte, wakes that come late, memory that fails. Whatever happens, nobody waits for
 * ever, nothing that was cut looks whole, and nothing is left. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#ifdef WEIR_HAVE_NGHTTP2
#include "h2_rig.h"

static struct rig rig;

static void begin(enum rig_mode mode)
{
    memset(&rig, 0, sizeof rig);
    rig.mode = mode;
    rig.late = true;
    test_clock_begin();
    memory_begin(0, false);
}

/* A bit of everything. */
static void ask_all(void)
{
    rig_ask(&rig, "/hello");
    rig_ask(&rig, "/bytes/40000");
    rig_ask(&rig, "/echo")->body = 30000;
    struct ask *read = rig_ask(&rig, "/read");
    read->body = 2000;
    read->trails = true;
    read->name = "x-long";
    read->value = "a value that is somewhat longer than those of others, and is sent with the read";
    rig_ask(&rig, "/half");
    rig_ask(&rig, "/bytes/100000")->reset_at = 20000;
}

static void end(void)
{
    rig_end(&rig);
    assert_int_equal(memory_end(), 0);
    assert_true(test_clock_idle());
}

/* All of it, or not said to be whole. */
static void expect_honest(void)
{
    static const size_t whole[] = {5, 40000, 30000, 4, SIZE_MAX, 100000};
    for (size_t i = 0; i < rig.asks_n; i++) {
        const struct ask *ask = &rig.asks[i];
        assert_false(ask->wrong);
        assert_true(!ask->ended || ask->got == whole[i]);
    }
    assert_int_equal(rig.counts.requests, rig.counts.answered + rig.counts.unanswered);
}

static void expect_answered(void)
{
    for (size_t i = 0; i < 4; i++)
        assert_true(rig.asks[i].ended);
}

#define EACH_MODE(mode) for (enum rig_mode mode = RIG_TASKS; mode <= RIG_BY_HAND; mode++)
#define EVERY_MODE(mode) for (enum rig_mode mode = RIG_TASKS; mode <= RIG_SERVE; mode++)

/* ---- wires that are slow ---- */

static void every_kind_of_wire(void **state)
{
    static const struct way ways[] = {{.room = 100},
                                      {.piece = 1},
                                      {.piece = 7, .hesitates = true},
                                      {.withheld = true},
                                      {.room = 900, .piece = 300, .withheld = true},
                                      {.hesitates = true, .withheld = true}};
    (void)state;
    EVERY_MODE(mode)
    {
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
            for (unsigned which = 1; which < 4; which++) {
                begin(mode);
                ask_all();
                if (which & 1)
                    rig.wire.ways[TO_SERVER] = ways[i];
                if (which & 2)
                    rig.wire.ways[TO_CLIENT] = ways[i];
                rig_begin(&rig);
                assert_true(rig_run(&rig));
                rig_end(&rig);
                expect_answered();
                expect_honest();
                assert_int_equal(rig.counts.answered, 4);
                end();
            }
    }
}

/* ---- parts that go ---- */

static void each_handler_dropped_at_each_poll(void **state)
{
    (void)state;
    EACH_MODE(mode)
    {
        for (unsigned at = 1; at < 12; at++) {
            begin(mode);
            ask_all();
            rig.drop_at = at;
            rig.wire.ways[TO_CLIENT].room = 3000;
            rig_begin(&rig);
            assert_true(rig_run(&rig));
            assert_int_equal(rig.handlers, 0);
            rig_end(&rig);
            expect_honest();
            end();
        }
    }
}

static void the_stream_dropped_at_each_poll(void **state)
{
    (void)state;
    EACH_MODE(mode)
    {
        for (unsigned at = 1; at < 40; at++) {
            begin(mode);
            ask_all();
            rig.drop_stream_at = at;
            rig.wire.ways[TO_CLIENT].room = 3000;
            rig_begin(&rig);
            rig_run(&rig);
            assert_int_equal(rig.handlers, 0);
            rig_end(&rig);
            expect_honest();
            end();
        }
    }
}

static void all_dropped_at_each_poll(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 12; at++) {
        begin(RIG_TASKS);
        ask_all();
        rig.drop_stream_at = rig.drop_at = at;
        rig.wire.ways[TO_CLIENT].room = 3000;
        rig_begin(&rig);
        rig_run(&rig);
        assert_int_equal(rig.handlers, 0);
        rig_end(&rig);
        expect_honest();
        end();
    }
}

static void a_waker_may_outlive_the_connection(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    rig_ask(&rig, "/hold");
    rig.stays = true;
    rig.late = false;
    rig_begin(&rig);
    rig_run(&rig);
    weir_waker *waker = rig.wire.ways[TO_SERVER].slots[0].waker;
    assert_non_null(waker);
    weir_waker_ref(waker);
    rig_end(&rig);
    weir_waker_wake(waker);
    weir_waker_wake(waker);
    weir_waker_unref(waker);
    assert_int_equal(memory_end(), 0);
}

/* ---- ends ---- */

static void the_end_at_each_byte(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        for (size_t at = 1; at < 36000; at += at < 400 ? 1 : 1571) {
            begin((enum rig_mode)(at % 3));
            ask_all();
            rig.wire.ways[way].cut_at = at;
            rig_begin(&rig);
            rig_run(&rig);
            if (way == TO_SERVER)
                assert_true(rig.over);
            assert_int_equal(rig.handlers, 0);
            rig_end(&rig);
            expect_honest();
            end();
        }
    }
}

static void each_write_fails(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 60; at++) {
        begin((enum rig_mode)(at % 3));
        ask_all();
        rig.wire.ways[TO_CLIENT].fail_write = at;
        rig.wire.ways[TO_CLIENT].room = 2000;
        rig_begin(&rig);
        rig_run(&rig);
        assert_true(rig.over);
        assert_int_equal(rig.handlers, 0);
        rig_end(&rig);
        expect_honest();
        end();
    }
}

static void each_byte_damaged(void **state)
{
    (void)state;
    for (size_t at = 1; at < 600; at++) {
        begin((enum rig_mode)(at % 3));
        ask_all();
        rig.wire.ways[TO_SERVER].wrong_at = at;
        rig_begin(&rig);
        rig_run(&rig);
        rig_end(&rig);
        end();
    }
}

/* ---- memory ---- */

static void each_allocation_fails(void **state)
{
    (void)state;
    for (int after = 0; after < 2; after++) {
        bool failed = true;
        for (unsigned long at = 1; failed; at++) {
            begin((enum rig_mode)(at % 3));
            ask_all();
            memory_begin(at, after);
            rig.wire.ways[TO_CLIENT].room = 3000;
            rig_begin(&rig);
            rig_run(&rig);
            failed = memory.failed;
            assert_int_equal(rig.handlers, 0);
            rig_end(&rig);
            expect_honest();
            if (!failed)
                expect_answered();
            end();
        }
    }
}

int http_http2_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_wire),
        cmocka_unit_test(each_handler_dropped_at_each_poll),
        cmocka_unit_test(the_stream_dropped_at_each_poll),
        cmocka_unit_test(all_dropped_at_each_poll),
        cmocka_unit_test(a_waker_may_outlive_the_connection),
        cmocka_unit_test(the_end_at_each_byte),
        cmocka_unit_test(each_write_fails),
        cmocka_unit_test(each_byte_damaged),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests_name("http2_faults", tests, NULL, NULL);
}

#else

int http_http2_faults(void)
{
    return 0;
}

#endif
