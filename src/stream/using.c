/* using: the items of something that is opened when it is asked for the first time, and closed
 * once. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct using
{
    weir_stream stream;
    const weir_resource_fn *fn;
    void *arg;
    void *state;
    bool begun;
    bool open;
    weir_held_error failed;
};

static struct using *using_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct using, stream);
}

static void using_close(struct using *self)
{
    if (self->open)
        self->fn->close(self->state);
    self->open = false;
}

/* An error of open or next ends it; what was made before it goes first. */
static void using_fail(struct using *self)
{
    weir_error *error = self->failed.error;
    if (error->code == WEIR_OK)
        weir_error_set(error, WEIR_E_USER, "%s failed", self->fn->name);
    error->fatal = true;
    self->failed.held = true;
    using_close(self);
}

static void using_open(struct using *self)
{
    self->begun = true;
    self->failed.error->code = WEIR_OK;
    self->open = self->fn->open(self->state, self->arg, self->failed.error);
    if (!self->open)
        using_fail(self);
}

/* What a view looks at is gone with the next one. */
static size_t using_at_once(const weir_type *type, size_t demand)
{
    return type->lent ? 1 : demand;
}

static weir_poll using_items(struct using *self, weir_cx *cx, char *out, size_t demand)
{
    const weir_type *type = self->stream.type;
    weir_state got = WEIR_READY;
    uint32_t n = 0;
    self->failed.error->code = WEIR_OK;
    while (n < using_at_once(type, demand)) {
        got = self->fn->next(self->state, out + n * type->size, self->failed.error);
        if (got != WEIR_READY)
            break;
        n++;
    }
    if (got == WEIR_READY)
        return (weir_poll){n, WEIR_READY};
    if (got == WEIR_END) {
        using_close(self);
        return (weir_poll){n, WEIR_END};
    }
    using_fail(self);
    return n ? (weir_poll){n, WEIR_READY} : weir_held_error_give(&self->failed, cx);
}

static weir_poll using_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct using *self = using_of(stream);
    if (WEIR_UNLIKELY(!self->begun))
        using_open(self);
    if (WEIR_UNLIKELY(self->failed.held))
        return weir_held_error_give(&self->failed, cx);
    return using_items(self, cx, out, demand);
}

static void using_fini(weir_stream *stream)
{
    using_close(using_of(stream));
}

static const weir_stream_ops using_ops = {
    .size = sizeof using_ops, .name = "using", .poll_next = using_poll_next, .fini = using_fini};

weir_stream *weir_using(const weir_resource_fn *fn, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct using), &using_ops, fn->of);
    stream = weir_expect_size(stream, "using", fn->name, fn->of, fn->of_size);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct using *self = using_of(stream);
    weir_arena *arena = stream->stage.arena;
    self->fn = fn;
    self->arg = arg;
    self->state = weir_arena_take(arena, fn->state_size, fn->state_align);
    if (self->state && weir_held_error_init(&self->failed, arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for using '%s'",
                              fn->name, NULL, 0);
}
