/* PENDING goes on to the next of several: each is asked once a round. */

#include "weir.h"

struct any_of {
    weir_stream *inputs[8];
    size_t n;
};

weir_poll any_of_poll(struct any_of *self, weir_cx *cx, void *out)
{
    weir_poll answer = {0, WEIR_END};
    for (size_t i = 0; i < self->n; i++) {
        weir_poll got = weir_poll_next(self->inputs[i], cx, out, 1);
        if (got.state == WEIR_PENDING) {
            answer = got;
            continue;
        }
        if (got.state != WEIR_END)
            return got;
    }
    return answer;
}

size_t offer_all(weir_sender **senders, size_t n, const void *item)
{
    size_t full = 0;
    for (size_t i = 0; i < n; i++)
        while (weir_try_send(senders[i], item) == WEIR_SENT_FULL) {
            full++;
            break;
        }
    return full;
}
