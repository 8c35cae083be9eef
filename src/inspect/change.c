/* Which change brings most: the model with it, replayed. */

#include "inspect/change.h"

enum {
    SEARCH_REPLAYS = 8,
    CHANGE_TRIES_MAX = 8,
    ROOM_MAX = 64,
    CHANGE_LIMIT_MAX = 32,
    LARGER_MAX = 256
};

/* What is worth a change: below that the interval is wider than the gain. */
#define LIMIT_GAIN 1.15
#define ROOM_GAIN 1.10
/* The smallest number that brings nearly as much as any does. */
#define KNEE 0.95
/* What resampling knows nothing of: who is woken when, and where tasks begin. The pipelines of
 * tests/inspect/synthetic.c come out within the interval in four of five cases with it. */
#define UNKNOWN 0.02
/* A task for an item costs about this, where it was not measured; an item should be worth more. */
#define SPAWN_NS 500.
#define SPAWNS_WORTH 20

/* ---- may it be changed at all ---- */

static bool is_worth_a_task(const struct weir_model *model, const struct weir_model_stage *stage)
{
    double spawn_ns = model->spawn_ns > 0 ? model->spawn_ns : SPAWN_NS;
    double one_s = weir_model_service_s(stage) / stage->visits;
    return one_s * 1e9 >= SPAWNS_WORTH * spawn_ns;
}

/* Where nobody knows how many cores there are, what works gains nobody knows what. */
static bool works_most(const struct weir_model_stage *stage)
{
    return weir_model_cpu_s(stage) > 0.2 * weir_model_service_s(stage);
}

/* A lock that its items wait for is not in the model. */
static bool may_be_parallel(const struct weir_model *model, size_t i)
{
    const struct weir_model_stage *stage = &model->stages[i];
    if (model->source_waits && stage->task == model->stages[0].task)
        return false;
    if (!i || stage->paced || stage->lends || stage->keeps_state || stage->locked > 0.1)
        return false;
    if (!model->cpu_is_known && works_most(stage))
        return false;
    return is_worth_a_task(model, stage);
}

static bool may_have_room(const struct weir_model *model, size_t i)
{
    return model->stages[i].room && model->stages[i].room < ROOM_MAX;
}

/* ---- tried ---- */

struct weir_model weir_changed(const struct weir_model *model, const struct weir_change *change)
{
    struct weir_model after = *model;
    struct weir_model_stage *stage = &after.stages[change->stage];
    if (change->of == WEIR_CHANGE_ROOM) {
        stage->room = change->n;
        return after;
    }
    stage->apart |= !stage->at_once;
    stage->ordered |= !stage->at_once;
    stage->at_once = true;
    stage->workers = change->n;
    return after;
}

static double change_gain_of(const struct weir_model *model, struct weir_change *change,
                             size_t replays)
{
    struct weir_model after = weir_changed(model, change);
    if (!weir_replay_compare(model, &after, replays, &change->foretold))
        change->foretold.gain = 0;
    return change->foretold.gain;
}

/* What works has no use for more than there are cores. */
static unsigned change_most_of(const struct weir_model *model, const struct weir_model_stage *stage,
                               enum weir_change_of of)
{
    unsigned most = stage->workers > 1 ? LARGER_MAX : CHANGE_LIMIT_MAX;
    if (of == WEIR_CHANGE_ROOM)
        return ROOM_MAX;
    if (works_most(stage) && model->usable > 0 && model->usable + 1 < most)
        most = (unsigned)(model->usable + 1);
    return most;
}

static unsigned now_of(const struct weir_model_stage *stage, enum weir_change_of of)
{
    return of == WEIR_CHANGE_ROOM ? (unsigned)stage->room : stage->workers ? stage->workers : 1;
}

/* Twice as many, and again: at most eight times. */
struct weir_change weir_change_best(const struct weir_model *model, enum weir_change_of of,
                                    size_t stage)
{
    const struct weir_model_stage *at = &model->stages[stage];
    struct weir_change tried[CHANGE_TRIES_MAX],
        none = {.of = of, .stage = stage, .foretold.gain = 1};
    bool may = of == WEIR_CHANGE_ROOM ? may_have_room(model, stage) : may_be_parallel(model, stage);
    double most = 0;
    size_t tries = 0;
    for (unsigned n = 2 * now_of(at, of); may && n <= change_most_of(model, at, of); n *= 2) {
        tried[tries] = (struct weir_change){.of = of, .stage = stage, .n = n};
        double gain = change_gain_of(model, &tried[tries++], SEARCH_REPLAYS);
        most = gain > most ? gain : most;
    }
    for (size_t i = 0; i < tries; i++)
        if (tried[i].foretold.gain >= KNEE * most)
            return tried[i];
    return none;
}

bool weir_change_rooms_matter(const struct weir_model *model)
{
    struct weir_replayed got;
    struct weir_model after = *model;
    for (size_t i = 0; i < after.n; i++)
        if (may_have_room(model, i))
            after.stages[i].room = ROOM_MAX;
    return weir_replay_compare(model, &after, SEARCH_REPLAYS, &got) && got.gain >= ROOM_GAIN;
}

bool weir_change_foretell(const struct weir_model *model, struct weir_change *change)
{
    double least = change->of == WEIR_CHANGE_ROOM ? ROOM_GAIN : LIMIT_GAIN;
    if (change->foretold.gain < least)
        return false;
    bool enough = change_gain_of(model, change, WEIR_REPLAYS) >= least;
    change->foretold.low *= 1 - UNKNOWN;
    change->foretold.high *= 1 + UNKNOWN;
    return enough && change->foretold.low > 1;
}
