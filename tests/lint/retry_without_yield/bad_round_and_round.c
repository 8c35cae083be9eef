/* Each form that a loop may have, and each way to ask. */
#include "weir.h"

struct pipe {
    weir_reader *in;
    weir_writer *out;
    weir_broadcaster *tx;
};

/* Nothing but an error leaves it. */
weir_poll fill(struct pipe *self, weir_cx *cx, void *bytes, size_t n)
{
    weir_poll got;
    do { // lint: retry_without_yield 5-7
        got = weir_poll_read(self->in, cx, bytes, n);
        if (got.state == WEIR_ERROR)
            return got;
        if (got.state == WEIR_END)
            break;
    } while (1);
    return got;
}

weir_poll again_in_a_block(struct pipe *self, weir_cx *cx, void *bytes, size_t n)
{
    while (n) { // lint: retry_without_yield 5-10
        weir_poll got = weir_poll_read(self->in, cx, bytes, n);
        if (got.state == WEIR_PENDING) {
            continue;
        }
        if (got.state == WEIR_ERROR || got.state == WEIR_END)
            return got;
        memset(bytes, 0, got.n);
    }
    return (weir_poll){0, WEIR_END};
}

void tell_all(struct pipe *self, int64_t n)
{
    // lint-next: retry_without_yield 5-10
    while (weir_broadcast_try_send(self->tx, &n) == WEIR_SENT_FULL)
        ;
}

bool permit(weir_semaphore *room, weir_semaphore_permit *out)
{
    while (!weir_semaphore_try_acquire(room, 1, out)) // lint: retry_without_yield 5-10
        ;
    return true;
}

bool permit_until(weir_semaphore *room, weir_semaphore_permit *out)
{
    for (;;) // lint: retry_without_yield 5-8
        if (weir_semaphore_try_acquire(room, 1, out))
            return true;
}

int64_t write_until(struct pipe *self, const void *bytes, size_t n)
{
    for (;;) { // lint: retry_without_yield 5-8
        if (weir_try_write(self->out, bytes, n))
            break;
    }
    return (int64_t)n;
}
