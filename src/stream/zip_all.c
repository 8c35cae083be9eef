/* zip_all: pairs until both sides ended; what the shorter one lacks is a default. */

#include <string.h>

#include "stream/copies.h"
#include "stream/halves.h"
#include "weir/stream.h"

struct zip_all {
    weir_stream stream;
    struct weir_half halves[2];
    char *defaults[2]; /* NULL: none was taken */
    size_t offset;     /* of the second member */
};

static struct zip_all *zip_all_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct zip_all, stream);
}

static bool zip_all_member(struct zip_all *self, size_t i, char *out)
{
    struct weir_half *half = &self->halves[i];
    if (!half->some)
        return weir_item_copy(half->source->type, out, self->defaults[i]);
    weir_half_give(half, out);
    return true;
}

/* A default that cannot be copied takes the other side's item with it. */
static weir_poll zip_all_give(struct zip_all *self, weir_cx *cx, char *out)
{
    const weir_type *first = self->stream.type->of[0], *second = self->stream.type->of[1];
    if (!zip_all_member(self, 0, out)) {
        weir_half_drop(&self->halves[1]);
        return weir_copy_fail(cx, first);
    }
    if (zip_all_member(self, 1, out + self->offset))
        return WEIR_POLL_ONE;
    weir_type_drop_items(first, out, 1);
    return weir_copy_fail(cx, second);
}

/* One pair a poll. Both sides are asked, also when the first one ended or waits. */
static weir_poll zip_all_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct zip_all *self = zip_all_of(stream);
    (void)demand;
    weir_poll first = weir_half_fill(&self->halves[0], cx);
    if (weir_half_speaks(first))
        return first;
    weir_poll second = weir_half_fill(&self->halves[1], cx);
    if (weir_half_speaks(second))
        return second;
    if (first.state == WEIR_PENDING || second.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    if (!first.n && !second.n)
        return (weir_poll){0, WEIR_END};
    return zip_all_give(self, cx, out);
}

static void zip_all_fini(weir_stream *stream)
{
    struct zip_all *self = zip_all_of(stream);
    for (size_t i = 0; i < 2; i++)
        if (self->defaults[i])
            weir_type_drop_items(stream->type->of[i], self->defaults[i], 1);
    weir_halves_fini(self->halves);
}

static weir_stage *zip_all_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &zip_all_of(stream)->halves[1].source->stage;
}

static weir_hint zip_all_size_hint(const weir_stream *stream)
{
    weir_hint a = weir_half_hint(&zip_all_of(stream)->halves[0]);
    weir_hint b = weir_half_hint(&zip_all_of(stream)->halves[1]);
    weir_hint both = {a.lower > b.lower ? a.lower : b.lower, a.upper > b.upper ? a.upper : b.upper};
    return weir_copy_hint(stream->type->of[0], weir_copy_hint(stream->type->of[1], both));
}

static const weir_stream_ops zip_all_ops = {.size = sizeof zip_all_ops,
                                            .name = "zip_all",
                                            .keeps_inputs = true,
                                            .poll_next = zip_all_poll_next,
                                            .fini = zip_all_fini,
                                            .size_hint = zip_all_size_hint,
                                            .input = zip_all_input,
                                            .marks = WEIR_MARKS_HOLD};

/* What is padded with, and of which type: its owner until the stage has it. */
struct padding {
    const weir_type *type;
    const void *item;
};

static weir_stream *drop_padding(weir_stream *failed, const struct padding *padding)
{
    for (size_t i = 0; i < 2; i++)
        weir_type_drop_items(padding[i].type, (void *)(uintptr_t)padding[i].item, 1);
    return failed;
}

static bool take_padding(struct zip_all *self, const struct padding *padding)
{
    char *room[2];
    for (size_t i = 0; i < 2; i++) {
        const weir_type *type = padding[i].type;
        room[i] = weir_arena_take(self->stream.stage.arena, type->size, type->align);
    }
    if (!room[0] || !room[1])
        return false;
    for (size_t i = 0; i < 2; i++) {
        self->defaults[i] = room[i];
        memcpy(room[i], padding[i].item, padding[i].type->size);
    }
    return true;
}

static weir_stream *zip_all_expect(weir_stream *source, const char *which, const weir_type *type)
{
    source = weir_expect_type(source, "zip_all", which, type);
    return weir_expect_copies(weir_expect_owned(source, "zip_all"), "zip_all");
}

weir_stream *weir_zip_all(weir_stream *first, const weir_type *first_type,
                          const void *first_default, weir_stream *second,
                          const weir_type *second_type, const void *second_default)
{
    struct padding padding[2] = {{first_type, first_default}, {second_type, second_default}};
    first = zip_all_expect(first, "first default", first_type);
    second = zip_all_expect(second, "second default", second_type);
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return drop_padding(failed, padding);
    weir_stream *stream = weir_halves_new(first, second, sizeof(struct zip_all), &zip_all_ops,
                                          weir_type_pair(first->type, second->type));
    if (weir_stage_failed(&stream->stage))
        return drop_padding(stream, padding);
    struct zip_all *self = zip_all_of(stream);
    self->offset = weir_type_second_offset(stream->type);
    self->halves[1].source = second;
    if (take_padding(self, padding))
        return weir_halves_init(stream, self->halves, first, second);
    drop_padding(NULL, padding);
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "zip_all",
                              NULL, 0);
}
