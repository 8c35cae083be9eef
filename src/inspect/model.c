/* What of a pipeline is one server. */

#include "inspect/model.h"

static bool model_is_serial(const struct weir_model_stage *stage)
{
    return !stage->apart && stage->workers <= 1;
}

static unsigned model_workers_of(const struct weir_model_stage *stage)
{
    unsigned n = stage->workers ? stage->workers : 1;
    return n < WEIR_MODEL_WORKERS_MAX ? n : WEIR_MODEL_WORKERS_MAX;
}

static struct weir_model_node node_of(const struct weir_model *model, size_t first)
{
    const struct weir_model_stage *stage = &model->stages[first], *next = stage + 1;
    struct weir_model_node node = {.first = first,
                                   .n = 1,
                                   .workers = model_workers_of(stage),
                                   .apart = stage->apart,
                                   .ordered = stage->ordered,
                                   .room = stage->room,
                                   .task = stage->task};
    size_t left = model->n - first - 1;
    for (; model_is_serial(stage) && left && model_is_serial(next) && next->task == node.task;
         next++, left--)
        node.n++;
    next = &model->stages[first + node.n];
    node.asks = model_is_serial(stage) && left && next->task == node.task;
    return node;
}

size_t weir_model_nodes(const struct weir_model *model,
                        struct weir_model_node nodes[WEIR_MODEL_STAGES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < model->n; i += nodes[n - 1].n) {
        struct weir_model_node node = node_of(model, i);
        nodes[n++] = node;
    }
    return n;
}

static double mean_s(const struct weir_model_stage *stage, double wait_part)
{
    double sum = 0;
    for (size_t i = 0; i < stage->service_n; i++)
        sum += stage->service[i].cpu_ns + wait_part * stage->service[i].wait_ns;
    return stage->service_n ? stage->visits * sum / (double)stage->service_n / 1e9 : 0;
}

double weir_model_service_s(const struct weir_model_stage *stage)
{
    return mean_s(stage, 1);
}

double weir_model_cpu_s(const struct weir_model_stage *stage)
{
    return mean_s(stage, 0);
}

double weir_model_line_cpu_s(const struct weir_model *model)
{
    double sum_s = 0;
    for (size_t i = 0; i < model->n; i++)
        sum_s += weir_model_cpu_s(&model->stages[i]);
    return sum_s;
}
