/* One of many streams is over; the next round asks another one. */

#include "weir.h"

struct round {
    weir_stream *inputs[8];
    size_t n, at;
};

weir_poll round_poll(struct round *self, weir_cx *cx, void *out)
{
    weir_poll answer = {0, WEIR_END};
    for (size_t i = 0; i < self->n; i++) {
        weir_stream *input = self->inputs[(self->at + i) % self->n];
        weir_poll got = weir_poll_next(input, cx, out, 1);
        if (got.n || got.state == WEIR_ERROR)
            return got;
        if (got.state == WEIR_END)
            continue;
        answer = got;
    }
    return answer;
}

bool drain_all(weir_stream **inputs, size_t n, weir_error *error)
{
    weir_line line;
    for (size_t i = 0; i < n; i++)
        while (weir_await_next(inputs[i], &line, error) != WEIR_END)
            if (error->code != WEIR_OK && error->fatal)
                return false;
    return true;
}
