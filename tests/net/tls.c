/* TLS over a wire in memory: bytes both ways, over wires of one byte, with wakes that come late,
 * halves that close and others that go on. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "link.h"

#ifdef WEIR_HAVE_OPENSSL

static void expect_moved(const struct pump *pump, size_t n)
{
    assert_true(pump->done);
    if (pump->state != WEIR_END)
        print_error("%s\n", WEIR_ERROR_TEXT(&pump->error));
    assert_int_equal(pump->state, WEIR_END);
    assert_int_equal(pump->moved, n);
    assert_false(pump->wrong);
}

static void expect_all(const struct link *link, size_t up, size_t down)
{
    expect_moved(&link->pumps[CLIENT_WRITES], up);
    expect_moved(&link->pumps[SERVER_READS], up);
    expect_moved(&link->pumps[SERVER_WRITES], down);
    expect_moved(&link->pumps[CLIENT_READS], down);
}

static void bytes_both_ways(void **state)
{
    static const struct {
        size_t up, down, piece, min, room, wire_piece;
        bool hesitates, withheld;
    } rows[] = {
        {0, 0, 0, 0, 0, 0, false, false},
        {1, 1, 0, 0, 0, 0, false, false},
        {1, 0, 0, 0, 1, 0, false, false},
        {0, 1, 0, 0, 1, 0, true, true},
        {100, 70000, 0, 0, 1, 0, false, false},
        {70000, 100, 33, 0, 7, 3, true, false},
        {40000, 40000, 16384, 4000, 1, 1, true, true},
        {16384, 16385, 0, 0, 100, 0, false, true},
        {5 << 20, 5 << 20, 0, 0, 0, 0, false, false},
        {5 << 20, 1, 100000, 4096, 0, 1000, false, true},
        {1, 5 << 20, 12345, 0, 20000, 0, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct link link = {0};
        for (int way = 0; way < 2; way++) {
            link.wire.ways[way].room = rows[i].room;
            link.wire.ways[way].piece = rows[i].wire_piece;
            link.wire.ways[way].hesitates = rows[i].hesitates;
            link.wire.ways[way].withheld = rows[i].withheld;
        }
        link.pumps[CLIENT_WRITES].n = rows[i].up;
        link.pumps[SERVER_WRITES].n = rows[i].down;
        for (int pump = 0; pump < PUMPS; pump++) {
            link.pumps[pump].piece = rows[i].piece;
            link.pumps[pump].min = rows[i].min;
        }
        memory_begin(0, false);
        assert_true(link_all(&link));
        expect_all(&link, rows[i].up, rows[i].down);
        assert_int_equal(memory_end(), 0);
    }
}

int net_tls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_both_ways),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}

#else

int net_tls(void)
{
    return 0;
}

#endif
