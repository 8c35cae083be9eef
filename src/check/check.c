/* The laws: which runs a stage must pass, and what each may give. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/run.h"
#include "weir/run.h"

struct check {
    struct run run;
    struct trace plain; /* what comes when nothing is late */
    struct trace cut;   /* and when one input is shorter */
    const char *name;
    unsigned most; /* items of the longest input */
    char again[160];
};

/* ---- traces ---- */

static size_t word_size(const struct trace *trace, unsigned i)
{
    size_t end = i + 1 < trace->words ? trace->at[i + 1] - 1 : trace->n;
    return end - trace->at[i];
}

static bool same_word(const struct trace *a, unsigned i, const struct trace *b, unsigned j)
{
    size_t n = word_size(a, i);
    return n == word_size(b, j) && !memcmp(a->text + a->at[i], b->text + b->at[j], n);
}

static unsigned check_count_of(const struct trace *trace, const struct trace *of, unsigned i)
{
    unsigned n = 0;
    for (unsigned j = 0; j < trace->words; j++)
        n += same_word(trace, j, of, i);
    return n;
}

/* Each word of a stands as often in b. */
static bool is_in(const struct trace *a, const struct trace *b)
{
    for (unsigned i = 0; i < a->words; i++)
        if (check_count_of(a, a, i) != check_count_of(b, a, i))
            return false;
    return true;
}

static bool same_trace(const struct check *check, const struct trace *a, const struct trace *b)
{
    switch (check->run.contract->order) {
    case WEIR_CHECK_IN_ORDER:
        return !strcmp(a->text, b->text);
    case WEIR_CHECK_ANY_ORDER:
        return a->words == b->words && is_in(a, b);
    default:
        return true;
    }
}

static bool is_error(const struct trace *trace, unsigned i)
{
    return trace->text[trace->at[i]] == '!';
}

static unsigned errors_in(const struct trace *trace)
{
    unsigned n = 0;
    for (unsigned i = 0; i < trace->words; i++)
        n += is_error(trace, i);
    return n;
}

/* ---- what a law lets pass ---- */

static void judge_waits(struct check *check, const struct schedule *how)
{
    bool late = false;
    for (unsigned i = 0; i < INPUTS; i++)
        late |= how->waits[i] != 0;
    if (same_trace(check, &check->run.trace, &check->plain))
        return;
    if (late)
        weir_check_complain(&check->run, "gives something else when an input is late");
    else
        weir_check_complain(&check->run, "gives something else when it is asked for %u items",
                            how->demand);
}

/* Items that are skipped are counted, and not seen. */
static void judge_skip(struct check *check)
{
    const struct trace *plain = &check->plain;
    unsigned items = 0;
    for (unsigned i = 0; i < plain->words; i++)
        items += !is_error(plain, i) && plain->text[plain->at[i]] != '$';
    if (check->run.items != items && check->run.contract->order != WEIR_CHECK_ANY_ITEMS)
        weir_check_complain(&check->run, "skips %u items, and gives %u: see poll_skip",
                            check->run.items, items);
}

static void judge_memory(struct check *check)
{
    const struct run *run = &check->run;
    if (!run->failed || strstr(run->trace.text, "!MEMORY") ||
        same_trace(check, &run->trace, &check->plain))
        return;
    weir_check_complain(&check->run, "gives something else when an allocation fails, and no error "
                                     "says so");
}

static void judge_held(struct check *check)
{
    const struct trace *trace = &check->run.trace;
    if (!check->run.stuck)
        weir_check_complain(&check->run, "ends although an input may still give something");
    else if (trace->words + 1 < check->cut.words)
        weir_check_complain(&check->run, "waits for one input although another has items");
    else if (trace->words + 1 > check->cut.words || !is_in(trace, &check->cut))
        weir_check_complain(&check->run, "gives something else while an input waits for ever");
}

/* An error comes out once if the stage came so far. */
static void judge_errors(struct check *check, const struct schedule *how)
{
    struct run *run = &check->run;
    unsigned seen = errors_in(&run->trace), own = errors_in(&check->plain);
    bool reached = run->inputs[how->input].at > how->at;
    if (run->contract->eats_errors || own)
        return;
    if (reached && !seen)
        weir_check_complain(run, "loses an error of its input");
    else if (seen > reached)
        weir_check_complain(run, "gives an error of its input %u times", seen);
}

static void judge_marks(struct check *check, const struct schedule *how)
{
    if (!how->drop_after && !how->fail_after &&
        !same_trace(check, &check->run.trace, &check->plain))
        weir_check_complain(&check->run, "gives something else when marks stand between the items "
                                         "of an input");
}

/* A block that is left was made once and for the life of the program (a composite type), if it is
 * not left again. */
static bool check_runs(struct check *check, const struct schedule *how)
{
    return weir_check_once(&check->run, how) ||
           (check->run.blocks && weir_check_once(&check->run, how));
}

static bool passes(struct check *check, const struct schedule *how)
{
    if (!check_runs(check, how))
        return false;
    switch (how->law) {
    case WAITS:
        judge_waits(check, how);
        break;
    case SKIP:
        judge_skip(check);
        break;
    case MEMORY:
        judge_memory(check);
        break;
    case HELD:
        judge_held(check);
        break;
    case ERRORS:
        judge_errors(check, how);
        break;
    case MARKS:
        judge_marks(check, how);
        break;
    default:
        break;
    }
    return !check->run.sentence[0];
}

/* ---- the laws ---- */

static const struct schedule calm = {.demand = 1};

static unsigned demand_of(const struct check *check, unsigned i)
{
    return i <= check->most ? i : WEIR_DEMAND_MAX;
}

/* The next of all ways to be late; false: there is none. */
static bool next_waits(const struct check *check, struct schedule *how)
{
    for (unsigned i = 0; i < check->run.inputs_n; i++) {
        if (++how->waits[i] >> check->run.inputs[i].n == 0)
            return true;
        how->waits[i] = 0;
    }
    return false;
}

static bool all_waits(struct check *check, struct schedule how)
{
    do {
        if (!passes(check, &how))
            return false;
    } while (next_waits(check, &how));
    return true;
}

static bool law_waits(struct check *check)
{
    struct schedule how = {.law = WAITS};
    for (how.late = 0; how.late < LATES; how.late++)
        for (unsigned i = 1; i <= check->most + 1; i++) {
            how.demand = demand_of(check, i);
            if (!all_waits(check, how))
                return false;
        }
    return true;
}

/* Nothing is late, every second event, every one. */
enum { SOME = 3 };
static struct schedule some_waits(unsigned law, unsigned late, unsigned i, unsigned demand)
{
    static const unsigned masks[SOME][2] = {{0, 0}, {0x5555, 0xAAAA}, {0xFFFF, 0xFFFF}};
    struct schedule how = {.law = law, .late = late, .demand = demand};
    for (unsigned input = 0; input < INPUTS; input++)
        how.waits[input] = masks[i][input % 2];
    return how;
}

static bool drop_after_each(struct check *check, struct schedule how)
{
    unsigned first = how.law == MARKS; /* where 0 is no drop */
    for (how.drop_after = first; how.drop_after < POLLS_MAX; how.drop_after++) {
        if (!passes(check, &how))
            return false;
        if (check->run.over)
            return true;
    }
    return true;
}

static bool fail_each(struct check *check, struct schedule how)
{
    if (!passes(check, &how))
        return false;
    unsigned calls = check->run.calls;
    for (how.fail_at = 1; how.fail_at <= calls; how.fail_at++)
        for (how.fail_after = 0; how.fail_after <= 1; how.fail_after++)
            if (!passes(check, &how))
                return false;
    return true;
}

static bool with_some_waits(struct check *check, unsigned law,
                            bool (*each)(struct check *check, struct schedule how))
{
    for (unsigned late = 0; late < LATES; late++)
        for (unsigned i = 0; i < SOME; i++)
            for (unsigned demand = 1; demand <= WEIR_DEMAND_MAX; demand *= demand < 4 ? 2 : 16)
                if (!each(check, some_waits(law, late, i, demand)))
                    return false;
    return true;
}

static bool skip_all(struct check *check, struct schedule how)
{
    return passes(check, &how);
}

static bool law_skip(struct check *check)
{
    return with_some_waits(check, SKIP, skip_all);
}

static bool law_drops(struct check *check)
{
    return with_some_waits(check, DROPS, drop_after_each);
}

static bool law_memory(struct check *check)
{
    return with_some_waits(check, MEMORY, fail_each);
}

/* What comes where that input ends there. */
static bool run_cut(struct check *check, unsigned input, unsigned at)
{
    struct schedule shorter = {.law = CUT, .demand = 1, .input = input, .at = at};
    bool fine = passes(check, &shorter);
    check->cut = check->run.trace;
    return fine;
}

/* One input waits for ever: what the others have comes all the same. */
static bool check_hold(struct check *check, unsigned input, unsigned at)
{
    if (!run_cut(check, input, at))
        return false;
    for (unsigned late = 0; late < LATES; late++)
        for (unsigned i = 0; i < SOME; i++)
            for (unsigned demand = 1; demand <= 4; demand *= 2) {
                struct schedule how = some_waits(HELD, late, i, demand);
                how.input = input;
                how.at = at;
                how.waits[input] = 0;
                if (!passes(check, &how))
                    return false;
            }
    return true;
}

static bool law_held(struct check *check)
{
    const struct run *run = &check->run;
    if (run->contract->order != WEIR_CHECK_ANY_ORDER || run->inputs_n < 2)
        return true;
    for (unsigned input = 0; input < run->inputs_n; input++) {
        unsigned n = run->inputs[input].n;
        for (unsigned at = 0; at < n; at++)
            if (!check_hold(check, input, at))
                return false;
    }
    return true;
}

static bool error_at(struct check *check, unsigned input, unsigned at)
{
    for (unsigned late = 0; late < LATES; late++)
        for (unsigned i = 0; i < SOME; i++)
            for (unsigned way = 0; way < 6; way++) {
                struct schedule how = some_waits(ERRORS, late, i, way % 3 + 1);
                how.input = input;
                how.at = at;
                how.fatal = way / 3;
                if (!passes(check, &how))
                    return false;
            }
    return true;
}

static bool law_errors(struct check *check)
{
    for (unsigned input = 0; input < check->run.inputs_n; input++) {
        unsigned n = check->run.inputs[input].n;
        for (unsigned at = 0; at < n; at++)
            if (!error_at(check, input, at))
                return false;
        weir_check_rewind(&check->run.inputs[input], &calm, input);
    }
    return true;
}

static bool law_endless(struct check *check)
{
    struct schedule how = {.law = ENDLESS};
    for (how.demand = 1; how.demand <= WEIR_DEMAND_MAX; how.demand *= 8)
        if (!passes(check, &how))
            return false;
    return true;
}

/* What must be out when the mark behind so many items is: what comes where the input ends there. */
static bool find_needs(struct check *check)
{
    struct run *run = &check->run;
    unsigned n = run->inputs[0].n - 1, least = UINT32_MAX;
    memset(run->mark_needs, 0, sizeof run->mark_needs);
    if (run->contract->order != WEIR_CHECK_IN_ORDER || run->inputs_n > 1 ||
        errors_in(&check->plain))
        return true;
    for (unsigned at = 0; at <= n; at++) {
        if (!run_cut(check, 0, at))
            return false;
        weir_check_see_cut(run, at, &least);
    }
    weir_check_find_needs(run, n, least);
    return true;
}

/* Before each event of one input. */
static bool marks_and_error(struct check *check, struct schedule how)
{
    how.fail_after = 0;
    do {
        how.fail_after++;
        if (!passes(check, &how))
            return false;
    } while (how.fail_after + 1 < check->run.inputs[how.input].n);
    return true;
}

static bool marks_and_errors(struct check *check, struct schedule how)
{
    for (how.input = 0; how.input < check->run.inputs_n; how.input++)
        for (how.fatal = 0; how.fatal <= 1; how.fatal++)
            if (!marks_and_error(check, how))
                return false;
    return true;
}

static bool marks_each(struct check *check, struct schedule how)
{
    for (how.at = 1; how.at <= MARKS_ROWS; how.at++)
        if (!passes(check, &how) || (how.at % 2 == 0 && !drop_after_each(check, how)))
            return false;
    how.at = MARKS_ROWS;
    return check->run.contract->eats_errors || marks_and_errors(check, how);
}

static bool takes_marks(const struct run *run)
{
    return run->marks == WEIR_MARKS_PASS || run->marks == WEIR_MARKS_HOLD ||
           run->marks == WEIR_MARKS_SETTLE;
}

/* Of a stage whose ops say that it takes them; of several the last. One that holds another which
 * does not is refused, and that is right. */
static bool law_marks(struct check *check)
{
    struct run *run = &check->run;
    struct schedule how = {.law = MARKS, .demand = 1, .at = 1};
    if (!passes(check, &calm))
        return false;
    if (!takes_marks(run) || !find_needs(check))
        return !run->sentence[0];
    weir_ignore(weir_check_once(run, &how));
    return !takes_marks(run) || with_some_waits(check, MARKS, marks_each);
}

/* ---- the report ---- */

static const char *const law_names[LAWS] = {"waits", "skip",   "drops",   "memory", "held",
                                            "cut",   "errors", "endless", "marks"};

static void say_again(struct check *check)
{
    const struct schedule *how = &check->run.how;
    snprintf(check->again, sizeof check->again, "%s %u %u %u,%u,%u,%u %u %u %u %u %u %u",
             law_names[how->law], how->late, how->demand, how->waits[0], how->waits[1],
             how->waits[2], how->waits[3], how->drop_after, how->fail_at, how->fail_after,
             how->input, how->at, how->fatal);
}

static bool read_again(const char *text, struct schedule *how)
{
    char name[16];
    *how = (struct schedule){0};
    int n = sscanf(text, "%15s %u %u %u,%u,%u,%u %u %u %u %u %u %u", name, &how->late, &how->demand,
                   &how->waits[0], &how->waits[1], &how->waits[2], &how->waits[3], &how->drop_after,
                   &how->fail_at, &how->fail_after, &how->input, &how->at, &how->fatal);
    while (how->law < LAWS && n > 0 && strcmp(name, law_names[how->law]))
        how->law++;
    return n == 13 && how->law < LAWS && how->late < LATES && how->demand && how->demand <= 64 &&
           how->input < INPUTS && how->at < EVENTS &&
           (how->law != MARKS || (how->at && how->at <= MARKS_ROWS));
}

struct paper {
    char *out;
    size_t size, n;
};

static void write_line(struct paper *paper, const char *format, ...) WEIR_PRINTF(2, 3);
static void write_line(struct paper *paper, const char *format, ...)
{
    size_t left = paper->n < paper->size ? paper->size - paper->n : 0;
    va_list list;
    va_start(list, format);
    int n = vsnprintf(left ? paper->out + paper->n : NULL, left, format, list);
    va_end(list);
    paper->n += n > 0 ? (size_t)n : 0;
}

static void write_report(struct check *check, char *out, size_t size)
{
    struct paper paper = {out, size, 0};
    const struct run *run = &check->run;
    say_again(check);
    write_line(&paper, "%s: %s\n", check->name, run->sentence);
    write_line(&paper, "  again: .replay = \"%s\"\n", check->again);
    write_line(&paper, "  asked for %u at a time\n", run->how.demand);
    for (unsigned i = 0; i < run->inputs_n; i++) {
        char did[200];
        weir_check_describe(&run->inputs[i], &run->how, i, did, sizeof did);
        write_line(&paper, "  input %u: %s\n", i, did);
    }
    write_line(&paper, "  gave: %.300s\n", run->trace.text);
    if (run->message[0])
        write_line(&paper, "  its error: %s\n", run->message);
    write_line(&paper, "  when nothing is late: %.300s\n", check->plain.text);
}

/* ---- the contract ---- */

static bool check_refuse(char *report, size_t size, const char *sentence)
{
    snprintf(report, size, "weir_contract: %s\n", sentence);
    return false;
}

/* Reads the inputs. NULL, or what is wrong. */
static const char *read_contract(struct check *check, const weir_contract *contract)
{
    struct run *run = &check->run;
    unsigned events = 0;
    if (!contract->build == !contract->build_over)
        return "one of build and build_over makes the stage";
    run->contract = contract;
    for (run->inputs_n = 0; run->inputs_n < INPUTS; run->inputs_n++) {
        struct input *input = &run->inputs[run->inputs_n];
        input->given = &contract->inputs[run->inputs_n];
        input->run = run;
        if (!input->given->items)
            break;
        if (!weir_check_parse(input))
            return "items are numbers, at most 10 of them";
        if (!input->given->make && input->given->type && input->given->type->size != 8)
            return "items of another type than int64_t want a make";
        events += input->n;
        check->most = input->n - 1 > check->most ? input->n - 1 : check->most;
    }
    if (!run->inputs_n || (contract->build && run->inputs_n > 1))
        return "build takes one input, build_over at least one";
    if (events > WEIR_CHECK_ITEMS + run->inputs_n)
        return "there are more than 10 items: that is too many ways to be late";
    return NULL;
}

/* What is wanted stands in front of the `$`. */
static bool gives(const struct trace *trace, const char *wanted)
{
    size_t n = strlen(wanted);
    const char *rest = trace->text + n;
    return !strncmp(trace->text, wanted, n) &&
           (!strcmp(rest, n ? " $" : "$") || (n && !*rest && is_error(trace, trace->words - 1)));
}

/* The run that all others are held against. */
static bool run_plain(struct check *check)
{
    struct run *run = &check->run;
    bool fine = check_runs(check, &calm);
    check->plain = run->trace;
    check->name = run->name;
    const char *wanted = run->contract->gives;
    if (fine && !wanted && run->errors)
        weir_check_complain(run, "fails although no input does, and no .gives says that it may");
    if (fine && wanted && !gives(&run->trace, wanted))
        weir_check_complain(run, "gives \"%.150s\", and \"%.150s $\" is wanted", run->trace.text,
                            wanted);
    return !run->sentence[0];
}

static bool run_again(struct check *check)
{
    struct schedule how;
    if (!read_again(check->run.contract->replay, &how))
        return weir_check_complain(&check->run, "the replay is none of a report"), false;
    if (how.law == MARKS && !find_needs(check))
        return false;
    return (how.law != HELD || run_cut(check, how.input, how.at)) && passes(check, &how);
}

static bool run_laws(struct check *check)
{
    if (!run_plain(check))
        return false;
    if (check->run.contract->replay)
        return run_again(check);
    return law_waits(check) && law_skip(check) && law_held(check) && law_errors(check) &&
           law_drops(check) && law_memory(check) && law_endless(check) && law_marks(check);
}

bool weir_contract_check(const weir_contract *contract, char *report, size_t size)
{
    weir_thread_end(); /* its pool of memory would hide what is asked for */
    struct check *check = weir_allocate_aligned(sizeof *check, 64);
    if (!check)
        return check_refuse(report, size, "no memory for a check");
    memset(check, 0, sizeof *check);
    check->run.outer = weir_alloc_get();
    const char *wrong = read_contract(check, contract);
    bool right = !wrong && run_laws(check);
    if (wrong)
        check_refuse(report, size, wrong);
    else if (!right)
        write_report(check, report, size);
    else if (size)
        report[0] = '\0';
    weir_release(check, sizeof *check);
    return right;
}
