/* Records made of records: what all such stages do. */

#include "format/place.h"
#include "format/remake.h"

static struct weir_remake *remake_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_remake, stream);
}

/* What was lent until this poll pointed into these. */
static void remake_drop_spent(struct weir_remake *self)
{
    const struct weir_taken *taken = &self->taken;
    weir_type_drop_items(taken->type, taken->items + self->spent * taken->type->size,
                         taken->first - self->spent);
    self->spent = taken->first;
}

/* The error is written where it is held: filling one for every item would cost more than most items
 * do. */
static void remake_note_failure(struct weir_remake *self, weir_record_view in)
{
    weir_error *error = self->failed.error;
    error->fatal = false;
    weir_record_place(weir_source(&self->stream), in, self->field, error);
    self->field = NULL;
    if (error->record == WEIR_NOWHERE)
        error->record = self->tried;
    self->failed.held = true;
}

static weir_poll remake_refuse(struct weir_remake *self, weir_cx *cx)
{
    self->refused = true;
    return weir_held_error_give(&self->failed, cx);
}

static weir_poll remake_taken(struct weir_remake *self, weir_cx *cx, char *out, size_t demand)
{
    struct weir_taken *taken = &self->taken;
    uint32_t n = 0;
    while (taken->n && n < demand && !self->failed.held) {
        weir_record_view in = {taken->type, weir_taken_next(taken)};
        weir_taken_pass(taken, 1);
        self->tried++;
        if (self->one(self, out + n * self->stream.type->size, in, self->failed.error))
            n++;
        else
            remake_note_failure(self, in);
    }
    return n ? (weir_poll){n, WEIR_READY} : remake_refuse(self, cx);
}

weir_poll weir_remake_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_remake *self = remake_of(stream);
    self->refused = false;
    if (self->failed.held)
        return remake_refuse(self, cx);
    remake_drop_spent(self);
    if (self->begin)
        self->begin(self);
    weir_poll got = weir_taken_fill(&self->taken, weir_source(stream), cx, demand);
    self->spent = self->taken.first;
    return got.n ? remake_taken(self, cx, out, demand) : got;
}

bool weir_remake_rejected(const weir_stream *stream, weir_line *out)
{
    const struct weir_remake *self = remake_of(stream);
    const struct weir_taken *taken = &self->taken;
    if (!self->refused)
        return false;
    weir_record_view in = {taken->type, taken->items + (taken->first - 1) * taken->type->size};
    return weir_record_text(in, WEIR_FORM_JSON, out) || weir_record_text(in, WEIR_FORM_CSV, out);
}

weir_hint weir_remake_size_hint(const weir_stream *stream)
{
    return weir_taken_hint(&remake_of(stream)->taken, weir_source(stream));
}

void weir_remake_drop(struct weir_remake *self)
{
    if (!self->taken.items)
        return; /* it was never built */
    remake_drop_spent(self);
    weir_taken_drop(&self->taken);
}

weir_stream *weir_remake_new(weir_stream *source, size_t size, const weir_stream_ops *ops,
                             const weir_type *type, weir_remake_one *one, size_t items_max)
{
    source = weir_expect_record(source, ops->name);
    weir_stream *stream = weir_stream_new(source, size, ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_remake *self = remake_of(stream);
    self->one = one;
    stream->stage.one = source->stage.one;
    if (weir_taken_init(&self->taken, stream->stage.arena, source->type, items_max) &&
        weir_held_error_init(&self->failed, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", ops->name,
                              NULL, 0);
}
