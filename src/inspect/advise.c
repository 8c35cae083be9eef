/* The advice: what was counted, and what is foretold, in the order of what is worse. */

#include "inspect/advise.h"

#include <stdio.h>
#include <string.h>

#include "inspect/advise_text.h"

/* ---- when nothing is foretold ---- */

static bool is_unsteady(const struct weir_model *model)
{
    double least = model->measured, most = model->measured;
    for (size_t i = 0; i < model->windows_n; i++) {
        least = model->windows[i] < least ? model->windows[i] : least;
        most = model->windows[i] > most ? model->windows[i] : most;
    }
    return least < 0.75 * most;
}

/* The machine's cores may have moved with them, too. */
static bool misses(const struct weir_model *model, struct weir_advice *out)
{
    struct weir_replayed now;
    out->measured = model->measured;
    if (!weir_replay_compare(model, model, WEIR_REPLAYS / 4, &now))
        return true;
    out->replayed = now.before;
    double part = model->measured > 0 ? now.before / model->measured : 0;
    return part < 0.9 || part > 1.1;
}

static enum weir_silence silence_of(const struct weir_model *model, const struct weir_law *law,
                                    struct weir_advice *out)
{
    if (model->items < WEIR_ADVISE_ITEMS)
        return WEIR_SILENCE_FEW;
    if (is_unsteady(model))
        return WEIR_SILENCE_UNSTEADY;
    if (law->first.of == WEIR_LAW_NOTHING)
        return WEIR_SILENCE_NO_TIMES;
    return misses(model, out) ? WEIR_SILENCE_MISSES : WEIR_SILENCE_NONE;
}

size_t weir_silence_text(const struct weir_advice *advice, char *out, size_t n)
{
    static const char *const texts[] = {[WEIR_SILENCE_NONE] = "",
                                        [WEIR_SILENCE_FEW] = "fewer than 200 items were seen",
                                        [WEIR_SILENCE_UNSTEADY] =
                                            "the rate changes by more than a quarter",
                                        [WEIR_SILENCE_NO_TIMES] = "no stage has service times yet"};
    int written;
    if (advice->silence == WEIR_SILENCE_MISSES)
        written = snprintf(out, n, "the replay gives %.4g items/s, and %.4g were measured",
                           advice->replayed, advice->measured);
    else
        written = snprintf(out, n, "%s", texts[advice->silence]);
    return written > 0 ? (size_t)written : 0;
}

/* ---- what is foretold ---- */

static void be_better(struct weir_change *best, struct weir_change one)
{
    if (one.foretold.gain > best->foretold.gain)
        *best = one;
}

/* The channel before it, or behind it. */
static bool is_near(size_t channel, size_t stage)
{
    return channel == stage || channel == stage + 1;
}

/* Of those that limit it now, and next; and of the channels about them, one at a time. */
static struct weir_change best_change(const struct weir_model *model, const struct weir_law *law)
{
    size_t limits[] = {law->first.stage, law->next.stage};
    struct weir_change best = {.foretold.gain = 1};
    for (size_t i = 0; i < 2; i++)
        if (!i || limits[i] != limits[0])
            be_better(&best, weir_change_best(model, WEIR_CHANGE_LIMIT, limits[i]));
    bool rooms = weir_change_rooms_matter(model);
    for (size_t i = 1; rooms && i < model->n; i++)
        if (model->stages[i].room && (is_near(i, limits[0]) || is_near(i, limits[1])))
            be_better(&best, weir_change_best(model, WEIR_CHANGE_ROOM, i));
    return best;
}

static bool foretell(const struct weir_model *model, const struct weir_law *law,
                     struct weir_advice *out)
{
    struct weir_change best = best_change(model, law);
    if (!weir_change_foretell(model, &best))
        return false;
    weir_advice_say_change(out, model, law, &best);
    return true;
}

/* All that is usable is used. Who does not know how much that is says nothing. */
static bool is_cpu_bound(const struct weir_model *model, const struct weir_law *law)
{
    return model->cpu_is_known && law->machine > 0 && model->measured > 0.9 * law->machine;
}

/* ---- what was counted ---- */

static bool advise_is_short(const struct weir_model *model, const struct weir_model_spawn *spawn)
{
    return spawn->tasks > WEIR_ADVISE_SPAWNS && spawn->polls <= spawn->tasks &&
           model->spawn_ns > 0 && spawn->self_ns < 3 * model->spawn_ns;
}

static void advise_count(struct weir_advice *out, unsigned *n, const struct weir_advice *one)
{
    struct weir_advice kept = *out;
    if ((*n)++)
        return;
    *out = *one;
    out->silence = kept.silence;
    out->replayed = kept.replayed;
    out->measured = kept.measured;
}

/* The same change, and what it brings is known. */
static bool is_foretold(const struct weir_model *model, const struct weir_model_stage *waiting,
                        const struct weir_advice *foretold)
{
    for (size_t i = 0; foretold->n && i < model->n; i++)
        if (model->stages[i].id == foretold->id && model->stages[i].task == waiting->task)
            return strcmp(foretold->rule, "must_par_spawn") == 0;
    return false;
}

static void find_waiting(const struct weir_model *model, const struct weir_advice *foretold,
                         struct weir_advice *out, unsigned *n)
{
    for (size_t i = 0; i < model->n; i++) {
        const struct weir_model_stage *stage = &model->stages[i];
        struct weir_advice one = {0};
        if (!stage->waiting || stage->at_once || is_foretold(model, stage, foretold))
            continue;
        weir_advice_say_waiting(&one, stage);
        advise_count(out, n, &one);
    }
}

static void find_long_polls(const struct weir_model *model, struct weir_advice *out, unsigned *n)
{
    const struct weir_model_stage *most = &model->stages[0];
    struct weir_advice one = {0};
    for (size_t i = 1; i < model->n; i++)
        if (model->stages[i].long_polls > most->long_polls)
            most = &model->stages[i];
    if (!model->n || !most->long_polls)
        return;
    weir_advice_say_long_poll(&one, most);
    advise_count(out, n, &one);
}

static void find_short_tasks(const struct weir_model *model, struct weir_advice *out, unsigned *n)
{
    for (size_t i = 0; i < model->spawns_n; i++) {
        struct weir_advice one = {0};
        if (!advise_is_short(model, &model->spawns[i]))
            continue;
        weir_advice_say_short_task(&one, model, &model->spawns[i]);
        advise_count(out, n, &one);
    }
}

/* ---- all of it ---- */

static void find_cpu_bound(const struct weir_model *model, const struct weir_law *law,
                           struct weir_advice *out, unsigned *n)
{
    struct weir_advice one = {0};
    if (out->silence || !is_cpu_bound(model, law))
        return;
    weir_advice_say_cpu_bound(&one, model, law);
    advise_count(out, n, &one);
}

bool weir_advise(const struct weir_model *model, struct weir_advice *out)
{
    struct weir_law law;
    struct weir_advice foretold = {0};
    unsigned n = 0;
    *out = (struct weir_advice){.gain = 1, .low = 1, .high = 1};
    weir_law(model, &law);
    out->silence = silence_of(model, &law, out);
    bool is_any = !out->silence && foretell(model, &law, &foretold);
    find_waiting(model, &foretold, out, &n);
    if (is_any)
        advise_count(out, &n, &foretold);
    find_long_polls(model, out, &n);
    find_short_tasks(model, out, &n);
    find_cpu_bound(model, &law, out, &n);
    out->more = n ? n - 1 : 0;
    return n;
}
