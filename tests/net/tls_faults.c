/* TLS over wires that fail: halves that are dropped at every poll, ends and damage at every byte,
 * memory and writes that fail. Whatever happens, nobody waits for ever, nothing that was cut looks
 * whole, and no other byte comes than was sent. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "link.h"

#ifdef WEIR_HAVE_OPENSSL

static struct link one;

static int setup(void **state)
{
    (void)state;
    link_usual_begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    link_usual_end();
    return 0;
}

static void begin(void)
{
    memset(&one, 0, sizeof one);
    one.usual = true;
    one.pumps[CLIENT_WRITES].n = 3000;
    one.pumps[SERVER_WRITES].n = 20000;
    one.pumps[CLIENT_WRITES].piece = one.pumps[SERVER_WRITES].piece = 2500;
    memory_begin(0, false);
}

static size_t sent_to(int reads)
{
    return one.pumps[reads == CLIENT_READS ? SERVER_WRITES : CLIENT_WRITES].n;
}

/* A prefix of what was sent; the end only behind all of it. */
static void expect_honest(int reads)
{
    const struct pump *pump = &one.pumps[reads];
    assert_false(pump->wrong);
    assert_in_range(pump->moved, 0, sent_to(reads));
    if (pump->done && !pump->dropped && pump->state == WEIR_END)
        assert_int_equal(pump->moved, sent_to(reads));
}

static void expect_both_honest(void)
{
    expect_honest(CLIENT_READS);
    expect_honest(SERVER_READS);
}

static bool ended(int reads)
{
    return one.pumps[reads].state == WEIR_END;
}

static void end(void)
{
    link_close(&one);
    assert_int_equal(memory_end(), 0);
}

/* ---- halves that go ---- */

static void each_half_dropped_at_each_poll(void **state)
{
    static const int reads_of[PUMPS] = {SERVER_READS, CLIENT_READS, CLIENT_READS, SERVER_READS};
    (void)state;
    for (int who = 0; who < PUMPS; who++) {
        bool dropped = true;
        for (unsigned at = 1; dropped; at++) {
            begin();
            one.wire.ways[TO_SERVER].room = one.wire.ways[TO_CLIENT].room = 600;
            one.pumps[who].drop_at = at;
            link_open(&one);
            assert_true(link_run(&one));
            dropped = one.pumps[who].dropped;
            bool writer = who == CLIENT_WRITES || who == SERVER_WRITES;
            expect_both_honest();
            if (dropped && writer) /* it was not closed */
                assert_false(ended(reads_of[who]));
            end();
        }
    }
}

static void both_halves_dropped_at_each_poll(void **state)
{
    (void)state;
    bool dropped = true;
    for (unsigned at = 1; dropped; at++) {
        begin();
        one.wire.ways[TO_SERVER].hesitates = one.wire.ways[TO_CLIENT].withheld = true;
        one.pumps[CLIENT_WRITES].drop_at = one.pumps[CLIENT_READS].drop_at = at;
        link_open(&one);
        assert_true(link_run(&one));
        dropped = one.pumps[CLIENT_READS].dropped;
        expect_both_honest();
        end();
    }
}

static void a_waker_may_outlive_the_connection(void **state)
{
    (void)state;
    begin();
    one.pumps[CLIENT_WRITES].stays = true;
    link_open(&one);
    link_run(&one);
    for (int way = 0; way < 2; way++) {
        /* Somebody else holds what the transport was polled with. */
        weir_waker *waker = one.wire.ways[way].slots[0].waker;
        if (!waker)
            continue;
        weir_waker_ref(waker);
        pumps_fini(one.pumps, PUMPS);
        memset(one.pumps, 0, sizeof one.pumps);
        weir_waker_wake(waker);
        weir_waker_unref(waker);
    }
    end();
}

/* ---- ends and damage ---- */

/* Of a short connection, so that each of its bytes can be tried. */
static void begin_short(void)
{
    begin();
    one.pumps[CLIENT_WRITES].n = one.pumps[SERVER_WRITES].n = 40;
    one.pumps[CLIENT_WRITES].piece = one.pumps[SERVER_WRITES].piece = 25;
}

static void the_end_at_each_byte(void **state)
{
    static const int reads_of[] = {[TO_SERVER] = SERVER_READS, [TO_CLIENT] = CLIENT_READS};
    (void)state;
    for (int way = 0; way < 2; way++) {
        bool whole = false;
        for (size_t at = 1; !whole; at++) {
            begin_short();
            one.wire.ways[way].cut_at = at;
            link_open(&one);
            assert_true(link_run(&one));
            expect_both_honest();
            struct pump *pump = &one.pumps[reads_of[way]];
            whole = pump->state == WEIR_END;
            if (!whole) {
                assert_int_equal(pump->error.code, WEIR_E_TRUNCATED);
                assert_string_equal(pump->error.place, "the wire");
                assert_in_range(at, 1, 4000);
            }
            end();
        }
    }
}

/* Of a record in the clear nobody looks at the version. */
enum { UNSEEN_MAX = 20 };

static void damage_at_each_byte(void **state)
{
    static const int reads_of[] = {[TO_SERVER] = SERVER_READS, [TO_CLIENT] = CLIENT_READS};
    (void)state;
    for (int way = 0; way < 2; way++) {
        unsigned unseen = 0;
        for (size_t at = 1, passed = 1; at <= passed; at++) {
            begin_short();
            one.wire.ways[way].wrong_at = at;
            link_open(&one);
            link_run(&one); /* a length that grew is waited for */
            expect_both_honest();
            unseen += ended(reads_of[way]) && one.pumps[reads_of[way]].done;
            passed = one.wire.ways[way].passed;
            end();
        }
        assert_in_range(unseen, 0, UNSEEN_MAX);
    }
}

static void each_write_fails(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        bool whole = false;
        for (unsigned at = 1; !whole; at++) {
            begin();
            one.wire.ways[way].fail_write = at;
            one.wire.ways[way].room = 5000;
            link_open(&one);
            assert_true(link_run(&one));
            expect_both_honest();
            struct pump *pump = &one.pumps[way == TO_SERVER ? CLIENT_WRITES : SERVER_WRITES];
            whole = pump->state == WEIR_END;
            if (!whole)
                assert_int_equal(pump->error.code, WEIR_E_CLOSED);
            end();
        }
    }
}

/* ---- memory ---- */

static void each_allocation_fails(void **state)
{
    (void)state;
    for (int after = 0; after < 2; after++) {
        bool failed = true;
        for (unsigned long at = 1; failed; at++) {
            begin();
            one.usual = false;
            memory_begin(at, after);
            link_open(&one);
            assert_true(link_run(&one));
            failed = memory.failed;
            expect_both_honest();
            unsigned errors = 0;
            for (int i = 0; i < PUMPS; i++)
                errors += one.pumps[i].state == WEIR_ERROR;
            assert_true(failed || !errors);
            end();
        }
    }
}

int net_tls_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_half_dropped_at_each_poll),
        cmocka_unit_test(both_halves_dropped_at_each_poll),
        cmocka_unit_test(a_waker_may_outlive_the_connection),
        cmocka_unit_test(the_end_at_each_byte),
        cmocka_unit_test(damage_at_each_byte),
        cmocka_unit_test(each_write_fails),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests_name("tls_faults", tests, setup, teardown);
}

#else

int net_tls_faults(void)
{
    return 0;
}

#endif
