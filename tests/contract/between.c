/* A law about what goes on between two polls, while the consumer is busy with something else: it is
 * the same items and errors that come, within the same bounds, wherever the consumer stops. */

#include "core/in_flight.h"
#include "laws.h"

static struct run run;
static struct run plain;

static const unsigned masks[][2] = {{0, 0}, {0x155, 0x0AA}, {0x0AA, 0x155}, {0x3FF, 0x3FF}};
enum { MASKS = sizeof masks / sizeof *masks, BUSY_TURNS = 3 };

/* Turns of the task in which the stage is not polled, and one thing happens before each. Where it
 * answered PENDING it is told of that by its latest waker. */
void run_busy(struct run *busy, weir_poll got)
{
    for (int turns = 0; turns < BUSY_TURNS; turns++) {
        doubles_wake_one();
        if (got.state != WEIR_PENDING)
            test_cx_turn(&busy->test);
        busy->test.cx.budget = turns == 1 ? 1 : WEIR_BUDGET;
        weir_in_flight_turn(&busy->test.cx, &busy->in_flight);
        weir_in_flight_progress(&busy->test.cx);
    }
}

static void look_at_bound(void)
{
    size_t bytes = memory.live_bytes, most = weir_memory_max(run.stream);
    if (!(run.row->flags & HOLDS_UNSEEN) && bytes > most)
        run_failed(&run, "between", "it holds %zu bytes, and said %zu at most", bytes, most);
}

static void compare_with(const struct row *row, const struct schedule *how)
{
    memory_begin(0, false);
    run_begin(&run, row, how);
    for (unsigned i = 0; i < 500 && !run.over; i++) {
        run_polls(&run, 1);
        if (!run.over)
            look_at_bound();
    }
    if (!run.over || run.stuck)
        run_failed(&run, "between", "it does not come to an end: %s", run.trace.text);
    if (!(row->flags & LOSES) && !same_trace(row, run.trace.text, plain.trace.text))
        run_failed(&run, "between", "gives %s, and else %s", run.trace.text, plain.trace.text);
    run_end(&run);
    memory_end();
}

static void drop_at_each_step(const struct row *row, const struct schedule *how)
{
    bool over = false;
    for (unsigned steps = 1; steps < 200 && !over; steps++) {
        memory_begin(0, false);
        run_begin(&run, row, how);
        run_polls(&run, steps);
        over = run.over;
        run_end(&run);
        memory_end();
    }
}

static void fail_each_allocation(const struct row *row, const struct schedule *how)
{
    unsigned long calls = 1;
    for (unsigned long k = 1; k <= calls; k++) {
        memory_begin(k, k % 2);
        run_all(&run, row, how);
        calls = memory.failed ? calls + 1 : calls;
        memory_end();
        memory.failed = 0;
    }
}

void law_between(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 !70 4 5 6 7", "101 102 !170 103 104"}, .bare = true};
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < MASKS; i++)
            for (how.demand = 1; how.demand <= 64; how.demand *= 8) {
                how.mask[0] = masks[i][0];
                how.mask[1] = masks[i][1];
                how.between = false;
                memory_begin(0, false);
                run_all(&plain, row, &how);
                memory_end();
                how.between = true;
                compare_with(row, &how);
                drop_at_each_step(row, &how);
                if (how.demand == 1)
                    fail_each_allocation(row, &how);
            }
}
