/* Wakes that come while others are polled, from a neighbour: several inputs, and none is polled
 * twice in one call, lost, or touched after it left. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "laws.h"

/* One of a pair. The first keeps the waker of each poll, although it has an item; the second wakes
 * it with each of its own. */
struct neighbour {
    weir_stream stream;
    weir_waker_slot *slot;
    int64_t next;
    int64_t end;
    bool wakes;
};

static weir_poll neighbour_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct neighbour *self = (struct neighbour *)stream;
    (void)demand;
    if (self->wakes)
        weir_waker_slot_wake(self->slot);
    else
        weir_waker_slot_store(self->slot, cx->waker);
    if (self->next == self->end)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = self->next++;
    return (weir_poll){1, WEIR_READY};
}

static void neighbour_fini(weir_stream *stream)
{
    struct neighbour *self = (struct neighbour *)stream;
    if (!self->wakes)
        weir_waker_slot_clear(self->slot);
}

static weir_stream *neighbour(weir_waker_slot *slot, bool wakes, int64_t from, int64_t to)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "neighbour",
                                        .poll_next = neighbour_poll_next,
                                        .fini = neighbour_fini};
    weir_stream *stream = weir_source_new(sizeof(struct neighbour), &ops, &weir_type_i64);
    struct neighbour *self = (struct neighbour *)stream;
    *self = (struct neighbour){self->stream, slot, from, to, wakes};
    return stream;
}

static const struct row any_order = {.flags = ANY_ORDER};

/* Two neighbours, and a third that waits or is over in between. */
static void expect_all(const char *third, size_t place, size_t demand)
{
    struct script script = {0};
    weir_waker_slot slot = {0};
    weir_stream *inputs[3];
    inputs[place] = script_stream(&script, third);
    inputs[place == 0] = neighbour(&slot, false, 1, 5);
    inputs[place == 2 ? 1 : 2] = neighbour(&slot, true, 101, 105);
    const char *got = trace_items(weir_merge(inputs, 3), demand);
    if (!same_trace(&any_order, got, "1 2 3 4 7 101 102 103 104 $") &&
        !same_trace(&any_order, got, "1 2 3 4 101 102 103 104 $"))
        fail_msg("third '%s' at %zu, demand %zu: %s", third, place, demand, got);
    assert_int_equal(test_wakers_live, 0);
}

void test_neighbours(void **state)
{
    (void)state;
    static const char *const thirds[] = {"$", "P 7 $", "P* 7 $", "7 $", "P $", "7 P $"};
    for (size_t i = 0; i < sizeof thirds / sizeof *thirds; i++)
        for (size_t place = 0; place < 3; place++)
            for (size_t demand = 1; demand <= 64; demand *= 4)
                expect_all(thirds[i], place, demand);
}

/* A stream that waits for ever says so, and stores nothing. */
void test_pending(void **state)
{
    (void)state;
    struct check check = {0};
    weir_stream *never = check_stream(weir_pending(&weir_type_i64), &check);
    assert_string_equal(trace(never, 1), "P STUCK");
    assert_int_equal(check.complaints, 0);
}
