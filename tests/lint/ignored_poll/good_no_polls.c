/* poll(2), a setter that answers what was there before, and the answer of no poll at all. */
#include <poll.h>

#include <weir.h>

struct gate {
    int fd;
    weir_state state;
};

/* As signal() does. */
static weir_state gate_set(struct gate *gate, weir_state state)
{
    weir_state before = gate->state;
    gate->state = state;
    return before;
}

static weir_poll gate_answer(const struct gate *gate)
{
    return (weir_poll){gate->state == WEIR_READY, gate->state};
}

weir_poll gate_look(struct gate *gate)
{
    struct pollfd wanted = {.fd = gate->fd, .events = POLLIN};
    poll(&wanted, 1, 0);
    if (wanted.revents & POLLHUP)
        gate_set(gate, WEIR_END);
    else if (wanted.revents & POLLIN)
        gate_set(gate, WEIR_READY);
    return gate_answer(gate);
}
