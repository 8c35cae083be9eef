/* successors: an item, and then what fn makes of the one before. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct successors {
    weir_stream stream;
    const weir_filter_map_fn *fn;
    void *arg;
    char *next;
    bool any; /* next is to be given */
};

static struct successors *successors_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct successors, stream);
}

/* The next one is made of an item while it still can be looked at. */
static weir_poll successors_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct successors *self = successors_of(stream);
    size_t size = stream->type->size;
    char *to = out;
    uint32_t n = 0;
    (void)cx;
    while (self->any && n < demand) {
        char *item = to + n++ * size;
        weir_item_move(item, self->next, size);
        self->any = self->fn->one(self->next, item, self->arg);
    }
    return (weir_poll){n, self->any ? WEIR_READY : WEIR_END};
}

static void successors_fini(weir_stream *stream)
{
    struct successors *self = successors_of(stream);
    if (self->any)
        weir_type_drop_items(stream->type, self->next, 1);
}

static weir_hint successors_size_hint(const weir_stream *stream)
{
    return (weir_hint){successors_of(stream)->any, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops successors_ops = {.size = sizeof successors_ops,
                                               .name = "successors",
                                               .fn = offsetof(struct successors, fn),
                                               .poll_next = successors_poll_next,
                                               .fini = successors_fini,
                                               .size_hint = successors_size_hint};

static weir_stream *successors_give_up(weir_stream *failed, const weir_type *type,
                                       const void *first)
{
    weir_type_drop_items(type, (void *)(uintptr_t)first, 1);
    return failed;
}

weir_stream *weir_successors(const weir_filter_map_fn *fn, const void *first, void *arg)
{
    const weir_type *type = fn->to;
    weir_stream *stream = weir_source_new(sizeof(struct successors), &successors_ops, type);
    stream = weir_expect_type(stream, "successors", fn->name, fn->from);
    stream = weir_expect_size(stream, "successors", fn->name, type, fn->to_size);
    if (weir_stage_failed(&stream->stage))
        return successors_give_up(stream, type, first);
    struct successors *self = successors_of(stream);
    self->fn = fn;
    self->arg = arg;
    self->next = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!self->next)
        return successors_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                                     "no memory for successors '%s'", fn->name,
                                                     NULL, 0),
                                  type, first);
    memcpy(self->next, first, type->size);
    self->any = true;
    return stream;
}
