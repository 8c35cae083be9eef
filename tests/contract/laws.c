/* Laws about what comes out: under every schedule, error and demand the same. */

#include "laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run run;
static struct run plain;

static const size_t demands[] = {1, 2, 7, 64};
enum { DEMANDS = sizeof demands / sizeof *demands, SOME_MASKS = 21, MOST_MASKS = 3 };

/* What the schedule gives with no waits at all, one item at a time. */
static void run_plain(const struct row *row, const struct schedule *how)
{
    struct schedule calm = {.events = {how->events[0], how->events[1]}, .demand = 1};
    calm.hold = strstr(how->events[0], "P~") || strstr(how->events[1], "P~");
    calm.hold_input = 9;
    run_all(&plain, row, &calm);
}

static unsigned events_n(const char *text)
{
    static struct script script;
    script_parse(&script, text);
    return (unsigned)script.n + 1; /* END is one */
}

static bool same_as_plain(const struct row *row)
{
    return same_trace(row, run.trace.text, plain.trace.text);
}

/* Its types, and what else is made once and stays, are made before memory is counted. */
void law_once(const struct row *row)
{
    run_plain(row, &(struct schedule){.events = {"1 2 !70 3 4", "101 102"}});
}

/* ---- every mask of waits ---- */

static void one_schedule(const struct row *row, const struct schedule *how)
{
    run_all(&run, row, how);
    if (!same_as_plain(row))
        run_failed(&run, "masks", "without waits it is %s", plain.trace.text);
}

/* All masks at a demand of 1, a third of them at 7; `make check` has all of them at all demands. */
static bool is_long(void)
{
    const char *check = getenv("CHECK");
    return check && !strcmp(check, "long");
}

static void every_mask(const struct row *row, struct schedule how)
{
    unsigned step = is_long() ? 1 : 2;
    bool some = row->flags & COSTS;
    unsigned first = row->inputs > 0 ? 1u << events_n(how.events[0]) : 1;
    unsigned second = row->inputs > 1 ? 1u << events_n(how.events[1]) : 1;
    run_plain(row, &how);
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < DEMANDS; i += step) {
            unsigned stride = is_long() ? 1 : some ? SOME_MASKS : i ? MOST_MASKS : 1;
            for (how.mask[0] = 0; how.mask[0] < first; how.mask[0] += stride)
                for (how.mask[1] = 0; how.mask[1] < second; how.mask[1]++) {
                    how.demand = demands[i];
                    one_schedule(row, &how);
                }
        }
}

void law_masks(const struct row *row)
{
    static const char *const one[] = {"1 2 3 4 5 6 7", "1 2 !70 3 4 5 6", "6 5 !!70", ""};
    static const char *const two[][2] = {{"1 2 3 4", "101 102 103 104"},
                                         {"1 2 3", "101 !170 102 103"},
                                         {"1 !70 2", "101 102"},
                                         {"1 2", "101 !!170"},
                                         {"", "101 102"}};
    if (row->inputs < 2)
        for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
            if (!(row->flags & FLUSHES && strstr(one[i], "!!")))
                every_mask(row, (struct schedule){.events = {one[i], ""}});
        }
    else
        for (size_t i = 0; i < sizeof two / sizeof *two; i++)
            every_mask(row, (struct schedule){.events = {two[i][0], two[i][1]}});
}

/* ---- one input waits for ever ---- */

static void one_held(const struct row *row, const struct schedule *how)
{
    static const char *const items[2][4] = {{"1", "2", "3", "4"}, {"101", "102", "103", "104"}};
    run_all(&run, row, how);
    for (unsigned side = 0; side < 2; side++) {
        unsigned wanted = side == how->hold_input ? how->hold_at : 4;
        for (unsigned i = 0; i < 4; i++)
            if (count_word(run.trace.text, items[side][i]) != (i < wanted))
                run_failed(&run, "withheld", "item %s %s", items[side][i],
                           i < wanted ? "does not come" : "comes too early, or twice");
    }
    if (!run.stuck)
        run_failed(&run, "withheld", "it ends although an input still waits");
}

void law_withheld(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 4", "101 102 103 104"}, .hold = true};
    for (how.hold_input = 0; how.hold_input < 2; how.hold_input++) {
        if (!(row->flags & DELIVERS) && !(row->flags & DELIVERS_FIRST && how.hold_input))
            continue;
        for (how.hold_at = 0; how.hold_at <= 4; how.hold_at++)
            for (how.mode = 0; how.mode < MODES; how.mode++)
                for (unsigned i = 0; i < DEMANDS; i++)
                    for (unsigned mask = 0; mask < 32; mask++) {
                        how.mask[!how.hold_input] = mask;
                        how.mask[how.hold_input] = 0;
                        how.demand = demands[i];
                        one_held(row, &how);
                    }
    }
}

/* ---- errors at each position ---- */

static void insert_error(char *out, size_t size, unsigned input, unsigned at, const char *error)
{
    static const char *const items[2][5] = {{"1", "2", "3", "4", "5"},
                                            {"101", "102", "103", "104", "105"}};
    size_t n = 0;
    for (unsigned i = 0; i <= 5; i++) {
        if (i == at)
            n += (size_t)snprintf(out + n, size - n, "%s ", error);
        if (i < 5)
            n += (size_t)snprintf(out + n, size - n, "%s ", items[input][i]);
    }
}

static void cut_end(char *text)
{
    char *end = strrchr(text, '$');
    if (end)
        *end = '\0';
    size_t n = strlen(text);
    if (n && text[n - 1] == ' ')
        text[n - 1] = '\0';
}

/* Items of vectors stand for themselves. */
static void ungroup(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++)
        if (*at != '[' && *at != ']')
            *to++ = *at;
    *to = '\0';
}

/* The error surfaces exactly once if the stage came that far, and changes nothing else: what the
 * sequence gives without it is in plain. */
static void judge_error(const struct row *row, unsigned input, unsigned at, const char *word)
{
    static char got[TRACE_BYTES], wanted[TRACE_BYTES];
    unsigned seen = count_word(run.trace.text, word);
    if (row->flags & OWN_ERRORS && strcmp(word, "!!70"))
        seen += count_word(run.trace.text, "!!70"); /* no input was left to go on with */
    bool reached = run.in[input].at > at;
    if (seen != reached)
        run_failed(&run, "errors", "%s was %s, and surfaces %u times", word,
                   reached ? "reached" : "not reached", seen);
    without_errors(got, run.trace.text);
    without_errors(wanted, plain.trace.text);
    ungroup(got); /* an error cuts what is gathered in two */
    ungroup(wanted);
    if (strcmp(word, "!!70")) {
        if (!(row->flags & FUTURE) && !same_trace(row, got, wanted))
            run_failed(&run, "errors", "without the error it is %s", plain.trace.text);
        return;
    }
    size_t n = strlen(run.trace.text);
    const char *last = row->flags & FUTURE ? "!!70" : "!!70 $";
    if (reached && (n < strlen(last) || strcmp(run.trace.text + n - strlen(last), last)))
        run_failed(&run, "errors", "a fatal error is not followed by END");
    cut_end(got);
    if (!prefix_trace(row, got, wanted))
        run_failed(&run, "errors", "before the fatal error it should be like %s", plain.trace.text);
}

/* Without the error: as if nothing stood there, or for a fatal one that ends one input alone, as
 * if that input ended there. */
static void errors_of(const struct row *row, unsigned input, bool fatal)
{
    char with[96], other[96], calm[96];
    bool ends_input = fatal && row->flags & OWN_ERRORS;
    insert_error(other, sizeof other, !input, 9, "");
    for (unsigned at = 0; at <= 5; at++) {
        insert_error(calm, sizeof calm, input, at, ends_input ? "$" : "");
        insert_error(with, sizeof with, input, at, fatal ? "!!70" : "!70");
        struct schedule how = {.events = {input ? other : calm, input ? calm : other}};
        run_plain(row, &how);
        how.events[input] = with;
        for (how.mode = 0; how.mode < MODES; how.mode++)
            for (unsigned i = 0; i < DEMANDS; i++) {
                how.demand = demands[i];
                run_all(&run, row, &how);
                judge_error(row, input, at, fatal && !ends_input ? "!!70" : "!70");
            }
    }
}

void law_errors(const struct row *row)
{
    for (unsigned input = 0; input < row->inputs; input++) {
        if (!(row->flags & CATCHES))
            errors_of(row, input, false);
        errors_of(row, input, true);
    }
}

/* ---- what stands before an error ---- */

/* The inputs interleave, or follow each other: what stands before an error of one is its own. */
static unsigned side_before(const struct row *row, unsigned input)
{
    return row->flags & (ANY_SIDE | DELIVERS_FIRST) ? input : 2;
}

/* The words before the error, fatal to the stage or not. */
static void before_error(char *out, const struct row *row, unsigned input)
{
    static char part[TRACE_BYTES];
    const char *at = strstr(run.trace.text, "!70");
    while (at && at > run.trace.text && at[-1] != ' ')
        at--;
    size_t n = at ? (size_t)(at - run.trace.text) : strlen(run.trace.text);
    memcpy(part, run.trace.text, n);
    part[n] = '\0';
    words_of(out, part, side_before(row, input));
}

/* Before it came what comes of an input that ends there, or goes on for ever; where more comes at
 * the end, of one that waits there. A consumer has nothing to give before the end; sets give
 * results as they come. */
static void before_one(const struct row *row, unsigned input, unsigned at, bool fatal)
{
    static char got[TRACE_BYTES], wanted[TRACE_BYTES];
    char with[96], other[96], ended[96];
    insert_error(with, sizeof with, input, at, fatal ? "!!70" : "!70");
    insert_error(other, sizeof other, !input, 9, "");
    bool waits = row->flags & MORE_AT_END;
    insert_error(ended, sizeof ended, input, at, waits ? "P~" : "$");
    struct schedule how = {.events = {input ? other : ended, input ? ended : other}};
    run_plain(row, &how);
    words_of(wanted, row->flags & FUTURE ? "" : plain.trace.text, side_before(row, input));
    how.events[input] = with;
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < DEMANDS * 2; i++) {
            static const unsigned masks[] = {0, 0x55, 0xAA};
            how.demand = demands[i % DEMANDS];
            how.mask[0] = masks[i / DEMANDS];
            how.mask[1] = masks[i / DEMANDS * 2];
            run_all(&run, row, &how);
            if (run.in[input].at <= at || !strstr(run.trace.text, "!70"))
                continue;
            before_error(got, row, input);
            if (strcmp(got, wanted))
                run_failed(&run, "before errors", "before it should come '%s'", wanted);
        }
}

void law_before_errors(const struct row *row)
{
    if (row->flags & OVERTAKES)
        return;
    for (unsigned input = 0; input < row->inputs; input++)
        for (unsigned at = 0; at <= 5; at++)
            for (int fatal = 0; fatal <= 1; fatal++)
                before_one(row, input, at, fatal);
}

/* ---- whoever is asked again waits again ---- */

void law_twice(const struct row *row)
{
    struct schedule how = {.events = {"1 2 !70 3 4 5", "101 102 103 !170"}, .twice = true};
    run_plain(row, &how);
    for (EACH_MODE(how, row))
        for (how.demand = 1; how.demand <= 64; how.demand *= 64)
            for (unsigned mask = 0; mask < 1u << 7; mask += 3) {
                how.mask[0] = mask;
                how.mask[1] = row->inputs > 1 ? mask * 37 : 0;
                one_schedule(row, &how);
            }
}

/* ---- demands ---- */

static const struct schedule usual = {.events = {"1 2 3 4 5 6 7 8", "101 102 103 104 105 106"},
                                      .demand = 1};

void law_demands(const struct row *row)
{
    static const size_t many[] = {1, 2, 3, 5, 7, 8, 9, 64, 1000};
    struct schedule how = usual;
    run_plain(row, &how);
    if (!same_trace(row, plain.trace.text, row->gives))
        run_failed(&plain, "gives", "it should be %s", row->gives);
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < sizeof many / sizeof *many; i++)
            for (int bare = 0; bare <= 1; bare++) {
                how.demand = many[i];
                how.bare = bare;
                run_all(&run, row, &how);
                if (!same_as_plain(row))
                    run_failed(&run, "demands", "with demand 1 it is %s", plain.trace.text);
            }
}

/* ---- with the scratch that the chain says it needs, and not a byte more ---- */

void law_scratch(const struct row *row)
{
    struct schedule how = usual;
    run_plain(row, &how);
    how.least_scratch = true;
    for (EACH_MODE(how, row))
        for (how.demand = 1; how.demand <= 64; how.demand *= 4)
            for (how.demand_max = 1; how.demand_max <= 64; how.demand_max *= 8) {
                run_all(&run, row, &how);
                if (!same_as_plain(row))
                    run_failed(&run, "scratch", "with plenty of it it is %s", plain.trace.text);
                if (run.test.cx.scratch_used)
                    run_failed(&run, "scratch", "%zu bytes are not given back",
                               run.test.cx.scratch_used);
            }
}

/* ---- skipping: the same number of items, all of them dropped ---- */

static void skip_all(const struct row *row, const struct schedule *how)
{
    unsigned items = 0, errors = 0, polls = 0;
    weir_poll got = {0, WEIR_READY};
    run_begin(&run, row, how);
    while (got.state != WEIR_END && !(got.state == WEIR_ERROR && row->flags & FUTURE)) {
        test_cx_turn(&run.test);
        got = weir_poll_skip(run.stream, &run.test.cx, how->demand);
        if (got.n > how->demand || (got.n && got.state == WEIR_PENDING))
            run_failed(&run, "skip", "{%u, %d} where %zu were asked for", got.n, (int)got.state,
                       how->demand);
        items += got.n;
        errors += got.state == WEIR_ERROR;
        bool lost = got.state == WEIR_PENDING && !run_woken(&run);
        if (++polls > 1000 || lost) {
            run_failed(&run, "skip", "it does not end");
            break;
        }
    }
    if (items != plain.trace.items || errors != plain.trace.errors)
        run_failed(&run, "skip", "%u items and %u errors, but poll_next gives %u and %u", items,
                   errors, plain.trace.items, plain.trace.errors);
    polls_n += polls;
    run_end(&run);
}

void law_skip(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 !70 4 5 6 7 8", "101 102 103 104 105 106"},
                           .bare = true};
    run_plain(row, &how);
    for (EACH_MODE(how, row))
        for (unsigned i = 0; i < DEMANDS; i++) {
            how.demand = demands[i];
            how.mask[0] = i % 2 ? 0x155 : 0;
            how.mask[1] = i % 2 ? 0xAA : 0;
            skip_all(row, &how);
        }
}
