/* What fibers and generators share: a stage that stands, with its arena, in the top page of its own
 * stack, so that one that waits costs this page. */
#ifndef WEIR_TASK_FIBER_H
#define WEIR_TASK_FIBER_H

#include "core/stage.h"
#include "task/lock.h"
#include "task/stack.h"
#include "task/switch.h"
#include "task/tools.h"
#include "task/waiter.h"
#include "weir/fiber.h"

/* Chains that it waits for, within each other; those beyond are a part of it. */
enum { WEIR_FIBER_STANDS_MAX = 4 };

struct weir_fiber {
    weir_stream stream;
    weir_waiter waiter; /* what its function waits with */
    struct weir_yielder yielder;
    weir_context here, caller;
    struct weir_stack *stack;
    weir_error *error; /* the function's own; on its stack, as is the waiter's */
    const char *name;
    const void *fn; /* weir_fiber_fn, or weir_generator_fn */
    void *state;
    void (*drop)(void *state);
    weir_waiter *dropper;   /* the fiber that drops it; NULL: no fiber does */
    weir_waiter *waits_for; /* ... and is to wait meanwhile: that one, or who drops that */
    void *item;             /* room for one: a result, or what a dropped generator yields */
    const void *thread;     /* that polled it first; checking builds look */
    unsigned refusals;
    bool started;
    bool running;
    bool over;
    bool ok; /* what the function returned */
    bool generates;
    uint32_t stands_n, stood; /* chains that it waits for; and a number of what these are */
    uint32_t stood_most;      /* ... which each change made one more, but for: */
    struct {
        weir_stage *chain; /* that is asked item by item */
        uint32_t on, off;  /* the numbers while it is, and between */
    } asked;
    weir_stage *stands[WEIR_FIBER_STANDS_MAX];
    struct weir_tools tools;
};

static inline struct weir_fiber *weir_fiber_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_fiber, stream);
}

/* For who looks: the stage, if it is one of these; NULL: it is not. */
const struct weir_fiber *weir_fiber_if(const weir_stage *stage);

/* The ith chain that it waits for; NULL: no more. */
static inline weir_stage *weir_fiber_stand(const struct weir_fiber *self, size_t i)
{
    return i < self->stands_n && i < WEIR_FIBER_STANDS_MAX ? self->stands[i] : NULL;
}

/* What a constructor knows. */
struct weir_fiber_plan {
    const char *stage; /* "fiber", "generator" */
    const weir_stream_ops *ops;
    const void *fn;
    const char *name;
    const weir_type *to;
    size_t to_size;
    size_t state_size, state_align;
    const void *state;
    void (*drop)(void *state);
    weir_context_entry *entry;
    weir_fiber_options options;
};

/* The stage, or a failed one; the state is taken either way. */
weir_stream *weir_fiber_make(const struct weir_fiber_plan *plan);

/* The options, as this library knows them. */
weir_fiber_options weir_fiber_options_of(const weir_fiber_options *given);

/* Of one that is over: what its error is. */
weir_poll weir_fiber_fail(struct weir_fiber *self, weir_cx *cx);

/* A wait or a yield of one that was dropped. site: where, NULL: it is not known. */
bool weir_fiber_refuse(struct weir_fiber *self, const weir_site *site);

enum { WEIR_FIBER_MISUSE_BYTES = 400 }; /* of a sentence, with the path of a file in it */
_Noreturn void weir_fiber_misuse(const struct weir_fiber *self, const char *sentence);

/* Its function's, once it has one. */
const char *weir_fiber_name(const weir_stream *stream);
void weir_fiber_fini(weir_stream *stream);
size_t weir_fiber_memory_max(const weir_stream *stream);

/* It failed, or a plain loop did and nobody took the error. */
static inline bool weir_fiber_failed(const struct weir_fiber *self)
{
    return !self->ok || self->waiter.failed;
}

/* Looks which thread it is. */
void weir_fiber_check_thread(struct weir_fiber *self);

/* Before its first turn, on the thread that gives it. */
void weir_fiber_begins(void);

/* Before it is entered: names what must not be. */
static inline void weir_fiber_check(struct weir_fiber *self)
{
    if (WEIR_UNLIKELY(self->running))
        weir_fiber_misuse(self, "polls itself");
    if (WEIR_UNLIKELY(!self->started))
        weir_fiber_begins();
    if (WEIR_CHECKS)
        weir_fiber_check_thread(self);
}

/* In the fiber: back to whoever polled it. */
static inline void weir_fiber_leave(struct weir_fiber *self)
{
    weir_held_check();
    weir_tools_leave(&self->tools, self->over);
    weir_switch(&self->here, &self->caller);
    weir_tools_entered(&self->tools);
}

/* What is polled on its stack begins anew: it may wait, and this stack's depth is none of its. */
static inline void weir_fiber_enter(struct weir_fiber *self, weir_cx *cx)
{
    struct weir_held held = {0};
    uint16_t polling = cx->polling, depth = cx->depth;
    struct weir_yielder *yielder = weir_yielder_here;
    weir_waiter *outer = weir_fiber_swap(&self->waiter);
    weir_yielder_here = &self->yielder;
    cx->polling = 0;
    self->waiter.cx = self->yielder.cx = cx;
    self->started = self->running = true;
    if (WEIR_CHECKS)
        held = weir_held_swap((struct weir_held){0});
    weir_tools_enter(&self->tools, self->stack->low, self->stack->size);
    weir_switch(&self->caller, &self->here);
    weir_tools_left(&self->tools);
    if (WEIR_CHECKS)
        weir_held_swap(held);
    self->running = false;
    cx->polling = polling;
    cx->depth = depth;
    weir_yielder_here = yielder;
    weir_fiber_swap(outer);
}

#endif
