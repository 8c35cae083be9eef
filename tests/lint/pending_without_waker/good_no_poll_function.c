/* No poll function: it has no cx, or makes an answer that somebody else gives. */

#include "weir.h"

static weir_poll not_yet(void)
{
    return (weir_poll){0, WEIR_PENDING};
}

static weir_poll answer_of(bool ready, uint32_t n)
{
    if (!ready)
        return (weir_poll){0, WEIR_PENDING};
    return (weir_poll){n, WEIR_READY};
}

struct script {
    weir_waker_slot waiter;
    uint32_t ready;
};

weir_poll script_poll(struct script *self, weir_cx *cx)
{
    weir_poll answer = self->ready ? answer_of(true, self->ready) : not_yet();
    if (answer.state == WEIR_PENDING)
        weir_wait(cx, &self->waiter, WEIR_WAIT_PEER);
    return answer;
}
