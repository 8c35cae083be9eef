/* The law of marks: a mark comes out of a stage in its place, after everything that was made of
 * what went in before it and before the rest; each is settled once; a stage that says nothing of
 * marks is refused with the way out. */

#include <stdio.h>
#include <string.h>

#include "laws.h"

static struct run run;
static struct run held;

/* Between all kinds of neighbours: at the beginning, twice, around errors, at the end. */
static const char *const texts[2][2] = {
    {"| 1 2 | 3 | | 4 !70 | 5 | 6 7 8 |", "| 101 | | 102 103 | !170 | 104 |"},
    {"1 2 3 4 5 6 |", "101 102 103 | !!170"}};
static const char *const others[2] = {"1 2 3 4", "101 102 103 104"};

static bool is_refused_over_marks(const weir_stream *stream)
{
    return stream->ops->marks == WEIR_MARKS_UNSAID || stream->ops->marks == WEIR_MARKS_LOSE;
}

/* Bytes know of none. */
static bool says_nothing(const weir_stage *stage)
{
    const weir_stage *input;
    if (stage->vt->kind != WEIR_KIND_STREAM)
        return true;
    const weir_stream *stream = (const weir_stream *)stage;
    bool source = !weir_stage_input(stage, 0);
    if (!source && is_refused_over_marks(stream))
        return true;
    for (size_t i = 0; (input = weir_stage_input(stage, i)); i++)
        if (says_nothing(input))
            return true;
    return false;
}

/* ... of the row, besides: it holds items and marks, or a stage does that it is made of. */
static bool holds;

static bool has_holder(const weir_stage *stage)
{
    bool found = false;
    for (; stage && !found; stage = stage->source)
        found = stage->vt->kind == WEIR_KIND_STREAM &&
                ((const weir_stream *)stage)->ops->marks == WEIR_MARKS_HOLD;
    return found;
}

/* What the row says, of a chain over sources that give none. A function that reads from a chain in
 * its state can say nothing. */
static weir_marks said(const struct row *row)
{
    struct schedule how = {.events = {others[0], others[1]}, .demand = 1, .bare = true};
    run_begin(&run, row, &how);
    bool nothing = run.unseen || says_nothing(&run.stream->stage);
    weir_marks marks = nothing                                       ? WEIR_MARKS_UNSAID
                       : run.stream->ops->marks == WEIR_MARKS_SETTLE ? WEIR_MARKS_SETTLE
                                                                     : WEIR_MARKS_PASS;
    holds = has_holder(&run.stream->stage);
    run_end(&run);
    return marks;
}

/* ---- where they come out ---- */

/* The text up to the kth mark, from 0, without the marks before it. False: there are fewer. */
static bool before_mark(char *out, const char *text, unsigned k)
{
    for (; *text; text++) {
        if (*text != '|')
            *out++ = *text;
        else if (!k--)
            break;
    }
    *out = '\0';
    return *text == '|';
}

/* It gathers items: a mark may come behind a vec with more than what went in before it. */
static bool gathers(const struct row *row)
{
    return holds && strchr(row->gives, '[') != NULL;
}

static void ungroup(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++)
        if (*at != '[' && *at != ']')
            *to++ = *at;
    *to = '\0';
}

/* What came before the mark is what should, and maybe more. */
static bool is_behind(char *got, char *wanted)
{
    ungroup(got);
    ungroup(wanted);
    size_t n = strlen(wanted);
    return !strncmp(got, wanted, n) && (!n || !got[n] || got[n] == ' ');
}

/* It runs several at once: errors, and with ANY_ORDER items too, may come out before it that went
 * in behind it, and where it takes batches what filled up the last one. */
static bool overtakes(const struct row *row)
{
    return holds && row->flags & OVERTAKES && !gathers(row);
}

static bool is_low_water(const struct row *row, const char *got, const char *wanted)
{
    static char items[TRACE_BYTES], due[TRACE_BYTES];
    without_errors(items, got);
    without_errors(due, wanted);
    bool ordered =
        row->flags & TAKES_MORE ? !strncmp(items, due, strlen(due)) : !strcmp(items, due);
    return holds_words(got, wanted) && (row->flags & ANY_ORDER || ordered);
}

/* What should have come before the mark did, or was left out for good. */
static bool is_replaced(const char *got, const char *wanted)
{
    static char items[TRACE_BYTES];
    char word[32];
    int n;
    without_errors(items, wanted);
    for (const char *at = items; sscanf(at, "%31s%n", word, &n) == 1; at += n)
        if (!count_word(got, word) && count_word(run.trace.text, word))
            return false;
    without_errors(items, got);
    return holds_words(wanted, items);
}

static bool is_in_place(const struct row *row, char *got, char *wanted)
{
    if (row->flags & AT_THE_END)
        return holds_words(got, wanted);
    if (row->flags & REPLACES)
        return is_replaced(got, wanted);
    if (overtakes(row))
        return is_low_water(row, got, wanted);
    return gathers(row) ? is_behind(got, wanted) : !strcmp(got, wanted);
}

static void judge_place(const struct row *row, unsigned input, unsigned k)
{
    static char part[TRACE_BYTES], got[TRACE_BYTES], wanted[TRACE_BYTES];
    static char events[128];
    unsigned side = row->inputs > 1 && row->flags & ANY_SIDE ? input : 2;
    before_mark(events, run.how.events[input], k);
    bool ends = gathers(row) || row->flags & (AT_THE_END | REPLACES);
    strcat(events, ends ? " $" : " P~"); /* what was held comes at the end */
    struct schedule how = {.events = {run.how.events[0], run.how.events[1]},
                           .demand = 1,
                           .hold = true,
                           .hold_input = 9};
    how.events[input] = events;
    run_all(&held, row, &how);
    before_mark(part, run.trace.text, k);
    words_of(got, part, side);
    words_of(wanted, held.trace.text, side);
    if (!is_in_place(row, got, wanted))
        run_failed(&run, "marks", "before mark %u it should be like %s", k, held.trace.text);
}

static void judge_places(const struct row *row, unsigned input)
{
    unsigned n = count_word(run.trace.text, "|");
    if (n != run.in[input].marks_given)
        run_failed(&run, "marks", "%u marks went in, %u came out", run.in[input].marks_given, n);
    for (unsigned k = 0; k < n; k++)
        judge_place(row, input, k);
}

static void judge_stripped(unsigned input)
{
    if (count_word(run.trace.text, "|"))
        run_failed(&run, "marks", "it settles marks, and gives some");
    if (run.in[input].marks_kept != run.in[input].marks_given)
        run_failed(&run, "marks", "of %u marks %u were kept", run.in[input].marks_given,
                   run.in[input].marks_kept);
}

static void without_marks(char *out, const char *text)
{
    for (; *text; text++) {
        if (*text != '|')
            *out++ = *text;
        else
            text += text[1] == ' ';
    }
    *out = '\0';
}

/* Marks change nothing else. */
static void judge_rest(const struct row *row, unsigned input)
{
    static char events[128], text[TRACE_BYTES];
    struct schedule how = {.events = {run.how.events[0], run.how.events[1]}, .demand = 1};
    without_marks(events, run.how.events[input]);
    how.events[input] = events;
    run_all(&held, row, &how);
    without_marks(text, run.trace.text);
    if (!same_trace(row, text, held.trace.text))
        run_failed(&run, "marks", "without marks it is %s", held.trace.text);
}

/* ---- settled once ---- */

static void judge_settled(unsigned input, bool strips)
{
    const struct script *in = &run.in[input];
    if (in->marks_given != in->marks_kept + in->marks_lost)
        run_failed(&run, "marks", "%u marks were given, %u settled as kept and %u as lost",
                   in->marks_given, in->marks_kept, in->marks_lost);
    if (!strips && in->marks_kept != count_word(run.trace.text, "|"))
        run_failed(&run, "marks", "%u marks are kept, and not those that came out", in->marks_kept);
}

static void drop_at_each_step(const struct row *row, const struct schedule *how, unsigned input,
                              bool strips)
{
    for (unsigned steps = 0; steps < 60; steps++) {
        run_begin(&run, row, how);
        run_polls(&run, steps);
        run_end(&run);
        judge_settled(input, strips);
        if (run.over)
            return;
    }
}

static void every_schedule(const struct row *row, struct schedule how, unsigned input, bool strips)
{
    static const unsigned masks[] = {0, 0x5555, 0xAAAA};
    for (how.mode = 0; how.mode < MODES; how.mode++)
        for (unsigned i = 0; i < 3; i++)
            for (how.demand = 1; how.demand <= 64; how.demand *= 8) {
                how.mask[0] = masks[i];
                how.mask[1] = masks[2 - i];
                run_all(&run, row, &how);
                judge_settled(input, strips);
                judge_rest(row, input);
                if (strips)
                    judge_stripped(input);
                else
                    judge_places(row, input);
                drop_at_each_step(row, &how, input, strips);
            }
}

/* ---- refused ---- */

/* As a whole, or the input alone, where the others can do without it. */
static bool is_refused(const struct row *row, const char *text)
{
    const char *whole = "!!ARGUMENT";
    return !strncmp(text, whole, strlen(whole)) ||
           (row->flags & OWN_ERRORS && count_word(text, whole + 1));
}

static void expect_refused(const struct row *row, const struct schedule *how, unsigned input)
{
    run_all(&run, row, how);
    const char *cure = run.trace.error.cure;
    if (!is_refused(row, run.trace.text))
        run_failed(&run, "marks", "it says nothing of marks, and is not refused");
    else if (!cure || !strstr(cure, "weir_settle_here()"))
        run_failed(&run, "marks", "its cure is '%s'", cure ? cure : "");
    if (run.in[input].marks_given)
        run_failed(&run, "marks", "it is refused, and its source is polled");
}

void law_marks(const struct row *row)
{
    weir_marks marks = row->inputs ? said(row) : WEIR_MARKS_UNSAID;
    for (unsigned input = 0; input < row->inputs; input++)
        for (unsigned i = 0; i < 2; i++) {
            struct schedule how = {.events = {others[0], others[1]}, .demand = 1};
            how.events[input] = texts[i][input];
            if (marks == WEIR_MARKS_UNSAID)
                expect_refused(row, &how, input);
            else
                every_schedule(row, how, input, marks == WEIR_MARKS_SETTLE);
        }
}
