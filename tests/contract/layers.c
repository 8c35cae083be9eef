/* Sets above each other poll no more than one alone: no layer spins, and what waits is left alone.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

enum { LAYERS = 5, ITEMS = 100000, IDLE_TURNS = 100 };

/* The innermost merges two of `leaf`, each further one the one before and another. */
static weir_stream *nested(weir_stream *(*leaf)(void), weir_stream **layers)
{
    weir_stream *stream = leaf();
    for (unsigned i = 0; i < LAYERS; i++) {
        weir_stream *both[] = {stream, leaf()};
        layers[i] = stream = weir_merge(both, 2);
    }
    return stream;
}

static weir_stream *endless(void)
{
    static const int64_t item = 1;
    return weir_repeat(&weir_type_i64, &item);
}

static void polls_at_demand(size_t demand)
{
    static struct test_cx test;
    static int64_t items[64];
    weir_stream *layers[LAYERS];
    test_cx_init(&test);
    weir_stream *stream = nested(endless, layers);
    for (size_t n = 0; n < ITEMS;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_next(stream, &test.cx, items, demand);
        n += got.n;
        assert_true(got.state != WEIR_PENDING || test_cx_woken(&test));
    }
    for (unsigned i = 0; i < LAYERS; i++)
        assert_in_range(weir_stage_polls(&layers[i]->stage), 1, 2 * ITEMS);
    weir_drop(stream);
    test_cx_fini(&test);
}

static weir_stream *waits(void)
{
    return weir_pending(&weir_type_i64);
}

static void nothing_is_polled_that_waits(void)
{
    static struct test_cx test;
    weir_stream *layers[LAYERS];
    int64_t item;
    test_cx_init(&test);
    weir_stream *stream = nested(waits, layers);
    for (unsigned i = 0; i < IDLE_TURNS; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).state, WEIR_PENDING);
        /* A set that polled all its members gives its turn away, once. */
        assert_true(i < LAYERS || !test_cx_woken(&test));
    }
    for (unsigned i = 0; i + 1 < LAYERS; i++)
        assert_in_range(weir_stage_polls(&layers[i]->stage), 1, LAYERS);
    weir_drop(stream);
    test_cx_fini(&test);
}

void test_layers(void **state)
{
    (void)state;
    polls_at_demand(1);
    polls_at_demand(64);
    nothing_is_polled_that_waits();
}
