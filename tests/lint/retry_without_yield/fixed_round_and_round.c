/* The same, which answer PENDING where it says so, or wait. */
#include "weir.h"

struct pipe {
    weir_reader *in;
    weir_writer *out;
    weir_broadcaster *all;
};

weir_poll fill(struct pipe *self, weir_cx *cx, void *bytes, size_t n)
{
    weir_poll got;
    do {
        got = weir_poll_read(self->in, cx, bytes, n);
        if (got.state != WEIR_READY)
            return got;
    } while (1);
}

weir_poll again_in_a_block(struct pipe *self, weir_cx *cx, void *bytes, size_t n)
{
    while (n) {
        weir_poll got = weir_poll_read(self->in, cx, bytes, n);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR || got.state == WEIR_END)
            return got;
        memset(bytes, 0, got.n);
    }
    return (weir_poll){0, WEIR_END};
}

bool tell_all(struct pipe *self, int64_t what)
{
    while (weir_broadcast_try_send(self->all, &what) == WEIR_SENT_FULL)
        if (!weir_pause())
            return false;
    return true;
}

bool permit(weir_semaphore *room, weir_semaphore_permit *out, weir_error *error)
{
    return weir_await(weir_semaphore_acquire(room, 1), out, error) == WEIR_READY;
}

bool permit_until(weir_semaphore *room, weir_semaphore_permit *out)
{
    for (;;) {
        if (weir_semaphore_try_acquire(room, 1, out))
            return true;
        if (!weir_pause())
            return false;
    }
}

bool write_until(struct pipe *self, const void *bytes, size_t n, weir_error *error)
{
    return weir_await_write(self->out, bytes, n, error) == WEIR_READY;
}
