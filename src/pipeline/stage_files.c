/* Several sources that are read one after the other, each by itself: records of one file after
 * those of another, with the header that each has. */
#include "pipeline/stage_files.h"

struct files {
    weir_stream stream;
    struct chain *chain;
    files_make *make;
    const struct node *node;
    size_t at;           /* the source that is read */
    weir_stream *inner;  /* its records; NULL: all are over */
    weir_reader **later; /* those behind it, by their place in the chain */
    bool named;
    weir_fields names; /* those of the first that had some, when it is over */
};

static struct files *files_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct files, stream);
}

/* What was counted stays, and nobody looks for it any more. */
static void end_source(struct node *source)
{
    if (source->stage)
        source->account =
            (struct account){weir_stage_n(source->stage), weir_stage_polls(source->stage),
                             weir_stage_waits(source->stage), false};
    source->stage = source->source = NULL;
}

static void keep_names(struct files *self)
{
    weir_record_view names;

    if (!self->named && weir_record_names(self->inner, &names))
        self->named = weir_fields_own(names.type, &self->names, names.item);
}

/* Only after an END without items: what the source lent stands until now. */
static void next_file(struct files *self)
{
    self->stream.stage.cut |= self->inner->stage.cut;
    keep_names(self);
    end_source(&self->chain->nodes[self->at]);
    weir_drop(self->inner);
    self->inner = NULL;
    if (++self->at == self->chain->sources)
        return;
    self->inner = self->make(self->later[self->at], self->node);
    self->later[self->at] = NULL;
}

static weir_poll files_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct files *self = files_of(stream);

    if (!self->inner)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_inner(stream, self->inner, cx, out, demand);
    if (got.state != WEIR_END)
        return got;
    if (!got.n)
        next_file(self);
    return (weir_poll){got.n, WEIR_READY};
}

static bool files_rejected(const weir_stream *stream, weir_line *out)
{
    const weir_stream *inner = files_of(stream)->inner;
    return inner && weir_rejected(inner, out);
}

static bool files_names(const weir_stream *stream, weir_record_view *out)
{
    const struct files *self = files_of(stream);

    *out = (weir_record_view){&weir_type_fields, &self->names};
    return self->named || (self->inner && weir_record_names(self->inner, out));
}

static void drop_later(struct files *self)
{
    for (size_t i = 0; self->later && i < self->chain->sources; i++)
        if (self->later[i])
            weir_drop(self->later[i]);
}

static void files_fini(weir_stream *stream)
{
    struct files *self = files_of(stream);

    if (self->inner)
        weir_drop(self->inner);
    weir_fields_drop(&self->names);
    drop_later(self);
}

static weir_stage *files_input(const weir_stream *stream, size_t i)
{
    const struct files *self = files_of(stream);

    if (!self->inner)
        return NULL;
    size_t place = self->at + i;
    if (i && place < self->chain->sources)
        return &self->later[place]->stage;
    return i ? NULL : &self->inner->stage;
}

static const weir_stream_ops files_ops = {.size = sizeof files_ops,
                                          .name = "from",
                                          .poll_next = files_poll_next,
                                          .fini = files_fini,
                                          .input = files_input,
                                          .rejected = files_rejected,
                                          .names = files_names};

static weir_reader *read_source(struct node *source)
{
    struct flow flow = {NULL, NULL};

    source->entry->build(&flow, source);
    source->source = source->stage = &flow.reader->stage;
    return flow.reader;
}

/* The reader is gone with it. */
static weir_stream *one_failed(struct chain *chain, weir_stream *stream, weir_stream *first)
{
    bool mine = weir_stage_failed(&stream->stage);

    chain->nodes->source = chain->nodes->stage = NULL;
    weir_drop(mine ? first : stream);
    return mine ? stream : first;
}

weir_stream *weir_pl_files_build(struct chain *chain, files_make *make, const struct node *node)
{
    weir_stream *first = make(read_source(&chain->nodes[0]), node);
    weir_stream *stream = weir_source_new(sizeof(struct files), &files_ops, first->type);
    struct files *self = files_of(stream);

    if (weir_stage_failed(&stream->stage) || weir_stage_failed(&first->stage))
        return one_failed(chain, stream, first);
    size_t bytes = chain->sources * sizeof *self->later;
    self->later = weir_arena_take(stream->stage.arena, bytes, _Alignof(weir_reader *));
    if (!self->later) {
        stream = weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for the files",
                                    NULL, NULL, 0);
        return one_failed(chain, stream, first);
    }
    self->chain = chain;
    for (size_t i = 1; i < chain->sources; i++)
        self->later[i] = read_source(&chain->nodes[i]);
    self->make = make;
    self->node = node;
    self->inner = first;
    stream->stage.in_turn = true;
    return weir_stream_with(stream, &first->stage);
}
