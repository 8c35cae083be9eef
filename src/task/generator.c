/* generator: a function with a stack of its own, as a stream of what it yields. */

#include <string.h>

#include "task/fiber.h"
#include "task/state.h"

/* Who yields where no generator runs: there is never room. */
struct weir_yielder weir_yielder_nobody;
__thread struct weir_yielder *weir_yielder_here = &weir_yielder_nobody;

/* ---- yielding ---- */

static void generator_refuse_type(const struct weir_fiber *self, size_t size, const char *name,
                                  const weir_site *site)
{
    const weir_generator_fn *fn = self->fn;
    char text[WEIR_FIBER_MISUSE_BYTES];
    if (name && fn->to_name)
        weir_format(text, sizeof text,
                    "yields '%s' (%zu bytes) at %s:%u, but its WEIR_GENERATOR_FN says '%s' (%zu "
                    "bytes): weir_yield(%s, ...)",
                    name, size, site->file, site->line, fn->to_name, self->yielder.size,
                    fn->to_name);
    else
        weir_format(text, sizeof text, "yields %zu bytes at %s:%u, but '%s' has %zu", size,
                    site->file, site->line, fn->to->name, self->yielder.size);
    weir_fiber_misuse(self, text);
}

static void expect_type(const struct weir_fiber *self, size_t size, const char *name,
                        const weir_site *site)
{
    const weir_generator_fn *fn = self->fn;
    if (size != self->yielder.size || (name && fn->to_name && strcmp(name, fn->to_name) != 0))
        generator_refuse_type(self, size, name, site);
}

/* sentence: with %s, %s and %u for where it is. */
static _Noreturn void misuse(const char *name, const weir_site *site, const char *sentence)
{
    char text[WEIR_FIBER_MISUSE_BYTES];
    weir_format(text, sizeof text, sentence, site->function, site->file, site->line);
    weir_misuse(name, text);
}

/* The generator that runs. Inside of a poll the scratch is in use, and nothing may wait. */
static struct weir_fiber *generator_here(const weir_site *site)
{
    struct weir_yielder *yielder = weir_yielder_here;
    if (yielder == &weir_yielder_nobody)
        misuse("weir_yield", site,
               "was called in %s (%s:%u), where no generator runs: it belongs "
               "in a function of WEIR_GENERATOR_FN");
    struct weir_fiber *self = WEIR_CONTAINER(yielder, struct weir_fiber, yielder);
    if (!self->generates)
        misuse(self->name, site,
               "yields in %s (%s:%u), but is no generator: make it with "
               "WEIR_GENERATOR_FN");
    if (self->waiter.cx->polling)
        misuse(self->name, site,
               "yields inside of a poll, in %s (%s:%u): only its own function "
               "can, not one that a stage calls");
    return self;
}

WEIR_SWITCHES bool weir_yielded_(weir_site site)
{
    struct weir_fiber *self = generator_here(&site);
    weir_fiber_leave(self);
    return !self->waiter.cancelled;
}

/* Of a dropped generator nobody takes the item: it is dropped here. */
bool weir_yield_(const void *item, size_t size, const char *name, weir_site site)
{
    struct weir_fiber *self = generator_here(&site);
    struct weir_yielder *to = &self->yielder;
    expect_type(self, size, name, &site);
    to->name = name;
    if (self->waiter.cancelled) {
        memcpy(self->item, item, size);
        weir_type_drop_items(self->stream.type, self->item, 1);
        return weir_fiber_refuse(self, &site);
    }
    memcpy(to->out, item, size);
    to->out += size;
    return to->out != to->end || weir_yielded_(site);
}

/* ---- the stream ---- */

static _Noreturn void generator_run(weir_context *from, weir_context *here)
{
    struct weir_fiber *self = WEIR_CONTAINER(here, struct weir_fiber, here);
    const weir_generator_fn *fn = self->fn;
    (void)from;
    weir_tools_entered(&self->tools);
    self->ok = fn->run(self->state, self->error);
    self->over = true;
    weir_fiber_leave(self);
    __builtin_unreachable();
}

/* Items that stand before an error go first. */
static weir_poll generator_over(struct weir_fiber *self, weir_cx *cx, uint32_t n)
{
    if (!weir_fiber_failed(self)) {
        self->stream.stage.cut |= self->waiter.cut;
        return (weir_poll){n, WEIR_END};
    }
    return n ? (weir_poll){n, WEIR_READY} : weir_fiber_fail(self, cx);
}

static weir_poll generator_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_fiber *self = weir_fiber_of(stream);
    weir_fiber_check(self);
    if (self->over)
        return generator_over(self, cx, 0);
    size_t size = self->yielder.size;
    self->yielder.out = out;
    self->yielder.end = self->yielder.out + demand * size;
    weir_fiber_enter(self, cx);
    size_t bytes = (size_t)(self->yielder.out - (char *)out);
    uint32_t n = bytes == size ? 1 : (uint32_t)(bytes / size);
    if (self->over)
        return generator_over(self, cx, n);
    return n ? (weir_poll){n, WEIR_READY} : (weir_poll){0, WEIR_PENDING};
}

static const weir_stream_ops generator_ops = {.size = sizeof generator_ops,
                                              .name = "generator",
                                              .fn = offsetof(struct weir_fiber, fn),
                                              .poll_next = generator_poll_next,
                                              .fini = weir_fiber_fini,
                                              .memory_max = weir_fiber_memory_max,
                                              .name_of = weir_fiber_name};

weir_stream *weir_generator_sized(const weir_generator_fn *fn, const void *state,
                                  const weir_fiber_options *options, size_t state_size)
{
    if (weir_state_differs(fn->state_size, state_size))
        return weir_state_refused(fn->name, fn->state_size, state_size);
    struct weir_fiber_plan plan = {"generator",    &generator_ops,  fn,
                                   fn->name,       fn->to,          fn->to_size,
                                   fn->state_size, fn->state_align, state,
                                   fn->drop,       generator_run,   weir_fiber_options_of(options)};
    weir_stream *stream = weir_fiber_make(&plan);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_fiber_of(stream)->generates = true;
    /* what it lends may be gone when it goes on */
    stream->stage.exact = !plan.options.ahead || fn->to->lent;
    return stream;
}

weir_stream *(weir_generator)(const weir_generator_fn *fn, const void *state,
                              const weir_fiber_options *options)
{
    return weir_generator_sized(fn, state, options, 0);
}
