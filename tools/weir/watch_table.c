/* The table of stages: what stands above it, its rows by place, what follows from them. */
#include "watch_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/columns.h"
#include "memory.h"
#include "pipeline/text.h"

/* The places of a row, in columns: 0 where there is no room for it. */
struct layout {
    size_t name, bar;
    bool shares, queues, limits;
};
enum {
    NAME_MAX = 48,
    BAR_MIN = 8,
    BAR_MAX = 24,
    BAR_NARROW = 10,
    SHARES_COLUMNS = 5 + 8 + 8 + 9,
    FILL_COLUMNS = 8,
    RATE_COLUMNS = 8,
    MARK_COLUMNS = 2,
    WIDE = 78, /* queues have room */
    MIDDLE = 68
};

struct painter {
    FILE *to;
    const struct watched *watched;
    const struct table_look *look;
    struct layout layout;
    size_t width, limiting;
};

/* Only where a stage has them. */
static void look_for_fills(const struct watched *watched, struct layout *layout)
{
    for (size_t i = 0; i < watched->n; i++) {
        const struct watched_stage *stage = watched->stages[i];
        layout->queues |= stage && stage->queue_max;
        layout->limits |= stage && stage->limit;
    }
}

static struct layout layout_of(const struct watched *watched, size_t width)
{
    struct layout layout = {.shares = width >= MIDDLE};

    if (width >= WIDE)
        look_for_fills(watched, &layout);
    size_t fills = (size_t)layout.queues + layout.limits;
    size_t rest = width - (MARK_COLUMNS + 1 + RATE_COLUMNS + fills * FILL_COLUMNS +
                           (layout.shares ? SHARES_COLUMNS : 5));

    layout.bar = layout.shares ? BAR_MIN : BAR_NARROW;
    if (rest > NAME_MAX + layout.bar) {
        layout.bar = rest - NAME_MAX < BAR_MAX ? rest - NAME_MAX : BAR_MAX;
        layout.name = NAME_MAX;
    } else {
        layout.name = rest - layout.bar;
    }
    return layout;
}

static void colour(const struct painter *self, const char *code)
{
    if (self->look->colours)
        fprintf(self->to, "\x1b[%sm", code);
}

/* ---- text ---- */

/* Cut at `room` columns where it is longer, which is seen. Returns its columns. */
static size_t put_cut(FILE *to, const char *text, size_t room)
{
    size_t width = weir_pl_columns(text);

    if (width <= room) {
        fputs(text, to);
        return width;
    }
    size_t dots = room > 8 ? 3 : 0, n = weir_pl_columns_cut(text, room - dots, SIZE_MAX);
    char *cut = memory_text(text, n);
    width = weir_pl_columns(cut);
    fprintf(to, "%s%.*s", cut, (int)dots, "...");
    free(cut);
    return width + dots;
}

void table_cell(FILE *to, const char *text, size_t room)
{
    size_t width = put_cut(to, text, room);
    fprintf(to, "%*s", (int)(room - width), "");
}

/* Bytes of text that go into a line: up to a blank, or as many as there is room for. */
static size_t line_bytes(const char *text, size_t room)
{
    size_t n = weir_pl_columns_cut(text, room, SIZE_MAX), blank = n;

    if (!text[n])
        return n;
    while (blank && text[blank] != ' ')
        blank--;
    if (blank)
        return blank;
    return n ? n : 1;
}

size_t table_wrap(FILE *to, const char *text, size_t width, size_t indent)
{
    size_t lines = 0;

    do {
        size_t before = lines ? indent : 0;
        size_t n = line_bytes(text, width - before);
        fprintf(to, "%*s%.*s\n", (int)before, "", (int)n, text);
        text += n + strspn(text + n, " ");
        lines++;
    } while (*text);
    return lines;
}

const char *table_rate(char out[TABLE_RATE_BYTES], double rate)
{
    static const char units[] = " kMGTPE";
    size_t unit = 0;

    for (; rate >= 999.5 && units[unit + 1]; unit++)
        rate /= 1000;
    if (!unit && rate >= 9.95)
        snprintf(out, TABLE_RATE_BYTES, "%.0f", rate);
    else if (!unit)
        snprintf(out, TABLE_RATE_BYTES, rate > 0 ? "%.1f" : "0", rate);
    else
        snprintf(out, TABLE_RATE_BYTES, rate < 99.95 ? "%.1f%c" : "%.0f%c", rate, units[unit]);
    return out;
}

const char *table_gain(char out[TABLE_GAIN_BYTES], const struct watched_advice *advice)
{
    bool foretold = advice->gain > 0 && (advice->gain < 1 || advice->low < 1 || advice->high > 1);

    out[0] = 0;
    if (foretold)
        snprintf(out, TABLE_GAIN_BYTES, ": %.1fx (%.1f to %.1f)", advice->gain, advice->low,
                 advice->high);
    return out;
}

void table_stage_text(const struct watched *watched, size_t id, char *out, size_t size)
{
    const struct watched_stage *stage = watched->stages[id];

    if (stage->place)
        snprintf(out, size, "%s (%s)", stage->name, stage->place);
    else
        snprintf(out, size, "%s", stage->name);
}

static void put_wrapped(const struct painter *self, size_t indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void put_wrapped(const struct painter *self, size_t indent, const char *format, ...)
{
    char text[5 * WATCHED_TEXT_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_wrap(self->to, text, self->width, indent);
}

/* ---- above the rows ---- */

static void put_head(const struct painter *self)
{
    const struct watched *watched = self->watched;
    double seconds = (double)watched_window_ns(watched, self->look->whole) / 1e9;

    colour(self, "1");
    put_wrapped(self, 2, "%s, pid %llu: %llu worker%s%s%s%s",
                watched->program ? watched->program : "a program", (unsigned long long)watched->pid,
                (unsigned long long)watched->workers, watched->workers == 1 ? "" : "s",
                watched->machine ? ", " : "", watched->machine ? watched->machine : "",
                watched->end ? "; it has ended" : "");
    colour(self, "0");
    const struct layout *at = &self->layout;
    char of[48];
    if (seconds <= 0)
        snprintf(of, sizeof of, "stage, until now");
    else
        snprintf(of, sizeof of, self->look->whole ? "stage, %.*f s in all" : "stage, last %.*f s",
                 seconds < 1 ? 3 : 1, seconds);
    table_cell(self->to, of, MARK_COLUMNS + at->name + 1 + at->bar);
    fprintf(self->to, at->shares ? "%5s%8s%8s%9s" : "%5s", "busy", "starved", "blocked",
            "runnable");
    fprintf(self->to, "%8s", "items/s");
    fprintf(self->to, "%s%s", at->queues ? "   queue" : "", at->limits ? " at once" : "");
    fputc('\n', self->to);
}

/* ---- rows ---- */

static void put_bar(const struct painter *self, const struct shares *shares)
{
    static const char signs[4] = {'#', '.', '=', '/'};
    static const char *const colours[4] = {"32", "2", "33", "36"};
    const double of[4] = {shares->busy, shares->starved, shares->blocked, shares->runnable};
    size_t room = self->layout.bar, from = 0;
    double sum = 0;

    for (int i = 0; i < 4; i++) {
        sum += of[i];
        size_t to = (size_t)(sum * (double)room + 0.5);
        to = to > room ? room : to;
        if (to > from)
            colour(self, colours[i]);
        for (; from < to; from++)
            fputc(signs[i], self->to);
    }
    colour(self, "0");
    fprintf(self->to, "%*s", (int)(room - from), "");
}

static void put_shares(const struct painter *self, const struct shares *shares)
{
    static const int room[4] = {5, 8, 8, 9};
    unsigned percent[4];
    char text[16];

    shares_percent(shares, percent);
    bool known = percent[0] + percent[1] + percent[2] + percent[3] > 0;
    for (int i = 0; i < (self->layout.shares ? 4 : 1); i++) {
        snprintf(text, sizeof text, known ? "%u%%" : "-", percent[i]);
        fprintf(self->to, "%*s", room[i], text);
    }
}

static const char *whole(char out[TABLE_RATE_BYTES], uint64_t n)
{
    static const char units[] = "\0kMGTPE";
    size_t unit = 0;

    for (; n >= 10000 || (unit && n >= 1000); unit++)
        n /= 1000;
    snprintf(out, TABLE_RATE_BYTES, units[unit] ? "%llu%c" : "%llu", (unsigned long long)n,
             units[unit]);
    return out;
}

/* "16/99"; what is too wide for its column says only what it has. `blank` columns before it were
 * left empty; returns those that are then. */
static size_t put_fill(FILE *to, size_t blank, uint64_t n, uint64_t most)
{
    char text[2 * TABLE_RATE_BYTES], a[TABLE_RATE_BYTES], b[TABLE_RATE_BYTES];

    if (!most)
        return blank + FILL_COLUMNS;
    snprintf(text, sizeof text, "%s/%s", whole(a, n), whole(b, most));
    fprintf(to, "%*s", (int)blank + FILL_COLUMNS, strlen(text) < FILL_COLUMNS ? text : a);
    return 0;
}

static void put_name(const struct painter *self, const struct watched_stage *stage)
{
    const struct watched_stage *reader =
        stage->input_of < self->watched->n ? self->watched->stages[stage->input_of] : NULL;
    char text[3 * WATCHED_TEXT_BYTES];
    bool limiting = stage->id == self->limiting;

    snprintf(text, sizeof text, reader ? "%s > %s" : "%s", stage->name, reader ? reader->name : "");
    if (limiting)
        colour(self, "1;31");
    fputs(limiting ? "* " : "  ", self->to);
    table_cell(self->to, text, self->layout.name);
    colour(self, "0");
    fputc(' ', self->to);
}

/* "12.3k", "81 MB"; "-": it is not known. */
static void put_rate(const struct painter *self, const struct watched_stage *stage, uint64_t items)
{
    double seconds = (double)watched_window_ns(self->watched, self->look->whole) / 1e9;
    double rate = seconds > 0 ? (double)items / seconds : 0;
    char number[TABLE_RATE_BYTES], amount[TEXT_NUMBER_BYTES];

    fprintf(self->to, "%*s", RATE_COLUMNS,
            seconds <= 0          ? "-"
            : stage->counts_bytes ? weir_pl_text_amount(amount, (uint64_t)rate)
                                  : table_rate(number, rate));
}

static void put_row(const struct painter *self, size_t id)
{
    const struct watched_stage *stage = self->watched->stages[id];
    struct counts counts = watched_counts(self->watched, id, self->look->whole);
    struct shares shares = shares_of(&counts);

    put_name(self, stage);
    put_bar(self, &shares);
    put_shares(self, &shares);
    put_rate(self, stage, counts.items);
    size_t blank = 0;
    if (self->layout.queues)
        blank = put_fill(self->to, blank, stage->queue_n, stage->queue_max);
    if (self->layout.limits)
        put_fill(self->to, blank, stage->in_flight, stage->limit);
    fputc('\n', self->to);
}

/* "server.c:88 in serve, 1200 tasks so far" */
static void put_place(const struct painter *self, const size_t *ids, size_t n)
{
    const struct watched_stage *stage = self->watched->stages[ids[0]];
    char text[3 * WATCHED_TEXT_BYTES];
    uint64_t tasks = watched_tasks(self->watched, ids, n);
    int at = snprintf(text, sizeof text, "%s%s%s", stage->place ? stage->place : "the run itself",
                      stage->place && stage->in ? " in " : "",
                      stage->place && stage->in ? stage->in : "");
    if (tasks > 1)
        snprintf(text + at, sizeof text - (size_t)at, ", %llu tasks so far",
                 (unsigned long long)tasks);
    put_cut(self->to, text, self->width);
    fputc('\n', self->to);
}

static void put_rows(const struct painter *self)
{
    size_t ids[WATCHED_STAGES_MAX], n = watched_order(self->watched, ids);

    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        while (end < n && watched_same_place(self->watched, ids[i], ids[end]))
            end++;
        put_place(self, ids + i, end - i);
        for (size_t k = i; k < end; k++)
            put_row(self, ids[k]);
    }
}

/* ---- below the rows ---- */

static void put_limiting(const struct painter *self)
{
    const struct watched *watched = self->watched;
    char stage[2 * WATCHED_TEXT_BYTES];
    unsigned percent[4];

    if (!watched->rows) {
        put_wrapped(self, 2, "no rows were told yet");
        return;
    }
    if (self->limiting == SIZE_MAX) {
        put_wrapped(self, 2, "no stage limits the others: nothing passes");
        return;
    }
    struct counts counts = watched_counts(watched, self->limiting, self->look->whole);
    struct shares shares = shares_of(&counts);
    shares_percent(&shares, percent);
    table_stage_text(watched, self->limiting, stage, sizeof stage);
    put_wrapped(self, 2, "* limits the others: %s, busy %u%%%s", stage, percent[0],
                shares.worked < shares.busy / 2 ? ": most of it waits for its own" : "");
}

static void put_turns(const struct painter *self)
{
    for (size_t i = 0; i < WATCHED_TURNS_MAX; i++) {
        const struct watched_turn *turn = &self->watched->turns[i];
        if (turn->text && turn->age < 2)
            put_wrapped(self, 2, "! %s for %.1f s: no other task runs there meanwhile", turn->text,
                        (double)turn->for_ns / 1e9);
    }
}

static void put_advice(const struct painter *self)
{
    const struct watched_advice *advice = &self->watched->advice;
    char gain[TABLE_GAIN_BYTES];

    if (!advice->rule) {
        if (advice->text)
            put_wrapped(self, 2, "no advice: %s", advice->text);
        return;
    }
    put_wrapped(self, 2, "advice (%s): %s", advice->rule, advice->text ? advice->text : "");
    if (advice->change)
        put_wrapped(self, 4, "  %s%s", advice->change, table_gain(gain, advice));
    if (advice->assumes)
        put_wrapped(self, 4, "  assumes: %s", advice->assumes);
    if (advice->more)
        put_wrapped(self, 4, "  %llu more, when this one is settled",
                    (unsigned long long)advice->more);
}

/* What is not as it should be. */
static void put_notes(const struct painter *self)
{
    const struct watched *watched = self->watched;

    if (watched->refused)
        put_wrapped(self, 2, "it says: %s", watched->refused);
    if (watched->left_out)
        put_wrapped(self, 2, "not shown: %llu with an id beyond %d",
                    (unsigned long long)watched->left_out, WATCHED_STAGES_MAX - 1);
    if (watched->bad)
        put_wrapped(self, 2, "%llu line%s not understood, the first is line %llu",
                    (unsigned long long)watched->bad, watched->bad == 1 ? " was" : "s were",
                    (unsigned long long)watched->first_bad);
    if (watched->end)
        put_wrapped(self, 2, "the end: %s", watched->end);
}

static void put_foot(const struct painter *self)
{
    put_wrapped(self, 0, "# busy  . starved  = blocked  / runnable");
    put_limiting(self);
    if (!self->look->whole) {
        put_turns(self);
        put_advice(self);
    }
    put_notes(self);
}

/* ---- all of it ---- */

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* What one of them prints, for free(). */
static char *text_of(struct painter *self, void (*put)(const struct painter *))
{
    char *text = NULL;
    size_t n;

    self->to = open_memstream(&text, &n);
    if (!self->to)
        memory_end();
    put(self);
    if (fclose(self->to))
        memory_end();
    return text;
}

/* At most `most` lines of text; 0: all. The last one says how many are missing. */
static void put_lines(FILE *to, const char *text, size_t most)
{
    size_t n = lines_of(text), left = !most || n <= most ? n : most - 1;
    const char *end = text;

    for (size_t i = 0; i < left; i++)
        end = strchr(end, '\n') + 1;
    fwrite(text, 1, (size_t)(end - text), to);
    if (left < n)
        fprintf(to, "  ... %zu more lines\n", n - left);
}

void table_print(FILE *to, const struct watched *watched, const struct table_look *look)
{
    size_t width = look->width < TABLE_COLUMNS_MIN ? TABLE_COLUMNS_MIN : look->width;
    struct painter self = {.watched = watched,
                           .look = look,
                           .layout = layout_of(watched, width),
                           .width = width,
                           .limiting = watched_limiting(watched, look->whole)};
    char *head = text_of(&self, put_head), *rows = text_of(&self, put_rows),
         *foot = text_of(&self, put_foot);
    size_t taken = lines_of(head) + lines_of(foot);

    fputs(head, to);
    put_lines(to, rows, !look->height ? 0 : look->height > taken + 3 ? look->height - taken : 3);
    fputs(foot, to);
    free(head);
    free(rows);
    free(foot);
}
