/* State machines for the tests of then_async and map_async: what each does is in the number of its
 * item. Tens: how often it waits first. Ones: 0 gives nothing, 9 fails, any other gives itself. */
#ifndef WEIR_TESTS_MACHINES_H
#define WEIR_TESTS_MACHINES_H

#include "stages.h"

struct machine {
    struct tracked item;
    int64_t waits;
    struct machine *self; /* it never moves */
};

static unsigned machines_live, machines_most;

static inline void machine_start(struct machine *machine, struct tracked item, void *arg)
{
    (void)arg;
    assert_null(machine->self); /* it was zero */
    *machine = (struct machine){item, item.value / 10, machine};
    machines_most = ++machines_live > machines_most ? machines_live : machines_most;
}

static inline weir_poll machine_poll(struct machine *machine, weir_cx *cx, struct tracked *out)
{
    assert_ptr_equal(machine->self, machine);
    if (machine->waits) {
        machine->waits--;
        return weir_wait_turn(cx);
    }
    int64_t kind = machine->item.value % 10;
    if (kind == 0)
        return (weir_poll){0, WEIR_END};
    if (kind == 9) {
        weir_fail(cx, WEIR_E_USER, "nine");
        cx->error.number = 9;
        return (weir_poll){0, WEIR_ERROR};
    }
    *out = tracked_make(machine->item.value);
    return (weir_poll){1, WEIR_END};
}

static inline void machine_drop(void *state)
{
    tracked_drop(((struct machine *)state)->item);
    machines_live--;
}

WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, struct tracked,
              struct tracked, FROM_TRACKED, TO_TRACKED, .drop = machine_drop)

#endif
