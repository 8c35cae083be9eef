/* Each turn is another one, or there are so many of them, or somebody else leaves. */
#include <stdlib.h>

#include "weir.h"

struct many {
    weir_reader *in[8];
    weir_reader *now;
    size_t at;
};

weir_poll from_each(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    weir_poll got = {0, WEIR_PENDING};
    weir_reader *in = self->now;
    while (got.state == WEIR_PENDING) {
        got = weir_poll_read(in, cx, bytes, n);
        in = self->in[self->at % 8];
    }
    return got;
}

weir_poll one_of_eight(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    for (size_t i = 0; i < 8; i++) {
        weir_poll got = weir_poll_read(self->in[i], cx, bytes, n);
        if (got.state == WEIR_PENDING)
            continue;
        return got;
    }
    return (weir_poll){0, WEIR_PENDING};
}

weir_poll a_few_times(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    size_t left = 3;
    while (left--) {
        weir_poll got = weir_poll_read(self->now, cx, bytes, n);
        if (got.state == WEIR_PENDING)
            continue;
        return got;
    }
    return (weir_poll){0, WEIR_PENDING};
}

/* What it does with the answer is not the answer's to say. */
weir_poll by_switch(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    for (;;) {
        weir_poll got = weir_poll_read(self->now, cx, bytes, n);
        if (got.state == WEIR_ERROR)
            abort();
        switch (got.state) {
        case WEIR_READY:
            break;
        default:
            return got;
        }
    }
}

weir_poll by_choice(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    weir_poll got;
    for (;;) {
        got = weir_poll_read(self->now, cx, bytes, n);
        if (got.state == WEIR_END)
            break;
        n = got.n > n ? 0 : n - got.n;
        if (!n)
            goto out;
    }
out:
    return got;
}

weir_poll inner_loop(struct many *self, weir_cx *cx, void *bytes, size_t n)
{
    for (;;) {
        weir_poll got = weir_poll_read(self->now, cx, bytes, n);
        for (size_t i = 0; i < 3; i++) {
            if (got.state == WEIR_PENDING)
                continue;
            if (got.state == WEIR_END)
                break;
        }
        if (got.state != WEIR_READY)
            return got;
    }
}

bool asked_once(weir_mutex *mutex, weir_mutex_guard *guard, bool wanted)
{
    while (wanted && !weir_mutex_try_lock(mutex, guard))
        return false;
    for (;;) {
        if (weir_mutex_try_lock(mutex, guard))
            return true;
        if (!wanted)
            exit(1);
        break;
    }
    return false;
}
