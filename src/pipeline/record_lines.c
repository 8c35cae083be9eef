/* Each record becomes its line by a chain of its own, beside which starting a command is dear. */
#include "pipeline/record_lines.h"

#include "pipeline/command.h"
#include "pipeline/records.h"

struct spell {
    weir_stream stream;
    struct lanes *lanes;
    const weir_type *type; /* of the records */
    void *record;
    bool there;           /* the record is ours to drop */
    weir_reader *text;    /* what is lent of it, until the next poll */
    weir_held_error held; /* behind the line */
    uint64_t n;           /* records that came */
    size_t text_bytes;
};

static struct spell *spell_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct spell, stream);
}

static weir_poll give_view(void *arg, weir_cx *cx, void *out, size_t demand)
{
    const struct spell *self = arg;

    (void)cx, (void)demand;
    *(weir_record_view *)out = (weir_record_view){self->type, self->record};
    return (weir_poll){1, WEIR_END};
}

static weir_reader *text_of(struct spell *self)
{
    return weir_to_ndjson(weir_poll_fn(&weir_pl_records_view_type, give_view, self),
                          &WEIR_TO_JSON_OPTIONS(.record_bytes_max = COMMAND_BYTES_MAX));
}

static void let_go(struct spell *self)
{
    weir_drop(self->text);
    self->text = NULL;
    if (self->there)
        weir_type_drop_items(self->type, self->record, 1);
    self->there = false;
}

static weir_poll fail(const struct spell *self, weir_cx *cx)
{
    if (cx->error.code == WEIR_E_LIMIT) {
        weir_fail(cx, WEIR_E_LIMIT, "its JSON is longer than a command may be, 128 KiB");
        cx->error.cure = "pick the fields that the command needs";
        cx->error.fatal = false;
    }
    cx->error.record = self->n;
    return (weir_poll){0, WEIR_ERROR};
}

/* An encoder gives whole items: all of the line is in hand. */
static weir_poll spell(struct spell *self, weir_cx *cx, weir_line *out)
{
    self->text = text_of(self);
    weir_poll got = weir_poll_fill(self->text, cx, 1);
    size_t n = 0;
    const char *bytes = (const char *)weir_peek(self->text, &n);
    if (!n)
        return got.state == WEIR_ERROR ? fail(self, cx) : (weir_poll){0, WEIR_READY};
    *out = (weir_line){bytes, n - 1}; /* without its newline */
    return WEIR_POLL_ONE;
}

static weir_poll spell_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct spell *self = spell_of(stream);

    (void)demand;
    let_go(self);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    weir_poll got = weir_poll_next(weir_source(stream), cx, self->record, 1);
    if (!got.n)
        return got;
    self->there = true;
    self->n++;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    if (self->lanes)
        weir_pl_lanes_look(self->lanes, (weir_record_view){self->type, self->record});
    return spell(self, cx, out);
}

static void spell_fini(weir_stream *stream)
{
    let_go(spell_of(stream));
}

static size_t spell_memory_max(const weir_stream *stream)
{
    return spell_of(stream)->text_bytes;
}

static const weir_stream_ops spell_ops = {.size = sizeof spell_ops,
                                          .name = "exec",
                                          .poll_next = spell_poll_next,
                                          .fini = spell_fini,
                                          .marks = WEIR_MARKS_HOLD,
                                          .memory_max = spell_memory_max};

weir_stream *weir_pl_record_lines(weir_stream *source, struct lanes *lanes)
{
    const weir_type *type = source->type;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct spell), &spell_ops, &weir_type_line);

    if (weir_stage_failed(&stream->stage))
        return stream;
    struct spell *self = spell_of(stream);
    self->lanes = lanes;
    self->type = type;
    self->record = weir_arena_take(stream->stage.arena, type->size, type->align);
    weir_reader *text = text_of(self);
    self->text_bytes = weir_memory_max(text);
    weir_drop(text);
    if (self->record && weir_held_error_init(&self->held, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for records", NULL,
                              NULL, 0);
}
