/* The bounds of a pipeline, from the means of what its stages need. */

#include "inspect/law.h"

static double bound_of(double workers, double need_s)
{
    return need_s > 0 ? workers / need_s : 0;
}

static void law_lower(struct weir_law_bound *bound, enum weir_law_of of, size_t stage, double rate)
{
    if (rate > 0 && (bound->of == WEIR_LAW_NOTHING || rate < bound->rate))
        *bound = (struct weir_law_bound){of, stage, rate};
}

/* ---- each node is busy with so many at once ---- */

/* Without the stage that is left out. */
static void of_node(const struct weir_model *model, const struct weir_model_node *node, size_t left,
                    struct weir_law_bound *bound)
{
    double sum_s = 0, most_s = -1;
    size_t most = node->first;
    for (size_t i = node->first; i < node->first + node->n; i++) {
        double need_s = i == left ? 0 : weir_model_service_s(&model->stages[i]);
        sum_s += need_s;
        most = need_s > most_s ? i : most;
        most_s = need_s > most_s ? need_s : most_s;
    }
    law_lower(bound, WEIR_LAW_STAGE, most, bound_of(node->workers, sum_s));
}

/* ---- a task has one thread ---- */

static void of_task(const struct weir_model *model, size_t first, size_t left,
                    struct weir_law_bound *bound)
{
    double sum_s = 0, most_s = -1;
    size_t most = first;
    for (size_t i = first; i < model->n; i++) {
        const struct weir_model_stage *stage = &model->stages[i];
        if (i == left || stage->apart || stage->task != model->stages[first].task)
            continue;
        double cpu_s = weir_model_cpu_s(stage);
        sum_s += cpu_s;
        most = cpu_s > most_s ? i : most;
        most_s = cpu_s > most_s ? cpu_s : most_s;
    }
    law_lower(bound, WEIR_LAW_TASK, most, bound_of(1, sum_s));
}

static bool begins_task(const struct weir_model *model, size_t stage)
{
    return !stage || model->stages[stage].task != model->stages[stage - 1].task;
}

/* ---- the machine has so many cores ---- */

static size_t hungriest(const struct weir_model *model)
{
    size_t most = 0;
    for (size_t i = 0; i < model->n; i++)
        most =
            weir_model_cpu_s(&model->stages[i]) > weir_model_cpu_s(&model->stages[most]) ? i : most;
    return most;
}

/* They are the rest of the process's, too. */
static double of_machine(const struct weir_model *model)
{
    return bound_of(model->usable, weir_model_line_cpu_s(model) + model->rest_s);
}

static struct weir_law_bound bound_without(const struct weir_model *model, size_t left)
{
    struct weir_model_node nodes[WEIR_MODEL_STAGES_MAX];
    struct weir_law_bound bound = {WEIR_LAW_NOTHING, 0, 0};
    size_t n = weir_model_nodes(model, nodes);
    for (size_t i = 0; i < n; i++)
        of_node(model, &nodes[i], left, &bound);
    for (size_t i = 0; i < model->n; i++)
        if (begins_task(model, i))
            of_task(model, i, left, &bound);
    law_lower(&bound, WEIR_LAW_MACHINE, hungriest(model), of_machine(model));
    return bound;
}

void weir_law(const struct weir_model *model, struct weir_law *law)
{
    *law = (struct weir_law){.first = bound_without(model, WEIR_MODEL_STAGES_MAX),
                             .machine = of_machine(model)};
    size_t left = law->first.of == WEIR_LAW_MACHINE ? WEIR_MODEL_STAGES_MAX : law->first.stage;
    law->next = bound_without(model, left);
    for (size_t i = 0; i < model->n; i++) {
        const struct weir_model_stage *stage = &model->stages[i];
        double workers = stage->workers ? stage->workers : 1;
        law->utilisation[i] = model->measured * weir_model_service_s(stage) / workers;
    }
}
