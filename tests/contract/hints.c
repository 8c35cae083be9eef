/* A law about size hints: at every moment as many items are to come as the hint says. */

#include "laws.h"

enum { POLLS_MAX = 200 };

static struct run run;

static struct moment {
    weir_hint hint;
    unsigned items; /* given before it */
} moments[POLLS_MAX];

static void look_at(const struct moment *moment)
{
    size_t left = run.trace.items - moment->items;
    if (moment->hint.lower > left || moment->hint.upper < left)
        run_failed(&run, "hints", "behind %u items %zu are to come, and it says %zu to %zu",
                   moment->items, left, moment->hint.lower, moment->hint.upper);
}

static void every_moment(const struct row *row, const struct schedule *how)
{
    unsigned n = 0;
    run_begin(&run, row, how);
    for (; n < POLLS_MAX && !run.over; n++) {
        moments[n] = (struct moment){weir_size_hint(run.stream), run.trace.items};
        run_polls(&run, 1);
    }
    /* An error may cut what a stage gathers in two, or end it. */
    for (unsigned i = 0; i < n && run.over && !run.stuck && !run.trace.errors; i++)
        look_at(&moments[i]);
    run_end(&run);
}

void law_hints(const struct row *row)
{
    static const unsigned masks[][2] = {{0, 0}, {0x55, 0xAA}, {0x1FF, 0x1FF}};
    static const char *const events[][2] = {
        {"1 2 3 5 6 7 8 9", "101 102 103 104"}, {"", "101 102"}, {"1 2", ""}};
    struct schedule how = {0};
    for (unsigned i = 0; i < sizeof events / sizeof *events; i++)
        for (unsigned m = 0; m < sizeof masks / sizeof *masks; m++)
            for (how.mode = 0; how.mode < MODES; how.mode++)
                for (how.demand = 1; how.demand <= 64; how.demand *= 4) {
                    how.events[0] = events[i][0];
                    how.events[1] = events[i][1];
                    how.mask[0] = masks[m][0];
                    how.mask[1] = masks[m][1];
                    every_moment(row, &how);
                }
}
