/* What a run has shown: its table, its spawn points in the order in which a change would help, and
 * the spawns that cost more than they bring. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/text.h"
#include "watch_table.h"

/* No program gives advice before. */
enum { ADVICE_SECONDS_MIN = 2 };

/* A task that works less than this costs about as much to spawn; fewer tasks do not matter. */
enum { SHORT_NS = 1000, MANY_TASKS = 1000 };

/* ---- advice ---- */

static bool same(const struct watched_advice *a, const struct watched_advice *b)
{
    return a->id == b->id && !strcmp(a->rule, b->rule);
}

void profile_advise(struct profile_advice *advice, struct watched *watched)
{
    struct watched_advice *now = &watched->advice;
    size_t i = 0;

    if (!now->rule)
        return;
    while (i < advice->n && !same(&advice->of[i], now))
        i++;
    if (i == PROFILE_ADVICE_MAX)
        return;
    if (i == advice->n)
        advice->n++;
    else
        watched_advice_drop(&advice->of[i]);
    advice->of[i] = *now;
    *now = (struct watched_advice){0};
}

void profile_advice_drop(struct profile_advice *advice)
{
    for (size_t i = 0; i < advice->n; i++)
        watched_advice_drop(&advice->of[i]);
    advice->n = 0;
}

/* ---- spawn points ---- */

/* A place that spawns, or a run's own task. */
struct point {
    const size_t *ids;
    size_t n, busiest; /* the id */
    uint64_t tasks;
    struct shares shares; /* of the busiest */
    uint64_t worked_ns, waited_ns;
};

struct report {
    FILE *to;
    const struct watched *watched;
    const struct profile_advice *advice;
    size_t width, limiting;
    struct point points[WATCHED_STAGES_MAX];
    size_t n;
};

static void measure(const struct watched *watched, struct point *point)
{
    struct shares shares[WATCHED_STAGES_MAX];
    uint64_t there_ns = 0, runnable_ns = 0;

    point->tasks = watched_tasks(watched, point->ids, point->n);
    for (size_t i = 0; i < point->n; i++) {
        struct counts of = watched_counts(watched, point->ids[i], true);
        shares[i] = shares_of(&of);
        point->worked_ns += of.busy_ns - (of.served_ns < of.busy_ns ? of.served_ns : of.busy_ns);
        there_ns = of.busy_ns + of.starved_ns + of.blocked_ns + of.runnable_ns;
        runnable_ns = of.runnable_ns;
    }
    uint64_t known_ns = point->worked_ns + runnable_ns;
    point->waited_ns = there_ns > known_ns ? there_ns - known_ns : 0;
    size_t found = shares_limiting(shares, point->n);
    point->busiest = point->ids[found == SIZE_MAX ? 0 : found];
    if (found != SIZE_MAX)
        point->shares = shares[found];
}

static bool goes_before(const struct report *self, const struct point *a, const struct point *b)
{
    bool first = a->busiest == self->limiting, second = b->busiest == self->limiting;

    return first != second ? first : a->shares.busy > b->shares.busy;
}

static void find_points(struct report *self, const size_t *ids, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && watched_same_place(self->watched, ids[i], ids[end]))
            end++;
        struct point point = {.ids = ids + i, .n = end - i};
        measure(self->watched, &point);
        size_t to = self->n++;
        for (; to && goes_before(self, &point, &self->points[to - 1]); to--)
            self->points[to] = self->points[to - 1];
        self->points[to] = point;
    }
}

/* ---- words ---- */

static const char *duration(char out[TEXT_NUMBER_BYTES], double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;

    for (; ns >= 999.5 && unit < 3; unit++)
        ns /= 1000;
    snprintf(out, TEXT_NUMBER_BYTES, ns < 9.95 && unit ? "%.1f %s" : "%.0f %s", ns, units[unit]);
    return out;
}

static void say(const struct report *self, size_t indent, const char *text)
{
    table_wrap(self->to, text, self->width, indent);
}

static void say_advice(const struct report *self, const struct watched_advice *advice)
{
    char text[4 * WATCHED_TEXT_BYTES], gain[TABLE_GAIN_BYTES];

    snprintf(text, sizeof text, "     %s: %s%s%s%s%s%s", advice->rule,
             advice->text ? advice->text : "", advice->change ? "; " : "",
             advice->change ? advice->change : "", table_gain(gain, advice),
             advice->assumes ? "; this assumes: " : "", advice->assumes ? advice->assumes : "");
    say(self, 5, text);
}

/* Why nothing is foretold, where that is known. */
static void say_silence(const struct report *self)
{
    const char *why = self->watched->advice.rule ? NULL : self->watched->advice.text;
    double seconds = (double)watched_window_ns(self->watched, true) / 1e9;
    char text[2 * WATCHED_TEXT_BYTES], few[64];

    snprintf(few, sizeof few, "%.3f s are too few to foretell from", seconds);
    if (!why && seconds < ADVICE_SECONDS_MIN)
        why = few;
    snprintf(text, sizeof text,
             "     it limits the others; what a change would bring was not told%s%s",
             why ? ": " : "", why ? why : "");
    say(self, 5, text);
}

/* Returns how much there was of one point. */
static size_t say_all_advice(const struct report *self, const struct point *point)
{
    size_t said = 0;

    for (size_t i = 0; i < self->advice->n; i++)
        for (size_t k = 0; k < point->n; k++)
            if (self->advice->of[i].id == point->ids[k]) {
                say_advice(self, &self->advice->of[i]);
                said++;
            }
    return said;
}

/* "; 9720 items, 1.2 ms each", "; 268 MB, 1.4 ms a MB" */
static int put_items(const struct watched_stage *stage, const struct counts *of, char *out,
                     size_t size)
{
    double each_ns = of->items ? (double)of->busy_ns / (double)of->items : 0;
    char amount[TEXT_NUMBER_BYTES], each[TEXT_NUMBER_BYTES];

    if (!of->items)
        return 0;
    if (stage->counts_bytes)
        return snprintf(out, size, "; %s, %s a MB", weir_pl_text_amount(amount, of->items),
                        duration(each, each_ns * 1e6));
    return snprintf(out, size, "; %llu items, %s each", (unsigned long long)of->items,
                    duration(each, each_ns));
}

/* "import.c:47 in main: then enrich was busy 97%, 9720 items, 1.2 ms each" */
static void say_point(const struct report *self, size_t i)
{
    const struct point *point = &self->points[i];
    const struct watched_stage *stage = self->watched->stages[point->busiest];
    struct counts of = watched_counts(self->watched, point->busiest, true);
    char text[4 * WATCHED_NAME_BYTES];
    unsigned percent[4];

    shares_percent(&point->shares, percent);
    int n = snprintf(text, sizeof text, "%3zu  %s%s%s: %s was busy %u%%%s", i + 1,
                     stage->place ? stage->place : "the run itself",
                     stage->place && stage->in ? " in " : "",
                     stage->place && stage->in ? stage->in : "", stage->name, percent[0],
                     point->shares.worked < point->shares.busy / 2 ? ", most of it waiting" : "");
    n += put_items(stage, &of, text + n, sizeof text - (size_t)n);
    if (point->tasks > 1)
        snprintf(text + n, sizeof text - (size_t)n, "; %llu tasks",
                 (unsigned long long)point->tasks);
    say(self, 5, text);
    if (!say_all_advice(self, point) && point->busiest == self->limiting)
        say_silence(self);
}

static bool is_needless(const struct point *point)
{
    return point->tasks >= MANY_TASKS && point->waited_ns < point->worked_ns &&
           point->worked_ns / point->tasks < SHORT_NS;
}

static void say_needless(const struct report *self)
{
    char text[4 * WATCHED_NAME_BYTES], each[TEXT_NUMBER_BYTES];
    bool any = false;

    for (size_t i = 0; i < self->n; i++) {
        const struct point *point = &self->points[i];
        const struct watched_stage *stage = self->watched->stages[point->busiest];
        if (!stage->place || !is_needless(point))
            continue;
        if (!any)
            say(self, 0, "spawns that are not needed:");
        any = true;
        snprintf(text, sizeof text, "     %s%s%s: %llu tasks, %s of work each, and no waiting",
                 stage->place, stage->in ? " in " : "", stage->in ? stage->in : "",
                 (unsigned long long)point->tasks,
                 duration(each, (double)point->worked_ns / (double)point->tasks));
        say(self, 5, text);
    }
}

static void say_points(const struct report *self)
{
    size_t shown = 0;

    say(self, 0, "spawn points, those that limit first:");
    for (size_t i = 0; i < self->n; i++)
        if (self->points[i].shares.busy > 0) {
            say_point(self, i);
            shown++;
        }
    if (!shown)
        say(self, 0, "     none: no stage was busy");
    say_needless(self);
}

void profile_report(FILE *to, const struct watched *watched, const struct profile_advice *advice,
                    size_t width)
{
    static struct report self;
    static size_t ids[WATCHED_STAGES_MAX];
    struct table_look look = {.width = width, .whole = true};

    self = (struct report){.to = to,
                           .watched = watched,
                           .advice = advice,
                           .width = width,
                           .limiting = watched_limiting(watched, true)};
    table_print(to, watched, &look);
    find_points(&self, ids, watched_order(watched, ids));
    say_points(&self);
}
