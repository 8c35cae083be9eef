/* fiber: a function with a stack of its own, as a future; and what generators share with it. */

#include "task/fiber.h"

#include <string.h>

#include "task/overflow.h"
#include "task/state.h"
#include "task/worker.h"
#include "weir/poll.h"

enum {
    /* Its stage, and a state of the usual size. */
    FIBER_ARENA_BYTES = (sizeof(struct weir_fiber) + 480 + 15) / 16 * 16,
    DEPTH_BYTES = 512, /* of stack for each stage of a chain that is polled on it */
    REFUSALS_MAX = 10000
};

/* ---- misuse ---- */

void weir_fiber_misuse(const struct weir_fiber *self, const char *sentence)
{
    weir_misuse(self->name, sentence);
}

void weir_fiber_check_thread(struct weir_fiber *self)
{
    if (!self->thread)
        self->thread = weir_thread_here();
    if (self->thread != weir_thread_here())
        weir_fiber_misuse(self, "is polled on another thread than the one that polled it first");
}

/* The guard of the stack that this thread runs on. */
static bool hits_guard(const void *address, const char **name, size_t *stack_bytes)
{
    struct weir_yielder *yielder = weir_yielder_here;
    if (!yielder->cx) /* no fiber's */
        return false;
    const struct weir_fiber *self = WEIR_CONTAINER(yielder, struct weir_fiber, yielder);
    *name = self->name;
    *stack_bytes = self->stack->size;
    return (uintptr_t)self->stack->low - (uintptr_t)address - 1 <
           weir_guard_bytes(self->stack->size);
}

void weir_fiber_begins(void)
{
    weir_overflow_watch(hits_guard);
}

/* ---- waiting ---- */

/* A function that looks at no answer would go on for ever. */
bool weir_fiber_refuse(struct weir_fiber *self, const weir_site *site)
{
    char text[WEIR_FIBER_MISUSE_BYTES], at[WEIR_FIBER_MISUSE_BYTES / 2] = "";
    if (++self->refusals <= REFUSALS_MAX)
        return false;
    if (site)
        weir_format(at, sizeof at, " at %s:%u", site->file, site->line);
    weir_format(text, sizeof text,
                "goes on%s though it was dropped: look at what weir_yield and weir_await answer",
                at);
    weir_fiber_misuse(self, text);
}

static bool fiber_wait(weir_waiter *waiter)
{
    struct weir_fiber *self = WEIR_CONTAINER(waiter, struct weir_fiber, waiter);
    if (waiter->cancelled)
        return weir_fiber_refuse(self, NULL);
    weir_fiber_leave(self);
    return !waiter->cancelled;
}

static bool fiber_has_room(const weir_cx *cx, size_t scratch_bytes)
{
    return cx->scratch_size - cx->scratch_used >= scratch_bytes;
}

/* The executor makes room for what a task needs before it polls it. */
static bool fiber_reserve(weir_waiter *waiter, size_t scratch_bytes)
{
    weir_stage *stage = &WEIR_CONTAINER(waiter, struct weir_fiber, waiter)->stream.stage;
    if (fiber_has_room(waiter->cx, scratch_bytes))
        return true;
    if (waiter->cancelled || scratch_bytes > UINT32_MAX)
        return false;
    if (stage->scratch_need < scratch_bytes)
        stage->scratch_need = (uint32_t)scratch_bytes;
    weir_wait_turn(waiter->cx);
    return waiter->wait(waiter) && fiber_has_room(waiter->cx, scratch_bytes);
}

static void fiber_stands(weir_waiter *waiter, weir_stage *chain, const weir_site *in)
{
    struct weir_fiber *self = WEIR_CONTAINER(waiter, struct weir_fiber, waiter);
    (void)in;
    self->stood = ++self->stood_most;
    if (!chain)
        self->stands_n--;
    else if (self->stands_n++ < WEIR_FIBER_STANDS_MAX)
        self->stands[self->stands_n - 1] = chain;
}

/* What is asked again and again is the same chain: who looks has noted it, and does not note it
 * anew for each item. */
static void fiber_asks(weir_waiter *waiter, weir_stage *chain, const weir_site *in)
{
    struct weir_fiber *self = WEIR_CONTAINER(waiter, struct weir_fiber, waiter);
    bool again =
        chain && chain == self->asked.chain && chain->noted && self->stood == self->asked.off;
    bool answered = !chain && self->asked.chain && self->stood == self->asked.on;
    fiber_stands(waiter, chain, in);
    if (again)
        self->stood = self->asked.on;
    else if (answered)
        self->stood = self->asked.off;
    else if (chain) {
        self->asked.chain = chain;
        self->asked.on = self->stood;
        self->asked.off = ++self->stood_most;
    }
}

const struct weir_fiber *weir_fiber_if(const weir_stage *stage)
{
    const weir_stream *stream = (const weir_stream *)stage;
    bool is = stage->vt->kind == WEIR_KIND_STREAM && stream->ops->fini == weir_fiber_fini;
    return is ? weir_fiber_of(stream) : NULL;
}

static bool refuse_pause(weir_waiter *waiter, const weir_site *site)
{
    weir_error why;
    weir_error_set(&why, WEIR_E_ARGUMENT,
                   "%s calls weir_pause() inside of a poll: only fibers and threads can wait",
                   site->function);
    weir_site_note(*site, &why);
    why.cure = "a function that gives a future (weir_then, weir_map_async), or a fiber";
    weir_waiter_fail(waiter, &why);
    return false;
}

bool weir_pause_(weir_site site)
{
    weir_waiter *waiter = weir_waiter_here();
    if (!waiter->cx)
        return false;
    if (waiter->cx->polling)
        return refuse_pause(waiter, &site);
    if (waiter->cancelled && waiter->wait == fiber_wait)
        return weir_fiber_refuse(WEIR_CONTAINER(waiter, struct weir_fiber, waiter), &site);
    if (!waiter->cancelled)
        weir_wait_turn(waiter->cx);
    return waiter->wait(waiter);
}

/* ---- how one is dropped ---- */

weir_waiter *weir_fiber_who_drops(void)
{
    weir_waiter *waiter = weir_fiber_running;
    while (waiter && waiter->cancelled)
        waiter = WEIR_CONTAINER(waiter, struct weir_fiber, waiter)->dropper;
    return waiter;
}

/* A fiber that is dropped leaves it to who drops it. */
bool weir_fiber_wait_in_drop(weir_waiter *who)
{
    weir_waiter *here = weir_fiber_running;
    if (!here || here == who)
        return who->wait(who);
    struct weir_fiber *self = WEIR_CONTAINER(here, struct weir_fiber, waiter);
    self->waits_for = who;
    weir_fiber_leave(self);
    bool waited = self->waits_for;
    self->waits_for = NULL;
    return waited;
}

/* Resumed a last time. Nothing may be polled any more: there is no budget, and every wait and every
 * yield is refused. Only what it lent to others is waited for. */
static void fiber_cancel(struct weir_fiber *self)
{
    weir_cx cx;
    weir_cx_init(&cx, NULL, NULL, 0);
    cx.budget = 0;
    self->dropper = weir_fiber_running;
    self->waiter.cancelled = self->yielder.dropped = true;
    self->yielder.out = self->yielder.end = NULL;
    weir_fiber_enter(self, &cx);
    while (self->waits_for) {
        if (!weir_fiber_wait_in_drop(self->waits_for))
            self->waits_for = NULL;
        weir_fiber_enter(self, &cx);
    }
    if (!self->over)
        weir_fiber_misuse(self, "waits though it was dropped");
}

/* ---- how one ends ---- */

weir_poll weir_fiber_fail(struct weir_fiber *self, weir_cx *cx)
{
    cx->error = self->ok || (self->error->code == WEIR_OK && self->waiter.failed)
                    ? *self->waiter.error
                    : *self->error;
    cx->error.fatal = true;
    if (cx->error.code == WEIR_OK)
        weir_fail(cx, WEIR_E_USER, "'%s' failed and did not say why", self->name);
    return (weir_poll){0, WEIR_ERROR};
}

void weir_fiber_fini(weir_stream *stream)
{
    struct weir_fiber *self = weir_fiber_of(stream);
    if (self->running)
        weir_fiber_misuse(self, "drops itself");
    if (self->started && !self->over) {
        weir_fiber_check(self);
        fiber_cancel(self);
    }
    weir_tools_end(&self->tools);
    if (self->drop)
        self->drop(self->state);
}

/* ---- making ---- */

/* At the top of a stack, from below: the arena, two errors, the stack's own. */
struct top {
    _Alignas(16) unsigned char arena[FIBER_ARENA_BYTES];
    weir_error own, plain;
    struct weir_stack stack;
};

static struct top *fiber_top_of(struct weir_stack *stack)
{
    return WEIR_CONTAINER(stack, struct top, stack);
}

static void give_stack(void *place)
{
    weir_stack_give(&((struct top *)place)->stack);
}

const char *weir_fiber_name(const weir_stream *stream)
{
    const char *name = weir_fiber_of(stream)->name;
    return name ? name : stream->ops->name;
}

size_t weir_fiber_memory_max(const weir_stream *stream)
{
    return weir_fiber_of(stream)->stack->size - FIBER_ARENA_BYTES;
}

weir_fiber_options weir_fiber_options_of(const weir_fiber_options *given)
{
    weir_fiber_options options = {.size = sizeof options};
    if (given)
        weir_options_take(&options, sizeof options, given,
                          offsetof(weir_fiber_options, ahead) + sizeof options.ahead);
    return options;
}

static weir_stream *fiber_give_up(weir_stream *failed, const struct weir_fiber_plan *plan)
{
    if (plan->drop && plan->state)
        plan->drop((void *)(uintptr_t)plan->state);
    return failed;
}

/* Stages of a chain that is polled on this stack: they are called within each other. */
static uint16_t depth_of(const struct weir_stack *stack)
{
    size_t stages = stack->size / WEIR_STACK_TIMES / DEPTH_BYTES;
    return stages < WEIR_DEPTH_MAX ? (uint16_t)(WEIR_DEPTH_MAX - stages) : 0;
}

static void fiber_begin(struct weir_fiber *self, struct weir_stack *stack,
                        const struct weir_fiber_plan *plan)
{
    struct top *top = fiber_top_of(stack);
    self->stack = stack;
    self->fn = plan->fn;
    self->name = plan->name;
    self->drop = plan->drop;
    self->error = &top->own;
    self->error->code = WEIR_OK;
    self->waiter = (weir_waiter){.wait = fiber_wait,
                                 .reserve = fiber_reserve,
                                 .error = &top->plain,
                                 .stands = fiber_stands,
                                 .asks = fiber_asks,
                                 .depth = depth_of(stack)};
    self->yielder.size = self->stream.type->size;
#if WEIR_SWITCHES_INLINE_ && !WEIR_ASAN && !WEIR_TSAN && !WEIR_CHECKS
    self->yielder.here = &self->here;
    self->yielder.caller = &self->caller;
#endif
    size_t size = (size_t)((char *)top - stack->low);
    weir_context_make(&self->here, stack->low, size, plan->entry);
}

/* The item and the state stand behind the stage. */
static size_t stage_bytes(const struct weir_fiber_plan *plan)
{
    size_t bytes = sizeof(struct weir_fiber);
    const size_t more[] = {plan->to ? plan->to->size : 0, plan->to ? plan->to->align : 0,
                           plan->state_size, plan->state_align};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (__builtin_add_overflow(bytes, more[i], &bytes))
            return SIZE_MAX / 2; /* there is no such room */
    return bytes;
}

static void *fiber_aligned(void *at, size_t align)
{
    return (char *)at + (-(uintptr_t)at & (align - 1));
}

static void place_state(struct weir_fiber *self, const struct weir_fiber_plan *plan)
{
    self->item = fiber_aligned(self + 1, plan->to->align);
    self->state = fiber_aligned((char *)self->item + plan->to->size, plan->state_align);
    if (plan->state)
        memcpy(self->state, plan->state, plan->state_size);
}

static weir_stream *no_stack(const struct weir_fiber_plan *plan, size_t bytes)
{
    return weir_stream_refused(WEIR_E_MEMORY, "fewer fibers, or smaller stacks (.stack_bytes)",
                               "no address space for the stack of '%s' (%zu bytes)", plan->name,
                               NULL, bytes);
}

weir_stream *weir_fiber_make(const struct weir_fiber_plan *plan)
{
    size_t bytes = weir_stack_bytes(plan->options.stack_bytes);
    struct weir_stack *stack = weir_stack_take(bytes);
    if (!stack)
        return fiber_give_up(no_stack(plan, bytes), plan);
    weir_arena *arena = weir_arena_at(fiber_top_of(stack)->arena, FIBER_ARENA_BYTES, give_stack);
    weir_stream *stream = weir_source_in(arena, stage_bytes(plan), plan->ops, plan->to);
    stream = weir_expect_size(stream, plan->stage, plan->name, plan->to, plan->to_size);
    if (weir_stage_failed(&stream->stage))
        return fiber_give_up(stream, plan);
    struct weir_fiber *self = weir_fiber_of(stream);
    fiber_begin(self, stack, plan);
    place_state(self, plan);
    return stream;
}

/* ---- the future ---- */

/* The item is made here and moved when it is sure that it is wanted: a future gives one item or one
 * error, and who awaits it looks no further. */
static _Noreturn void fiber_run(weir_context *from, weir_context *here)
{
    struct weir_fiber *self = WEIR_CONTAINER(here, struct weir_fiber, here);
    const weir_fiber_fn *fn = self->fn;
    (void)from;
    weir_tools_entered(&self->tools);
    self->ok = fn->run(self->state, self->item, self->error);
    if (self->ok && (self->waiter.failed || self->waiter.cancelled))
        weir_type_drop_items(self->stream.type, self->item, 1);
    self->over = true;
    weir_fiber_leave(self);
    __builtin_unreachable();
}

static weir_poll fiber_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_fiber *self = weir_fiber_of(stream);
    (void)demand;
    weir_fiber_check(self);
    weir_fiber_enter(self, cx);
    if (!self->over)
        return (weir_poll){0, WEIR_PENDING};
    if (weir_fiber_failed(self))
        return weir_fiber_fail(self, cx);
    stream->stage.cut |= self->waiter.cut;
    memcpy(out, self->item, stream->type->size);
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops fiber_ops = {.size = sizeof fiber_ops,
                                          .name = "fiber",
                                          .fn = offsetof(struct weir_fiber, fn),
                                          .poll_next = fiber_poll_next,
                                          .fini = weir_fiber_fini,
                                          .size_hint = weir_size_hint_one,
                                          .memory_max = weir_fiber_memory_max,
                                          .name_of = weir_fiber_name};

weir_stream *weir_fiber_sized(const weir_fiber_fn *fn, const void *state,
                              const weir_fiber_options *options, size_t state_size)
{
    if (weir_state_differs(fn->state_size, state_size))
        return weir_state_refused(fn->name, fn->state_size, state_size);
    weir_stream *stream = weir_fiber_make(&(struct weir_fiber_plan){
        "fiber", &fiber_ops, fn, fn->name, fn->to, fn->to_size, fn->state_size, fn->state_align,
        state, fn->drop, fiber_run, weir_fiber_options_of(options)});
    stream = weir_expect_result(stream, "fiber", fn->name, fn->to);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true;
    return stream;
}

weir_stream *(weir_fiber)(const weir_fiber_fn *fn, const void *state,
                          const weir_fiber_options *options)
{
    return weir_fiber_sized(fn, state, options, 0);
}

void weir_fiber_stats(weir_stacks_use *use)
{
    struct weir_stacks stacks = weir_stacks_here();
    weir_stacks_use all = {use->size, stacks.live, stacks.pooled, stacks.high_water_bytes};
    memcpy(use, &all, use->size && use->size < sizeof all ? use->size : sizeof all);
}
