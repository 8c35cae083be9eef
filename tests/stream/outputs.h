/* Outputs of one source, each polled by a task of its own. */
#ifndef WEIR_TESTS_OUTPUTS_H
#define WEIR_TESTS_OUTPUTS_H

#include "stages.h"

struct task {
    weir_stream *output; /* NULL: it was dropped */
    struct test_cx test;
    struct trace seen;
};

static inline void task_begin(struct task *task, weir_stream *output)
{
    task->output = output;
    task->seen = (struct trace){0};
    test_cx_init(&task->test);
}

static inline void tasks_begin(struct task *tasks, weir_stream *const *outputs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        task_begin(&tasks[i], outputs[i]);
}

static inline weir_state task_poll(struct task *task, size_t demand)
{
    return trace_poll(&task->seen, task->output, &task->test, demand).state;
}

/* Until it has nothing more to give now. */
static inline weir_state task_run(struct task *task, size_t demand)
{
    weir_state state = WEIR_READY;
    for (int i = 0; i < 200 && state != WEIR_PENDING && state != WEIR_END; i++)
        state = task_poll(task, demand);
    return state;
}

static inline bool task_woken(const struct task *task)
{
    return __atomic_load_n(&task->test.waker->wakes, __ATOMIC_RELAXED) > 0;
}

static inline void task_drop(struct task *task)
{
    weir_drop(task->output);
    task->output = NULL;
}

/* Drops what is left; then nothing is. */
static inline void tasks_end(struct task *tasks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        task_drop(&tasks[i]);
        test_cx_fini(&tasks[i].test);
    }
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

#endif
