/* Laws about how long things live: dropped at any step, without memory, past the end, and with a
 * source that never ends. */

#include <string.h>

#include "laws.h"

static struct run run;
static struct run plain;

/* With an error that goes on, so that it may be held somewhere. */
static const struct schedule usual = {.events = {"1 2 3 !70 4 5 6 7", "101 102 !170 103 104"}};
static const unsigned masks[][2] = {{0, 0}, {0x155, 0x0AA}, {0x3FF, 0x3FF}};
enum { MASKS = sizeof masks / sizeof *masks };

static void set_mask(struct schedule *how, unsigned i)
{
    how->mask[0] = masks[i][0];
    how->mask[1] = masks[i][1];
}

/* ---- dropped after every step ---- */

static void drop_at_each_step(const struct row *row, const struct schedule *how)
{
    for (unsigned steps = 0;; steps++) {
        memory_begin(0, false);
        run_begin(&run, row, how);
        run_polls(&run, steps);
        bool over = run.over;
        run_end(&run);
        memory_end();
        if (over || steps == 200)
            return;
    }
}

void law_drops(const struct row *row)
{
    static const size_t demands[] = {1, 2, 3, 64};
    struct schedule how = usual;
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < MASKS; i++)
            for (unsigned j = 0; j < 4; j++) {
                how.demand = demands[j];
                set_mask(&how, i);
                drop_at_each_step(row, &how);
            }
}

/* ---- what it said that it may hold ---- */

enum { LINES_BYTES = 16 }; /* what a few owned lines own */

static void hold_bounded(const struct row *row, const struct schedule *how)
{
    memory_begin(0, false);
    run_begin(&run, row, how);
    for (unsigned i = 0; i < 200 && !run.over; i++) {
        size_t bytes = memory.live_bytes, most = weir_memory_max(run.stream);
        most += row->flags & HOLDS_UNSEEN ? inner_bytes() + LINES_BYTES + run.unseen : 0;
        if (bytes > most) {
            run_failed(&run, "bound", "after %u polls it holds %zu bytes, and said %zu at most", i,
                       bytes, most);
            break;
        }
        run_polls(&run, 1);
    }
    run_end(&run);
    memory_end();
}

/* Without the checkers, which hold wakers themselves. */
void law_bound(const struct row *row)
{
    struct schedule how = usual;
    how.bare = true;
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < MASKS; i++)
            for (how.demand = 1; how.demand <= 64; how.demand *= 8) {
                set_mask(&how, i);
                hold_bounded(row, &how);
            }
}

/* ---- each allocation fails ---- */

static bool says_no_memory(const char *text)
{
    return strstr(text, "MEMORY") != NULL;
}

static void one_failure(const struct row *row, const struct schedule *how, unsigned long k,
                        bool after)
{
    memory_begin(k, after);
    run_all(&run, row, how);
    if (memory.failed && !says_no_memory(run.trace.text) &&
        !same_trace(row, run.trace.text, plain.trace.text))
        run_failed(&run, "memory", "allocation %lu failed%s, and nobody says so; else it is %s", k,
                   after ? " and all later ones" : "", plain.trace.text);
    memory_end();
    memory.failed = 0;
}

void law_memory(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 !70 4 5 6 7", "101 102 103 104"}};
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < MASKS; i++) {
            how.demand = how.mode == DRIVER_WOKEN ? 64 : 1;
            set_mask(&how, i);
            memory_begin(0, false);
            run_all(&plain, row, &how);
            unsigned long calls = memory.calls;
            memory_end();
            for (unsigned long k = 1; k <= calls; k++) {
                one_failure(row, &how, k, false);
                one_failure(row, &how, k, true);
            }
        }
}

/* ---- polled past the end ---- */

static void poll_past_end(const struct row *row, const struct schedule *how)
{
    unsigned before[2];
    run_begin(&run, row, how);
    run_polls(&run, 1000);
    for (int i = 0; i < 2; i++)
        before[i] = run.in[i].polls;
    bool ended = run.trace.n && run.trace.text[run.trace.n - 1] == '$';
    for (int i = 0; i < 3 && ended; i++) {
        weir_poll got = trace_poll(&run.trace, run.stream, &run.test, how->demand);
        if (got.n || got.state != WEIR_END)
            run_failed(&run, "past end", "answers {%u, %d}", got.n, (int)got.state);
    }
    for (unsigned i = 0; i < row->inputs; i++)
        if (run.in[i].polls != before[i])
            run_failed(&run, "past end", "input %u is polled again", i);
    run_end(&run);
}

void law_past_end(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 4 5 6", "101 102 103"}};
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < MASKS; i++)
            for (how.demand = 1; how.demand <= 64; how.demand *= 4) {
                for (int bare = 0; bare <= 1; bare++) {
                    how.bare = bare;
                    set_mask(&how, i);
                    poll_past_end(row, &how);
                }
            }
}

/* ---- one poll does bounded work ---- */

struct endless {
    weir_stream stream;
    int64_t value;
    unsigned *polls;
};

static weir_poll endless_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct endless *self = (struct endless *)stream;
    (void)cx;
    (void)demand;
    if (++*self->polls > 100000)
        test_abort("a stage polls its source without end in one poll");
    struct tracked item = tracked_make(self->value);
    memcpy(out, &item, sizeof item);
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *endless(int64_t value, unsigned *polls)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "endless", .poll_next = endless_poll_next};
    weir_stream *stream = weir_source_new(sizeof(struct endless), &ops, &tracked_type);
    ((struct endless *)stream)->value = value;
    ((struct endless *)stream)->polls = polls;
    return stream;
}

static void poll_endless(const struct row *row, int64_t value, size_t demand)
{
    unsigned polls = 0;
    run.row = row;
    run.how = (struct schedule){.demand = demand, .bare = true};
    run.trace = (struct trace){.no_pending = true};
    run.in[0] = run.in[1] = (struct script){.finis = 1};
    run.kept = NULL;
    run.over = false;
    memset(run.check, 0, sizeof run.check);
    inner_begin(IN_PIECES, false);
    test_cx_init(&run.test);
    weir_stream *second = row->inputs > 1 ? endless(value + 100, &polls) : NULL;
    run.stream = row->build(&run, endless(value, &polls), second);
    for (int i = 0; i < 4 && !run.over; i++) {
        polls = 0;
        run_polls(&run, 1);
        if (polls > 4 * WEIR_BUDGET)
            run_failed(&run, "budget", "one poll asks the source %u times", polls);
    }
    runs_n++;
    run_end(&run);
}

void law_budget(const struct row *row)
{
    if (!row->inputs || row->flags & LENT)
        return;
    for (int64_t value = 1; value <= 4; value++) {
        poll_endless(row, value, 1);
        poll_endless(row, value, 64);
    }
}
