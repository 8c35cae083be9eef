/* Lines of stages whose times a test knows, for what reckons with them. */
#ifndef WEIR_TESTS_LINES_H
#define WEIR_TESTS_LINES_H

#include <math.h>

#include "core/draw.h"
#include "inspect/replay.h"

enum line_times { LINE_CONSTANT, LINE_EXPONENTIAL, LINE_BIMODAL, LINE_CORRELATED };
enum { LINE_TIMES_N = 512 };

static const char *const line_names[] = {"source", "a", "b", "c", "d", "e", "f", "g"};

static inline double line_uniform(uint64_t *drawing)
{
    return (double)((weir_draw(drawing) >> 11) + 1) / (double)(UINT64_C(1) << 53);
}

/* The mean is 1. Bimodal: one in ten takes 14 times as long. Correlated: it wanders, within 0.4 and
 * 1.6, and comes back to where it was only after dozens. */
static inline double line_draw(enum line_times times, uint64_t *drawing, double *last)
{
    double drawn = line_uniform(drawing);
    switch (times) {
    case LINE_EXPONENTIAL:
        return -log(drawn);
    case LINE_BIMODAL:
        return (drawn < 0.1 ? 14 : 1) / 2.3;
    case LINE_CORRELATED:
        *last = 0.95 * *last + 0.05 * 12 * (drawn - 0.5);
        return 1 + fmax(-0.6, fmin(0.6, *last));
    default:
        return 1;
    }
}

/* Each in a task of its own with room so many before it; 0: all in one task. */
static inline struct weir_model line_of(size_t n, size_t room)
{
    struct weir_model model = {.n = n, .usable = 64, .cpu_is_known = true};
    for (size_t i = 0; i < n; i++)
        model.stages[i] = (struct weir_model_stage){.name = line_names[i % 8],
                                                    .id = i,
                                                    .task = room ? i : 0,
                                                    .workers = 1,
                                                    .ordered = true,
                                                    .room = i ? room : 0,
                                                    .visits = 1};
    return model;
}

static inline weir_service *line_service(struct weir_model *model, size_t i)
{
    static weir_service kept[WEIR_MODEL_STAGES_MAX][LINE_TIMES_N];
    model->stages[i].service = kept[i];
    model->stages[i].service_n = LINE_TIMES_N;
    return kept[i];
}

static inline void wait_of(struct weir_model *model, size_t i, enum line_times times, double mean_s)
{
    uint64_t drawing = 100 + i;
    double last = 0, drawn[LINE_TIMES_N], sum = 0;
    weir_service *service = line_service(model, i);
    for (size_t j = 0; j < LINE_TIMES_N; j++)
        sum += drawn[j] = line_draw(times, &drawing, &last);
    for (size_t j = 0; j < LINE_TIMES_N; j++)
        service[j] = (weir_service){0, (uint32_t)(mean_s * 1e9 * drawn[j] * LINE_TIMES_N / sum)};
}

static inline void work_of(struct weir_model *model, size_t i, enum line_times times, double mean_s)
{
    wait_of(model, i, times, mean_s);
    weir_service *service = line_service(model, i);
    for (size_t j = 0; j < LINE_TIMES_N; j++)
        service[j] = (weir_service){service[j].wait_ns, 0};
}

static inline void parallel(struct weir_model *model, size_t i, unsigned limit, bool ordered)
{
    struct weir_model_stage *stage = &model->stages[i];
    stage->workers = limit;
    stage->apart = stage->at_once = true;
    stage->ordered = ordered;
}

#endif
