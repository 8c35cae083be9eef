/* A type of one's own becomes a stream by a generator: S(n) stands for the numbers below n. Its
 * items are no claims on anything, so the generator may go ahead as far as it is asked. */

#include <stdio.h>

#include "weir.h"

struct s {
    int64_t n;
};

struct below {
    struct s s;
    int64_t next;
};

static weir_poll numbers_below(struct below *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (; self->next < self->s.n; self->next++)
        weir_co_yield(co, out, self->next);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(numbers_below_fn, numbers_below, struct below, int64_t)

/* Runs nothing yet. */
static weir_stream *s_into_stream(struct s s)
{
    return weir_co_generator(&numbers_below_fn, &(struct below){.s = s},
                             &WEIR_CO_OPTIONS(.ahead = true));
}

/* And one that reads another stream: what it waits for comes between its items. */
struct sums {
    weir_stream *numbers;
    int64_t x, sum;
};

static void sums_drop(void *state)
{
    weir_drop(((struct sums *)state)->numbers);
}

static weir_poll running_sums(struct sums *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->numbers, self->numbers)
        weir_co_yield(co, out, self->sum += self->x);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(running_sums_fn, running_sums, struct sums, int64_t, .drop = sums_drop)

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    struct sums sums = {.numbers = s_into_stream((struct s){5})};
    weir_stream *numbers =
        weir_chain(s_into_stream((struct s){3}), weir_co_generator(&running_sums_fn, &sums, NULL));
    weir_error error;
    if (weir_run(weir_for_each(numbers, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
