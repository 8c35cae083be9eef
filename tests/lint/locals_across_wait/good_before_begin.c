/* What is set before weir_co_begin is set each time the function comes back. */
#include <weir.h>

struct settings {
    int64_t step;
};

struct climb {
    const struct settings *settings;
    int64_t at, to;
};

static weir_poll climb(struct climb *self, weir_co *co, int64_t *out)
{
    static const int64_t highest = 1000;
    const int64_t step = self->settings->step;
    int64_t to;
    to = self->to < highest ? self->to : highest;
    weir_co_begin(co);
    for (; self->at < to; self->at += step)
        weir_co_yield(co, out, self->at);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(climb_fn, climb, struct climb, int64_t)

weir_stream *climb_to(const struct settings *settings, int64_t to)
{
    return weir_co_generator(&climb_fn, &(struct climb){settings, 0, to}, NULL);
}
