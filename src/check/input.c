/* The inputs of a stage that is checked: they do what the schedule says, and see what is done to
 * them. */

#include <stdio.h>
#include <string.h>

#include "check/run.h"

/* ---- the items, as numbers ---- */

static bool parse_number(const char **text, int64_t *number)
{
    bool negative = **text == '-';
    const char *at = *text + negative;
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        *number = *number * 10 + (*at - '0');
    bool some = at > *text + negative && (*at == ' ' || !*at);
    *number = negative ? -*number : *number;
    *text = at;
    return some;
}

bool weir_check_parse(struct input *input)
{
    const char *at = input->given->items;
    input->n = 0;
    for (; *at == ' '; at++)
        ;
    while (*at && input->n < WEIR_CHECK_ITEMS) {
        struct event *event = &input->events[input->n++];
        *event = (struct event){EVENT_ITEM, 0, false};
        if (!parse_number(&at, &event->number))
            return false;
        for (; *at == ' '; at++)
            ;
    }
    input->events[input->n++] = (struct event){EVENT_END, 0, false};
    return !*at;
}

/* ---- what the schedule makes of them ---- */

static void input_put_error(struct input *input, unsigned at, bool fatal)
{
    at = at < input->n ? at : input->n - 1; /* of a replay */
    memmove(&input->events[at + 1], &input->events[at], (input->n - at) * sizeof *input->events);
    input->events[at] = (struct event){EVENT_ERROR, ERROR_NUMBER, fatal};
    input->n++;
}

/* Behind item i, from 0. */
static unsigned input_marks_behind(unsigned i, unsigned step)
{
    return step == MARKS_ROWS ? 2 - i % 2 : (i + 1) % step == 0;
}

static void input_put_marks(struct input *input, unsigned step)
{
    static const struct event mark = {EVENT_MARK, 0, false};
    struct event items[EVENTS];
    unsigned n = input->n;
    memcpy(items, input->events, sizeof items);
    input->n = 0;
    if (step == MARKS_ROWS)
        input->events[input->n++] = mark;
    for (unsigned i = 0; i < n; i++) {
        input->events[input->n++] = items[i];
        unsigned marks = items[i].kind == EVENT_ITEM ? input_marks_behind(i, step) : 0;
        while (marks--)
            input->events[input->n++] = mark;
    }
}

void weir_check_rewind(struct input *input, const struct schedule *how, unsigned i)
{
    weir_check_parse(input);
    if (how->law == ERRORS && how->input == i)
        input_put_error(input, how->at, how->fatal);
    if (how->law == CUT && how->input == i) {
        input->events[how->at] = (struct event){EVENT_END, 0, false};
        input->n = how->at + 1;
    }
    if (how->law == MARKS)
        input_put_marks(input, how->at);
    if (how->law == MARKS && how->fail_after && how->input == i)
        input_put_error(input, how->fail_after - 1, how->fatal);
    input->marks_n = 0;
    input->marks_next = input->marks;
    input->end_items = UINT32_MAX;
    input->at = input->items = input->polls = input->finis = input->since = 0;
    input->after_end = 0;
    input->waited = false;
    input->stream = NULL;
}

static bool input_is_late(const struct schedule *how, unsigned i, unsigned at)
{
    return how->waits[i] >> at & 1;
}

static bool input_is_held(const struct input *input, unsigned i)
{
    const struct schedule *how = &input->run->how;
    return how->law == HELD && how->input == i && how->at == input->at;
}

/* ---- the source ---- */

struct source {
    weir_stream stream;
    struct input *input;
};

static unsigned input_index_of(const struct input *input)
{
    return (unsigned)(input - input->run->inputs);
}

static weir_poll wait_once(struct input *input, weir_cx *cx)
{
    struct run *run = input->run;
    if (run->how.late == LATER) {
        if (!input->since)
            input->since = ++run->turns;
        return weir_wait(cx, &input->slot, WEIR_WAIT_PEER);
    }
    input->waited = true;
    if (run->how.late == IN_PIECES)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_wait(cx, &input->slot, WEIR_WAIT_PEER);
    weir_waker_slot_wake(&input->slot);
    return got;
}

static void go_past(struct input *input)
{
    input->at++;
    input->waited = false;
}

static weir_poll input_answer(struct input *input, weir_cx *cx)
{
    struct event event = input->events[input->at];
    if (event.kind == EVENT_END) {
        input->end_items = input->run->items;
        return (weir_poll){0, WEIR_END};
    }
    if (event.kind == EVENT_MARK) {
        go_past(input);
        return weir_check_give_mark(input, cx);
    }
    weir_poll got = weir_fail(cx, WEIR_E_USER, "error %d of a check", ERROR_NUMBER);
    cx->error.number = event.number;
    cx->error.fatal = event.fatal;
    go_past(input);
    return got;
}

static void make_item(struct input *input, void *out, int64_t number)
{
    struct run *run = input->run;
    if (!input->given->make) {
        memcpy(out, &number, sizeof number);
        return;
    }
    run->making = true;
    input->given->make(out, number, run->contract->arg);
    run->making = false;
}

/* As many as are asked for, up to the next place where it is late. */
static weir_poll give_items(struct input *input, char *out, size_t demand)
{
    const struct schedule *how = &input->run->how;
    unsigned i = input_index_of(input), n = 0;
    size_t most = how->late == IN_PIECES && demand > 3 ? 3 : demand;
    while (n < most && input->events[input->at].kind == EVENT_ITEM) {
        if (n && (input_is_late(how, i, input->at) || input_is_held(input, i)))
            break;
        make_item(input, out + n * input->stream->type->size, input->events[input->at].number);
        go_past(input);
        n++;
    }
    input->items += n;
    bool over = input->events[input->at].kind == EVENT_END && how->late == IN_PIECES &&
                !input_is_late(how, i, input->at) && !input_is_held(input, i);
    if (over)
        input->end_items = input->run->items;
    return (weir_poll){n, over ? WEIR_END : WEIR_READY};
}

/* What the consumer does wrong by asking. */
static void judge_demand(struct input *input, size_t demand)
{
    struct run *run = input->run;
    size_t takes = input->given->takes_max;
    size_t most = run->how.demand > run->cx.demand_max ? run->how.demand : run->cx.demand_max;
    if (!demand)
        weir_check_complain(run, "asks for 0 items");
    if (demand > most && run->how.law != ENDLESS)
        weir_check_complain(run, "asks its input for %zu items, and its consumer wants %u", demand,
                            run->how.demand);
    if (takes && input->items >= takes)
        weir_check_complain(run, "asks its input again after the %zu items that it needs", takes);
    else if (takes && demand > takes - input->items)
        weir_check_complain(run, "asks its input for %zu items, and needs no more than %zu", demand,
                            takes - input->items);
}

/* The same items for ever; a stage that asks for them without end in one poll is stopped. */
enum { ENDLESS_POLLS = 100000 };
static weir_poll give_endlessly(struct input *input, void *out)
{
    const struct event *first = &input->events[0];
    struct run *run = input->run;
    if (input->polls > ENDLESS_POLLS) {
        weir_check_complain(run,
                            "asks an input without end for ever in one poll: see weir_spend()");
        return (weir_poll){0, WEIR_END};
    }
    make_item(input, out, first[input->items++ % (input->n - 1)].number);
    return (weir_poll){1, WEIR_READY};
}

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct input *input = WEIR_SELF(struct source, stream)->input;
    unsigned i = input_index_of(input);
    input->polls++;
    judge_demand(input, demand);
    if (input->run->how.law == ENDLESS && input->n > 1)
        return give_endlessly(input, out);
    if (input_is_held(input, i))
        return weir_wait(cx, &input->slot, WEIR_WAIT_PEER);
    if (input_is_late(&input->run->how, i, input->at) && !input->waited)
        return wait_once(input, cx);
    weir_poll got = give_items(input, out, demand);
    return got.n ? got : input_answer(input, cx);
}

static void source_fini(weir_stream *stream)
{
    struct input *input = WEIR_SELF(struct source, stream)->input;
    input->finis++;
    input->since = 0;
    weir_waker_slot_clear(&input->slot);
}

static weir_hint source_size_hint(const weir_stream *stream)
{
    const struct input *input = WEIR_SELF(const struct source, stream)->input;
    size_t n = 0;
    for (unsigned at = input->at; input->events[at].kind != EVENT_END && !input->events[at].fatal;
         at++)
        n += input->events[at].kind == EVENT_ITEM;
    return (weir_hint){n, input->run->how.law == ENDLESS ? WEIR_HINT_UNKNOWN : n};
}

static const weir_stream_ops source_ops = {.size = sizeof source_ops,
                                           .name = "input",
                                           .poll_next = source_poll_next,
                                           .fini = source_fini,
                                           .size_hint = source_size_hint};

weir_stream *weir_check_source(struct input *input)
{
    const weir_type *type = input->given->type ? input->given->type : &weir_type_i64;
    weir_stream *stream = weir_source_new(sizeof(struct source), &source_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_SELF(struct source, stream)->input = input;
    stream->stage.marked = input->run->how.law == MARKS;
    input->stream = stream;
    return stream;
}

/* ---- between polls ---- */

bool weir_check_wake_one(struct run *run)
{
    struct input *oldest = NULL;
    for (unsigned i = 0; i < run->inputs_n; i++) {
        struct input *input = &run->inputs[i];
        if (input->since && (!oldest || input->since < oldest->since))
            oldest = input;
    }
    if (!oldest)
        return false;
    oldest->since = 0;
    oldest->waited = true;
    weir_waker_slot_wake(&oldest->slot);
    return true;
}

/* Polls of a stream that ended go no further than its wrapper: to see them, they come here. One may
 * hear of the END behind items, and one pass it on; who asks more often does not know it. */
enum { AFTER_END_MAX = 2 };
static weir_poll poll_ended(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct input *input = WEIR_SELF(struct source, stream)->input;
    (void)cx, (void)out, (void)demand;
    if (++input->after_end > AFTER_END_MAX)
        weir_check_complain(input->run, "asks an input again and again that has ended");
    return (weir_poll){0, WEIR_END};
}

void weir_check_spoke(struct run *run, weir_poll got)
{
    bool spoke = got.state == WEIR_MARK || got.state == WEIR_ERROR;
    for (unsigned i = 0; spoke && run->how.law == MARKS && i < run->inputs_n; i++)
        run->inputs[i].after_end -= run->inputs[i].after_end > 0;
}

void weir_check_guard_ended(struct run *run)
{
    for (unsigned i = 0; i < run->inputs_n; i++) {
        struct input *input = &run->inputs[i];
        if (input->stream && !input->finis && weir_is_done(input->stream))
            input->stream->poll = poll_ended;
    }
}

size_t weir_check_describe(const struct input *input, const struct schedule *how, unsigned i,
                           char *out, size_t size)
{
    static const char *const waits[LATES] = {"P* ", "P ", ". "};
    size_t n = 0;
    for (unsigned at = 0; at < input->n && n < size; at++) {
        const struct event *event = &input->events[at];
        const char *wait = how->law == HELD && how->input == i && how->at == at ? "P~ "
                           : input_is_late(how, i, at)                          ? waits[how->late]
                                                                                : "";
        n += (size_t)snprintf(out + n, size - n, "%s", wait);
        if (n < size && (event->kind == EVENT_END || event->kind == EVENT_MARK))
            n += (size_t)snprintf(out + n, size - n, event->kind == EVENT_END ? "$" : "| ");
        else if (n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%lld ",
                                  event->kind == EVENT_ITEM ? ""
                                  : event->fatal            ? "!!"
                                                            : "!",
                                  (long long)event->number);
    }
    return n;
}
