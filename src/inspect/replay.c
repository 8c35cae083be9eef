/* Replays: the line, and one step after the other. */

#include "inspect/replay.h"

#include <stdlib.h>
#include <string.h>

#include "core/draw.h"
#include "inspect/replay_line.h"
#include "weir/alloc.h"

/* Their rate begins behind the first: the channels are full by then, or empty for good. */
enum { BEGINNING = 6, STEPS_AN_ITEM = 64 };

static double replay_rate_of(struct weir_replay_line *line, size_t items)
{
    double first = (double)items / BEGINNING, all = (double)items + first, begin_ns = 0;
    double steps = all * STEPS_AN_ITEM * WEIR_MODEL_STAGES_MAX;
    bool begun = false;
    weir_replay_begin(line);
    while (line->left < all && steps-- > 0 && weir_replay_step(line)) {
        if (begun || line->left < first)
            continue;
        begun = true;
        begin_ns = line->now_ns;
        first = line->left;
    }
    double took_ns = line->now_ns - begin_ns;
    return begun && took_ns > 0 ? (line->left - first) / took_ns * 1e9 : 0;
}

static bool has_times(const struct weir_model *model)
{
    double sum_s = 0;
    for (size_t i = 0; i < model->n; i++)
        sum_s += weir_model_service_s(&model->stages[i]);
    return model->n && model->n <= WEIR_MODEL_STAGES_MAX && sum_s > 0;
}

double weir_replay(const struct weir_model *model, uint64_t seed, size_t items)
{
    if (!has_times(model))
        return 0;
    struct weir_replay_line *line = weir_replay_line_new(model, seed);
    double rate = line ? replay_rate_of(line, items) : 0;
    weir_replay_line_drop(line);
    return rate;
}

/* ---- pairs ---- */

static int by_size(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double replay_gain_of(const struct weir_model *before, const struct weir_model *after,
                             uint64_t seed, double *rate)
{
    struct weir_model pair[2] = {*before, *after};
    uint64_t drawing = seed;
    double drawn = (double)(weir_draw(&drawing) >> 11) / (double)(UINT64_C(1) << 53);
    for (size_t i = 0; i < 2; i++)
        pair[i].usable *= 1 + pair[i].spread * (2 * drawn - 1);
    *rate = weir_replay(&pair[0], seed, WEIR_REPLAY_ITEMS);
    return *rate > 0 ? weir_replay(&pair[1], seed, WEIR_REPLAY_ITEMS) / *rate : 0;
}

/* A long line takes longer: what all of it takes is bounded. */
enum { NODES_MANY = 8, REPLAYS_LEAST = 4 };
static size_t pairs_of(const struct weir_model *model, size_t replays)
{
    size_t most = replays < WEIR_REPLAYS ? replays : WEIR_REPLAYS;
    size_t few = most < REPLAYS_LEAST ? most : REPLAYS_LEAST;
    if (model->n > NODES_MANY)
        most = most * NODES_MANY / model->n;
    return most > few ? most : few;
}

bool weir_replay_compare(const struct weir_model *before, const struct weir_model *after,
                         size_t replays, struct weir_replayed *out)
{
    double gains[WEIR_REPLAYS], rates[WEIR_REPLAYS];
    size_t n = pairs_of(before, replays);
    for (size_t i = 0; i < n; i++)
        gains[i] = replay_gain_of(before, after, i + 1, &rates[i]);
    qsort(gains, n, sizeof *gains, by_size);
    qsort(rates, n, sizeof *rates, by_size);
    if (!n || gains[0] <= 0)
        return false;
    *out = (struct weir_replayed){gains[n / 2], gains[n / 10], gains[n - 1 - n / 10], rates[n / 2]};
    return true;
}
