/* The model of a program that is looked at. Nothing that it says is trusted: numbers are bounded,
 * texts are cut and made harmless as they come in. */
#include "watched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/columns.h"
#include "memory.h"
#include "print.h"
#include "pipeline/text.h"

#define SECOND_NS UINT64_C(1000000000)

/* ---- texts ---- */

/* Cut at `most` bytes, which is seen; NULL: it is no text. */
static char *take_cut(struct json object, const char *name, size_t most)
{
    char text[WATCHED_TEXT_BYTES];
    struct json value = json_member(object, name);

    if (!value.at || *value.at != '"')
        return NULL;
    json_text(value, text, sizeof text);
    char *harmless = print_harmless(text);
    if (strlen(harmless) > most)
        memcpy(harmless + weir_pl_columns_cut(harmless, SIZE_MAX, most - 3), "...", 4);
    return harmless;
}

static char *take_name(struct json object, const char *name)
{
    return take_cut(object, name, WATCHED_NAME_BYTES);
}

static char *take_text(struct json object, const char *name)
{
    return take_cut(object, name, WATCHED_TEXT_BYTES - 1);
}

static char *joined(const char *a, const char *b)
{
    size_t n = strlen(a) + strlen(b) + 2;
    char *out = memory_zeroed(n, 1);

    snprintf(out, n, "%s%s%s", a, *a && *b ? " " : "", b);
    return out;
}

static void replace(char **text, char *by)
{
    free(*text);
    *text = by;
}

static uint64_t number_of(struct json object, const char *name, uint64_t otherwise)
{
    return json_u64(json_member(object, name), otherwise);
}

/* ---- what there is ---- */

static void on_hello(struct watched *watched, struct json line)
{
    watched->greeted = true;
    watched->version = number_of(line, "v", 0);
    watched->pid = number_of(line, "pid", 0);
    watched->began_ns = number_of(line, "began_ns", number_of(line, "at_ns", 0));
    watched->workers = number_of(line, "workers", 0);
    watched->control = json_true(json_member(line, "control"));
    watched->tap = json_true(json_member(line, "tap"));
    replace(&watched->program, take_name(line, "program"));
}

/* "1.0 of 2 cores usable (calibration), cpu pressure 13%" */
static void on_machine(struct watched *watched, struct json line)
{
    char text[2 * WATCHED_TEXT_BYTES];
    char *from = take_name(line, "from");
    uint64_t cores = number_of(line, "cores", 0);
    double usable = json_double(json_member(line, "usable"), (double)cores);
    double pressure = json_double(json_member(line, "pressure"), -1);
    int n = snprintf(text, sizeof text, "%.1f of %llu core%s usable", usable,
                     (unsigned long long)cores, cores == 1 ? "" : "s");

    if (from)
        n += snprintf(text + n, sizeof text - (size_t)n, " (%s)", from);
    if (pressure >= 0)
        snprintf(text + n, sizeof text - (size_t)n, ", cpu pressure %.0f%%", pressure);
    free(from);
    replace(&watched->machine, memory_text(text, strlen(text)));
}

static void stage_drop(struct watched_stage *stage)
{
    if (!stage)
        return;
    free(stage->place);
    free(stage->in);
    free(stage->name);
    free(stage);
}

static bool is_text(struct json object, const char *name, const char *wanted)
{
    char text[WATCHED_NAME_BYTES];

    json_text(json_member(object, name), text, sizeof text);
    return !strcmp(text, wanted);
}

static void on_stage(struct watched *watched, struct json line)
{
    uint64_t id = number_of(line, "id", UINT64_MAX);

    if (id >= WATCHED_STAGES_MAX) {
        watched->left_out++;
        return;
    }
    char *kind = take_name(line, "stage"), *function = take_name(line, "function");
    struct watched_stage *stage = memory_zeroed(1, sizeof *stage);
    stage->id = id;
    stage->name = joined(kind ? kind : "?", function ? function : "");
    stage->place = take_name(line, "place");
    stage->in = take_name(line, "in");
    stage->runtime = number_of(line, "rt", 0);
    stage->index = number_of(line, "index", 0);
    stage->input_of = number_of(line, "input_of", UINT64_MAX);
    stage->counts_bytes = is_text(line, "unit", "bytes");
    stage_drop(watched->stages[id]);
    watched->stages[id] = stage;
    watched->n = id >= watched->n ? id + 1 : watched->n;
    free(kind);
    free(function);
}

static struct watched_stage *stage_of(const struct watched *watched, uint64_t id)
{
    return id < watched->n ? watched->stages[id] : NULL;
}

/* ---- rows ---- */

static void take_queue(struct watched_stage *stage, struct json queue)
{
    uint64_t of[3] = {0};
    struct json name, value;

    for (int i = 0; i < 3 && json_next(&queue, &name, &value); i++)
        of[i] = json_u64(value, 0);
    stage->queue_n = of[0];
    stage->queue_max = of[1];
    stage->now.queue_item_ns = of[2];
}

static void take_row(const struct watched *watched, struct json row)
{
    struct watched_stage *stage = stage_of(watched, number_of(row, "id", UINT64_MAX));

    if (!stage)
        return;
    stage->told = true;
    stage->tasks = number_of(row, "tasks", stage->tasks);
    stage->now.items = number_of(row, "items", 0);
    stage->now.busy_ns = number_of(row, "busy_ns", 0);
    stage->now.starved_ns = number_of(row, "starved_ns", 0);
    stage->now.blocked_ns = number_of(row, "blocked_ns", 0);
    stage->now.runnable_ns = number_of(row, "runnable_ns", 0);
    stage->now.served_ns = number_of(row, "served_ns", 0);
    take_queue(stage, json_member(row, "queue"));
    stage->limit = number_of(row, "limit", 0);
    stage->in_flight = number_of(row, "in_flight", 0);
}

static void mark(struct watched *watched, bool both)
{
    for (size_t i = 0; i < watched->n; i++) {
        struct watched_stage *stage = watched->stages[i];
        if (!stage)
            continue;
        if (both)
            stage->first = stage->now;
        stage->since[0] = both ? stage->now : stage->since[1];
        stage->since[1] = stage->now;
    }
    if (both)
        watched->first_ns = watched->at_ns;
    watched->mark_ns[0] = both ? watched->at_ns : watched->mark_ns[1];
    watched->mark_ns[1] = watched->at_ns;
}

/* New rows of another moment: the window goes on. What the first ones say is of all the time
 * before, which counts only while there are no others. */
static void begin_rows(struct watched *watched, uint64_t at_ns)
{
    for (size_t i = 0; i < WATCHED_TURNS_MAX; i++)
        watched->turns[i].age++;
    if (watched->rows == 1)
        mark(watched, true);
    else if (watched->rows && watched->at_ns - watched->mark_ns[1] >= SECOND_NS)
        mark(watched, false);
    watched->rows++;
    watched->at_ns = at_ns;
}

static void on_rows(struct watched *watched, struct json line)
{
    uint64_t at_ns = number_of(line, "at_ns", watched->at_ns);
    struct json rows = json_member(line, "rows"), name, row;

    if (at_ns < watched->at_ns) /* time does not go back */
        at_ns = watched->at_ns;
    if (!watched->rows || at_ns > watched->at_ns)
        begin_rows(watched, at_ns);
    if (number_of(line, "same_ns", 0)) {
        watched->doubted = true;
        watched->doubt_rows = watched->rows;
    }
    while (json_next(&rows, &name, &row))
        take_row(watched, row);
}

/* ---- what is said besides ---- */

static void on_running(struct watched *watched, struct json line)
{
    uint64_t worker = number_of(line, "worker", 0);
    char *place = take_name(line, "place"), *stage = take_name(line, "stage");
    struct watched_turn *turn = &watched->turns[worker % WATCHED_TURNS_MAX];
    char text[3 * WATCHED_TEXT_BYTES];

    snprintf(text, sizeof text, "worker %llu is in %s%s%s%s", (unsigned long long)worker,
             stage ? stage : "a stage", place ? " (" : "", place ? place : "", place ? ")" : "");
    replace(&turn->text, memory_text(text, strlen(text)));
    turn->for_ns = number_of(line, "for_ns", 0);
    turn->age = 0;
    free(place);
    free(stage);
}

void watched_advice_drop(struct watched_advice *advice)
{
    free(advice->rule);
    free(advice->text);
    free(advice->assumes);
    free(advice->change);
    *advice = (struct watched_advice){0};
}

static void on_advice(struct watched *watched, struct json line)
{
    watched_advice_drop(&watched->advice);
    watched->advice = (struct watched_advice){
        .rule = take_name(line, "rule"),
        .text = take_text(line, "text"),
        .assumes = take_text(line, "assumes"),
        .change = take_text(line, "change"),
        .id = number_of(line, "id", UINT64_MAX),
        .more = number_of(line, "more", 0),
        .gain = json_double(json_member(line, "gain"), 0),
        .low = json_double(json_member(line, "low"), 0),
        .high = json_double(json_member(line, "high"), 0),
    };
}

static void on_refusal(struct watched *watched, struct json line)
{
    replace(&watched->refused, take_text(line, "text"));
}

static void on_end(struct watched *watched, struct json line)
{
    char *reason = take_text(line, "reason");
    replace(&watched->end, reason ? reason : joined("it ended", ""));
}

static const struct {
    const char *type;
    void (*take)(struct watched *watched, struct json line);
} kinds[] = {
    {"hello", on_hello},   {"machine", on_machine}, {"stage", on_stage},
    {"rows", on_rows},     {"running", on_running}, {"advice", on_advice},
    {"error", on_refusal}, {"busy", on_refusal},    {"end", on_end},
};

void watched_line(struct watched *watched, const char *line, size_t n,
                  char type[WATCHED_TYPE_BYTES])
{
    struct json object;

    watched->lines++;
    type[0] = 0;
    if (!json_read(&object, line, n) || *object.at != '{') {
        if (!watched->bad++)
            watched->first_bad = watched->lines;
        return;
    }
    json_text(json_member(object, "t"), type, WATCHED_TYPE_BYTES);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].type, type))
            kinds[i].take(watched, object);
}

void watched_drop(struct watched *watched)
{
    for (size_t i = 0; i < watched->n; i++)
        stage_drop(watched->stages[i]);
    for (size_t i = 0; i < WATCHED_TURNS_MAX; i++)
        free(watched->turns[i].text);
    watched_advice_drop(&watched->advice);
    free(watched->program);
    free(watched->machine);
    free(watched->refused);
    free(watched->end);
    *watched = (struct watched){0};
}

/* ---- what it means ---- */

struct counts watched_counts(const struct watched *watched, size_t id, bool whole)
{
    static const struct counts none;
    const struct watched_stage *stage = stage_of(watched, id);

    if (!stage)
        return none;
    if (whole && watched->from_its_first_turn)
        return stage->now;
    return counts_since(&stage->now, whole ? &stage->first : &stage->since[0]);
}

uint64_t watched_window_ns(const struct watched *watched, bool whole)
{
    uint64_t from_ns = whole ? watched->first_ns : watched->mark_ns[0];

    if (whole && watched->from_its_first_turn)
        from_ns = watched->began_ns;
    else if (watched->rows < 2)
        return 0;
    return watched->at_ns > from_ns ? watched->at_ns - from_ns : 0;
}

size_t watched_limiting(const struct watched *watched, bool whole)
{
    struct shares shares[WATCHED_STAGES_MAX];

    for (size_t i = 0; i < watched->n; i++) {
        struct counts counts = watched_counts(watched, i, whole);
        shares[i] = shares_of(&counts);
    }
    return shares_limiting(shares, watched->n);
}

bool watched_same_place(const struct watched *watched, size_t a, size_t b)
{
    const char *one = watched->stages[a]->place, *other = watched->stages[b]->place;

    if (watched->stages[a]->runtime != watched->stages[b]->runtime)
        return false;
    return one && other ? !strcmp(one, other) : one == other;
}

uint64_t watched_tasks(const struct watched *watched, const size_t *ids, size_t n)
{
    uint64_t tasks = 0;

    for (size_t i = 0; i < n; i++) {
        const struct watched_stage *stage = watched->stages[ids[i]];
        if (stage->input_of == UINT64_MAX && stage->tasks > tasks)
            tasks = stage->tasks;
    }
    return tasks;
}

/* By the stage that it is an input of, or itself; an input stands before what reads it. */
static uint64_t key_of(const struct watched *watched, const struct watched_stage *stage)
{
    const struct watched_stage *reader = stage_of(watched, stage->input_of);
    uint64_t index = reader ? reader->index : stage->index;

    return 2 * (index < UINT32_MAX ? index : UINT32_MAX) + !reader;
}

/* Puts ids of one place in order; few stages each, so by insertion. */
static void sort_place(const struct watched *watched, size_t *ids, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        size_t id = ids[i], to = i;
        uint64_t key = key_of(watched, watched->stages[id]);
        for (; to && key_of(watched, watched->stages[ids[to - 1]]) > key; to--)
            ids[to] = ids[to - 1];
        ids[to] = id;
    }
}

size_t watched_order(const struct watched *watched, size_t *out)
{
    bool taken[WATCHED_STAGES_MAX] = {false};
    size_t n = 0;

    for (size_t i = 0; i < watched->n; i++) {
        size_t first = n;
        if (!watched->stages[i] || taken[i])
            continue;
        for (size_t k = i; k < watched->n; k++)
            if (watched->stages[k] && watched_same_place(watched, i, k)) {
                taken[k] = true;
                out[n++] = k;
            }
        sort_place(watched, out + first, n - first);
    }
    return n;
}
