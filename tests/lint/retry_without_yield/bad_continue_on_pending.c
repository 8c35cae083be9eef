/* PENDING goes round the loop, as fast as the processor can. */

#include "weir.h"

struct skipper {
    weir_reader *in;
    uint64_t left;
};

weir_poll skipper_poll(struct skipper *self, weir_cx *cx)
{
    for (;;) { // lint: retry_without_yield 5-8
        unsigned char buffer[256];
        size_t n = self->left < sizeof buffer ? self->left : sizeof buffer;
        if (n == 0)
            return (weir_poll){1, WEIR_READY};
        weir_poll got = weir_poll_read(self->in, cx, buffer, n);
        if (got.state == WEIR_PENDING)
            continue;
        if (got.state != WEIR_READY)
            return got;
        self->left -= got.n;
    }
}
