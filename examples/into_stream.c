/* A type of one's own becomes a stream by a generator: S(n) stands for the numbers below n. Twice:
 * by a function with a stack, and by one that keeps a struct instead. The items are no claims on
 * anything, so both may go ahead as far as they are asked. */

#include <stdio.h>

#include "weir.h"

struct s {
    int64_t n;
};

/* ---- with a stack: what it keeps are its variables ---- */

static bool numbers_below(struct s *self, weir_error *error)
{
    (void)error;
    for (int64_t n = 0; n < self->n; n++)
        if (!weir_yield(int64_t, n))
            break;
    return true;
}
WEIR_GENERATOR_FN(numbers_below_fn, numbers_below, struct s, int64_t)

/* Runs nothing yet. */
static weir_stream *s_into_stream(struct s s)
{
    return weir_generator(&numbers_below_fn, &s, &WEIR_FIBER_OPTIONS(.ahead = true));
}

/* ---- without one: what it keeps stands in a struct ---- */

struct below {
    struct s s;
    int64_t next;
};

static weir_poll numbers_below_co(struct below *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (; self->next < self->s.n; self->next++)
        weir_co_yield(co, out, self->next);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(numbers_below_co_fn, numbers_below_co, struct below, int64_t)

static weir_stream *s_into_small_stream(struct s s)
{
    return weir_co_generator(&numbers_below_co_fn, &(struct below){.s = s},
                             &WEIR_CO_OPTIONS(.ahead = true));
}

/* ---- and one that reads another stream: what it waits for comes between its items ---- */

static void drop_source(void *source)
{
    weir_drop(*(weir_stream **)source);
}

static bool running_sums(weir_stream **source, weir_error *error)
{
    int64_t sum = 0;
    weir_for_try (int64_t, n, weir_by_ref(*source), *error)
        if (!weir_yield(int64_t, sum += n))
            break;
    return error->code == WEIR_OK;
}
WEIR_GENERATOR_FN(running_sums_fn, running_sums, weir_stream *, int64_t, .drop = drop_source)

int main(void)
{
    weir_stream *five = s_into_small_stream((struct s){5});
    weir_stream *numbers =
        weir_chain(s_into_stream((struct s){3}), weir_generator(&running_sums_fn, &five, NULL));
    weir_error error;
    weir_for_try (int64_t, n, numbers, error)
        printf("%lld\n", (long long)n);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
