/* The words of the advice: what was seen. The change, and what it brings, stand beside them. */

#include "inspect/advise_text.h"

#include <stdio.h>
#include <string.h>

#include "core/format.h"

/* What does not fit is cut: it is for people. */
#define SAY(array, ...) (void)snprintf(array, sizeof(array), __VA_ARGS__)

static const char *advise_text_name_of(const struct weir_model_stage *stage)
{
    return stage->function ? stage->function : stage->name;
}

static void advise_text_begin(struct weir_advice *out, const char *rule, uint64_t id)
{
    *out = (struct weir_advice){.rule = rule, .id = id, .gain = 1, .low = 1, .high = 1};
}

/* ---- a limit, or room ---- */

/* Two digits: the interval says how sure they are. */
static void say_gain(struct weir_advice *out, const struct weir_replayed *foretold)
{
    out->gain = foretold->gain;
    out->low = foretold->low;
    out->high = foretold->high;
}

/* Three digits of it. */
static uint64_t advise_text_rounded(double ns)
{
    double unit = 1;
    while (ns / unit >= 1000)
        unit *= 10;
    return (uint64_t)(ns / unit + 0.5) * (uint64_t)unit;
}

static const struct weir_model_stage *next_limit(const struct weir_model *model,
                                                 const struct weir_change *change)
{
    struct weir_law law;
    struct weir_model after = weir_changed(model, change);
    weir_law(&after, &law);
    return &model->stages[law.first.stage];
}

static double busy_of(const struct weir_model_stage *stage, double utilisation)
{
    double busy = stage->busy > 0 ? stage->busy : utilisation;
    return busy < 1 ? busy : 1;
}

/* The body of a loop of the program's own. */
static bool is_loop(const struct weir_model_stage *stage)
{
    return strcmp(stage->name, "loop") == 0;
}

/* It takes a tenth of the cores then. */
static bool rest_matters(const struct weir_model *model, double gain)
{
    return model->rest_s * model->measured * gain > 0.1 * model->usable;
}

static void advise_text_say_limit(struct weir_advice *out, const struct weir_model *model,
                                  const struct weir_law *law, const struct weir_change *change)
{
    const struct weir_model_stage *stage = &model->stages[change->stage];
    const struct weir_model_stage *next = next_limit(model, change);
    double busy = busy_of(stage, law->utilisation[change->stage]);
    double one_ns = 1e9 * weir_model_service_s(stage) / stage->visits;
    advise_text_begin(out, stage->at_once ? "larger_limit" : "must_par_spawn", stage->id);
    const char *by = stage->at_once ? "" : is_loop(stage) ? "par_for_each " : "par_map ";
    SAY(out->change, "%slimit %u", by, change->n);
    SAY(out->text, "\"%s\" is busy %.0f %%, an item takes %s%s%s%s", advise_text_name_of(stage),
        100 * busy, WEIR_TIME_TEXT(advise_text_rounded(one_ns)),
        next == stage ? "" : "; after the change \"",
        next == stage ? "" : advise_text_name_of(next), next == stage ? "" : "\" limits");
    SAY(out->assumes,
        "items are independent of each other%s; what they wait for serves %u at once%s",
        stage->ordered || !stage->at_once ? ", and their order is kept" : "", change->n,
        rest_matters(model, change->foretold.gain)
            ? "; what the rest of the process works grows with them"
            : "");
}

static void say_room(struct weir_advice *out, const struct weir_model *model,
                     const struct weir_change *change)
{
    const struct weir_model_stage *stage = &model->stages[change->stage];
    advise_text_begin(out, "larger_buffer", stage->id);
    SAY(out->change, "channel of %u", change->n);
    SAY(out->text, "the channel before \"%s\" has room for %zu; more than %u gives nothing",
        advise_text_name_of(stage), stage->room, change->n);
    SAY(out->assumes, "there is memory for %zu more items", change->n - stage->room);
}

void weir_advice_say_change(struct weir_advice *out, const struct weir_model *model,
                            const struct weir_law *law, const struct weir_change *change)
{
    if (change->of == WEIR_CHANGE_ROOM)
        say_room(out, model, change);
    else
        advise_text_say_limit(out, model, law, change);
    say_gain(out, &change->foretold);
    out->n = change->n;
}

/* ---- what was counted ---- */

void weir_advice_say_waiting(struct weir_advice *out, const struct weir_model_stage *stage)
{
    advise_text_begin(out, "must_par_spawn", stage->id);
    SAY(out->change, "par_for_each");
    SAY(out->text, "the loop over \"%s\" has one connection at a time; %llu wait to be accepted",
        advise_text_name_of(stage), (unsigned long long)stage->waiting);
    SAY(out->assumes, "connections are independent of each other");
}

void weir_advice_say_long_poll(struct weir_advice *out, const struct weir_model_stage *stage)
{
    advise_text_begin(out, "long_poll", stage->id);
    SAY(out->change, "yield inside, or weir_blocking()");
    SAY(out->text,
        "%llu turns of \"%s\" took more than %s, and the other tasks of its worker waited",
        (unsigned long long)stage->long_polls, advise_text_name_of(stage),
        WEIR_TIME_TEXT(WEIR_INSPECT_LONG_POLL_NS));
    SAY(out->assumes, "the other tasks are in a hurry");
}

/* So many of them are worth a task ten times over. */
static unsigned batch_of(double self_ns, double spawn_ns)
{
    unsigned n = 1;
    while (n < 1024 && n * self_ns < 10 * spawn_ns)
        n *= 2;
    return n;
}

/* A part of what a task costs is nothing to divide; somewhat more is, by batches, where there is
 * somebody to have them. */
void weir_advice_say_short_task(struct weir_advice *out, const struct weir_model *model,
                                const struct weir_model_spawn *spawn)
{
    bool divides =
        model->cpu_is_known && model->usable >= 1.5 && 2 * spawn->self_ns >= model->spawn_ns;
    advise_text_begin(out, divides ? "larger_batch" : "spawn_in_sequential", spawn->id);
    if (divides) {
        out->n = batch_of(spawn->self_ns, model->spawn_ns);
        SAY(out->change, "%u items a task", out->n);
    } else {
        SAY(out->change, "call it in the loop");
    }
    SAY(out->text, "%llu tasks of \"%s\" worked %s each and never waited; a task costs %s",
        (unsigned long long)spawn->tasks, spawn->name,
        WEIR_TIME_TEXT(advise_text_rounded(spawn->self_ns)),
        WEIR_TIME_TEXT(advise_text_rounded(model->spawn_ns)));
    SAY(out->assumes, "%s",
        divides ? "items are independent of each other" : "nothing else should run between them");
}

void weir_advice_say_cpu_bound(struct weir_advice *out, const struct weir_model *model,
                               const struct weir_law *law)
{
    const struct weir_model_stage *most = &model->stages[law->first.stage];
    bool rest = model->rest_s > weir_model_cpu_s(most);
    advise_text_begin(out, "cpu_bound", most->id);
    SAY(out->text,
        "all that is usable works, %.2g cores, %s%s%s most: no parallelism will help; less work "
        "for an item does",
        model->usable, rest ? "" : "\"",
        rest ? "the rest of the process" : advise_text_name_of(most), rest ? "" : "\"");
    SAY(out->assumes, "%.2g cores stay usable", model->usable);
}
