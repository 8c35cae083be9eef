/* Constructors: where a chain begins that has no scripted source. */

#include "conform.h"

static int64_t square(int64_t k)
{
    return (int64_t)((uint64_t)k * (uint64_t)k);
}

static weir_stream *build_iter(struct entry *entry, weir_stream *source)
{
    (void)source;
    return adapt_i64(weir_iter(&weir_type_i64, entry->numbers, entry->numbers_n));
}

static weir_stream *build_once(struct entry *entry, weir_stream *source)
{
    struct value value = value_int(entry->numbers[0]);
    (void)source;
    if (!entry->timing.counted)
        return weir_once(&value_type, &value);
    return future_alone(entry, entry->numbers[0], (struct judged){value, true});
}

static weir_stream *build_empty(struct entry *entry, weir_stream *source)
{
    (void)entry;
    (void)source;
    return weir_empty(&value_type);
}

static weir_stream *build_pending(struct entry *entry, weir_stream *source)
{
    (void)entry;
    (void)source;
    return weir_pending(&value_type);
}

static weir_stream *build_repeat(struct entry *entry, weir_stream *source)
{
    (void)source;
    return adapt_i64(weir_repeat(&weir_type_i64, &entry->numbers[0]));
}

static void one_repeat_with(void *out, void *arg)
{
    struct entry *entry = arg;
    entry->calls++;
    *(struct value *)out = value_int(square(entry->numbers[0] + entry->state++));
}
static const weir_make_fn repeat_with_fn = {
    .name = "repeat_with", .of = &value_type, .one = one_repeat_with};

static weir_stream *build_repeat_with(struct entry *entry, weir_stream *source)
{
    (void)source;
    return weir_repeat_with(&repeat_with_fn, entry);
}

/* ---- unfold: numbers are the first state, the last, and the state that fails ---- */

struct unfold_state {
    struct entry *entry;
    int64_t k;
};
static const weir_type unfold_state_type = WEIR_TYPE(struct unfold_state);

static bool one_unfold(void *state, void *out)
{
    struct unfold_state *self = state;
    self->entry->calls++;
    if (self->k >= self->entry->numbers[1])
        return false;
    *(struct value *)out = value_int(square(self->k++));
    return true;
}
static const weir_unfold_fn unfold_fn = {
    .name = "unfold", .state = &unfold_state_type, .of = &value_type, .one = one_unfold};

/* With a future for each step unfold is a stream of states, and `then` behind it. */
static bool one_state(void *state, void *out)
{
    struct unfold_state *self = state;
    const int64_t *numbers = self->entry->numbers; /* from, to, and for try_unfold the bad one */
    if (self->entry->numbers_n > 2 && self->k > numbers[0] && self->k - 1 == numbers[2])
        return false; /* nothing stands behind its error */
    *(struct value *)out = value_int(self->k++);
    return true;
}
static const weir_unfold_fn states_fn = {
    .name = "states", .state = &unfold_state_type, .of = &value_type, .one = one_state};

static weir_stream *one_step(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t k = value_number(&value);
    value_drop(&value);
    entry->calls++;
    struct judged made = {value_int(square(k)), k < entry->numbers[1]};
    if (entry->numbers_n > 2 && k == entry->numbers[2]) {
        value_drop(&made.value);
        made = (struct judged){value_error(k), true};
    }
    return future_new(entry, k, made, &judged_type);
}
static const weir_then_fn step_fn = {
    .name = "step", .from = &value_type, .to = &judged_type, .one = one_step};

static bool one_going_on(const void *in, void *arg)
{
    (void)arg;
    return ((const struct judged *)in)->yes;
}

static void all_going_on(int64_t *keep, const void *in, size_t n, void *arg)
{
    for (size_t i = 0; i < n; i++)
        keep[i] = one_going_on((const struct judged *)in + i, arg) ? -1 : 0;
}

static const weir_filter_fn going_on_fn = {.name = "going_on",
                                           .of = &judged_type,
                                           .one = one_going_on,
                                           .batch = {all_going_on, all_going_on, all_going_on}};

static weir_stream *steps(struct entry *entry)
{
    weir_stream *states = weir_unfold(&states_fn, &(struct unfold_state){entry, entry->numbers[0]});
    return weir_take_while(weir_then(states, &step_fn, entry), &going_on_fn, NULL);
}

static weir_stream *build_unfold(struct entry *entry, weir_stream *source)
{
    (void)source;
    if (entry->timing.counted)
        return adapt_strip(steps(entry));
    return weir_unfold(&unfold_fn, &(struct unfold_state){entry, entry->numbers[0]});
}

static weir_stream *build_try_unfold(struct entry *entry, weir_stream *source)
{
    (void)source;
    return adapt_strip(steps(entry));
}

/* ---- cycle: each round a fresh copy of source 0 ---- */

static weir_stream *one_round(void *arg)
{
    struct run *run = arg;
    run->sources[0].used = false;
    return script_source(run, 0);
}

static weir_stream *build_cycle(struct entry *entry, weir_stream *source)
{
    (void)source;
    return weir_cycle(&value_type, one_round, entry->run);
}

/* ---- poll_fn ---- */

static weir_poll poll_script(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct entry *entry = arg;
    (void)demand;
    int64_t k = (int64_t)++entry->calls;
    if (k > entry->numbers[0])
        return (weir_poll){0, WEIR_END};
    if (k % 3 == 2)
        return weir_wait_turn(cx);
    *(struct value *)out = value_int(k);
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *build_poll_fn(struct entry *entry, weir_stream *source)
{
    (void)source;
    return weir_poll_fn(&value_type, poll_script, entry);
}

const struct operator operators_begin[] = {{"iter", "*", build_iter, OP_SOURCE, 0},
                                           {"once", "at", build_once, OP_SOURCE, 0},
                                           {"empty", "", build_empty, OP_SOURCE, 0},
                                           {"pending", "", build_pending, OP_SOURCE, 0},
                                           {"repeat", "a", build_repeat, OP_SOURCE, 0},
                                           {"repeat_with", "a", build_repeat_with, OP_SOURCE, 0},
                                           {"unfold", "aat", build_unfold, OP_SOURCE, 0},
                                           {"try_unfold", "aaat", build_try_unfold, OP_SOURCE, 0},
                                           {"poll_fn", "a", build_poll_fn, OP_SOURCE, 0},
                                           {"cycle", "", build_cycle, OP_SOURCE, 0},
                                           {0}};
