/* Generators and futures by weir/co.h, for the rows: as sources, and reading from one that stands
 * in their state. */

#include "laws.h"

#define OF_TRACKED .to = &tracked_type

/* ---- sources ---- */

static void drop_tracked(void *state)
{
    tracked_drop(*(struct tracked *)state);
}

/* Waits in the middle, and gives its turn away. */
static weir_poll up_to_five(struct tracked *self, weir_co *co, struct tracked *out)
{
    weir_co_begin(co);
    while (self->value < 5) {
        weir_co_yield(co, out, tracked_make(++self->value));
        if (self->value == 2)
            weir_co_wait_turn(co);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(up_to_five_fn, up_to_five, struct tracked, struct tracked, OF_TRACKED,
                     .drop = drop_tracked)

weir_stream *co_source(bool ahead)
{
    struct tracked zero = tracked_make(0);
    return weir_co_generator(&up_to_five_fn, &zero, &WEIR_CO_OPTIONS(.ahead = ahead));
}

static weir_poll seven(struct tracked *self, weir_co *co, struct tracked *out)
{
    weir_co_begin(co);
    weir_co_wait_turn(co);
    weir_co_return(co, out, tracked_make(self->value));
    weir_co_end(co);
}
WEIR_CO_FN(seven_fn, seven, struct tracked, struct tracked, OF_TRACKED, .drop = drop_tracked)

weir_stream *co_seven(void)
{
    struct tracked state = tracked_make(7);
    return weir_co(&seven_fn, &state);
}

/* ---- over a stream of their own ---- */

struct reading {
    weir_stream *source;
    weir_stream *future;
    struct tracked item;
    bool holds; /* item is the state's */
    int64_t sum;
};

static void drop_reading(void *state)
{
    struct reading *self = state;
    weir_drop(self->source);
    weir_drop(self->future);
    if (self->holds)
        tracked_drop(self->item);
}

static struct reading reading_from(struct run *run, weir_stream *source)
{
    run->unseen = weir_memory_max(source);
    return (struct reading){.source = source};
}

/* Tenfold; what is even comes after a turn. */
static weir_poll tenfold(struct reading *self, weir_co *co, struct tracked *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->source, &self->item);
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        self->holds = true;
        if (self->item.value % 2 == 0)
            weir_co_wait_turn(co);
        self->item.value *= 10;
        self->holds = false;
        weir_co_yield(co, out, self->item);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(tenfold_fn, tenfold, struct reading, struct tracked, OF_TRACKED,
                     .drop = drop_reading)

weir_stream *co_reads(struct run *run, weir_stream *source, bool ahead)
{
    struct reading state = reading_from(run, source);
    return weir_co_generator(&tenfold_fn, &state, &WEIR_CO_OPTIONS(.ahead = ahead));
}

/* The even ones up to 6, by a loop that keeps nothing of the others. */
static weir_poll even(struct reading *self, weir_co *co, struct tracked *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->item, self->source, self->source) {
        if (self->item.value % 2) {
            tracked_drop(self->item);
            continue;
        }
        weir_co_yield(co, out, self->item);
        if (self->item.value == 6)
            break;
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(even_fn, even, struct reading, struct tracked, OF_TRACKED,
                     .drop = drop_reading)

weir_stream *co_loops(struct run *run, weir_stream *source, bool ahead)
{
    struct reading state = reading_from(run, source);
    return weir_co_generator(&even_fn, &state, &WEIR_CO_OPTIONS(.ahead = ahead));
}

/* What comes before the end, in one number. */
static weir_poll sum(struct reading *self, weir_co *co, struct tracked *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->item, self->source, self->source) {
        self->sum += self->item.value;
        tracked_drop(self->item);
    }
    weir_co_return(co, out, tracked_make(self->sum));
    weir_co_end(co);
}
WEIR_CO_FN(sum_fn, sum, struct reading, struct tracked, OF_TRACKED, .drop = drop_reading)

weir_stream *co_sum(struct run *run, weir_stream *source)
{
    struct reading state = reading_from(run, source);
    return weir_co(&sum_fn, &state);
}

/* The first item of each future that a map makes of them. */
static weir_poll awaiting(struct reading *self, weir_co *co, struct tracked *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->source, &self->item);
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        tracked_drop(self->item);
        self->future = inner_future(self->item.value);
        weir_co_await(co, got, self->future, &self->item);
        if (got.n) {
            weir_co_yield(co, out, self->item);
        } else if (got.state == WEIR_ERROR) {
            co->cx->error.fatal = false; /* to that future alone */
            weir_co_pass(co);
        }
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(awaiting_fn, awaiting, struct reading, struct tracked, OF_TRACKED,
                     .drop = drop_reading)

weir_stream *co_awaits(struct run *run, weir_stream *source, bool ahead)
{
    struct reading state = reading_from(run, source);
    return weir_co_generator(&awaiting_fn, &state, &WEIR_CO_OPTIONS(.ahead = ahead));
}

/* ---- lent lines: one is looked at before the next is read ---- */

struct lines {
    weir_stream *source;
    weir_line line;
};

static void drop_lines(void *state)
{
    weir_drop(((struct lines *)state)->source);
}

static weir_poll each_line(struct lines *self, weir_co *co, weir_line *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->line, self->source, self->source) {
        weir_co_wait_turn(co);
        weir_co_yield(co, out, self->line);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(each_line_fn, each_line, struct lines, weir_line, .drop = drop_lines)

weir_stream *co_lines(struct run *run, weir_stream *source)
{
    run->unseen = weir_memory_max(source);
    return weir_co_generator(&each_line_fn, &(struct lines){.source = source}, NULL);
}
