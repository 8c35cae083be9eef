/* A pipeline of a text as a future, or as what its end gives. */
#include <string.h>

#include "pipeline/build.h"
#include "pipeline/items.h"
#include "pipeline/rejected.h"
#include "pipeline/room.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"
#include "pipeline/stage_gate.h"
#include "pipeline/stage_watch.h"
#include "pipeline/stages.h"
#include "pipeline/text_host.h"

/* ---- chains, one after the other ---- */

/* A chain that runs, perhaps beside others. */
struct text_lane {
    struct chain *chain;
    struct watch watch;
};

struct text_run {
    weir_stream stream;
    weir_pipeline *pipeline;
    struct text_lane *lanes; /* one a chain */
    weir_stream *group;      /* of those that run now: a vec of what each wrote; NULL: none does */
    size_t first, n;         /* they are chains [first, first + n) */
    uint64_t written;
};

static struct text_run *text_run_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct text_run, stream);
}

static void lane_over(void *arg)
{
    const struct text_lane *lane = arg;

    if (lane->chain->gate)
        weir_pl_gate_pass(lane->chain->gate, lane->chain->place);
}

static void lane_end(void *arg)
{
    (void)arg;
}

static void end_group(struct text_run *self)
{
    if (self->group)
        weir_drop(self->group);
    self->group = NULL;
    weir_pl_room_free(self->pipeline->gate);
    self->pipeline->gate = NULL;
}

/* Before anything of n chains is opened. What is told then is why they cannot run, and no news. */
static bool look_at(weir_pipeline *pipeline, size_t first, size_t n)
{
    bool fine = true;
    uint64_t bytes;

    pipeline->failed = pipeline->parsed = false;
    for (size_t i = first; i < first + n && fine; i++) {
        const struct chain *chain = &pipeline->chains.chains[i];
        fine = !weir_pl_source_check(&pipeline->chains, chain, &bytes) &&
               weir_pl_sink_check(&pipeline->chains, weir_pl_chain_sink(chain));
    }
    pipeline->parsed = true;
    return fine;
}

/* What was told is the error. */
static weir_poll fail_told(const weir_pipeline *pipeline, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_ARGUMENT, "%s", pipeline->note.message);
}

/* Of one chain, when it is first polled. */
static bool look_first(weir_pipeline *pipeline, bool *looked)
{
    bool fine = *looked || look_at(pipeline, 0, 1);

    *looked = true;
    return fine;
}

static weir_stream *build_lane(struct text_run *self, size_t i)
{
    struct text_lane *lane = &self->lanes[i];

    lane->chain = &self->pipeline->chains.chains[i];
    lane->chain->gate = self->pipeline->gate;
    lane->chain->place = i - self->first;
    lane->watch = (struct watch){.on_over = lane_over, .on_end = lane_end, .arg = lane};
    return weir_pl_watch_build(weir_pl_chain_run(lane->chain), &lane->watch);
}

/* READY: the chains from `first` on stand. */
static weir_poll begin_group(struct text_run *self, weir_cx *cx)
{
    self->n = weir_pl_together(&self->pipeline->chains, self->first);
    if (!look_at(self->pipeline, self->first, self->n))
        return fail_told(self->pipeline, cx);
    weir_stream **futures = weir_pl_room_zeroed(self->n, sizeof *futures);
    if (self->n > 1)
        self->pipeline->gate = weir_pl_gate_new(self->n);
    if (!futures || (self->n > 1 && !self->pipeline->gate)) {
        weir_pl_room_free(futures);
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu chains", self->n);
    }
    for (size_t i = 0; i < self->n; i++)
        futures[i] = build_lane(self, self->first + i);
    self->group = weir_join_all(&weir_type_u64, futures, self->n);
    weir_pl_room_free(futures);
    return (weir_poll){0, WEIR_READY};
}

/* What the chains of the group have written. */
static void add_written(struct text_run *self, weir_vec *each)
{
    for (size_t i = 0; i < each->n; i++)
        self->written += ((const uint64_t *)each->items)[i];
    weir_vec_drop(each);
    for (size_t i = self->first; i < self->first + self->n; i++)
        weir_pl_chain_tell(&self->pipeline->chains.chains[i]);
    end_group(self);
    self->first += self->n;
}

static weir_poll text_run_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct text_run *self = text_run_of(stream);
    weir_vec each;

    (void)demand;
    if (self->first == self->pipeline->chains.n) {
        weir_pl_rejected_tell(&self->pipeline->chains);
        *(uint64_t *)out = self->written;
        return (weir_poll){1, WEIR_END};
    }
    if (!self->group)
        return begin_group(self, cx);
    weir_poll got = weir_poll_inner(stream, self->group, cx, &each, 1);
    if (got.n)
        add_written(self, &each);
    else if (got.state == WEIR_END)
        return got;
    return got.n ? (weir_poll){0, WEIR_READY} : got;
}

static void text_run_fini(weir_stream *stream)
{
    struct text_run *self = text_run_of(stream);

    end_group(self);
    weir_pl_room_free(self->lanes);
    weir_pipeline_drop(self->pipeline);
}

static size_t text_run_memory_max(const weir_stream *stream)
{
    uint64_t bytes = weir_pipeline_memory_bytes(text_run_of(stream)->pipeline);
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

static const weir_stream_ops text_run_ops = {.size = sizeof text_run_ops,
                                             .name = "pipeline",
                                             .poll_next = text_run_poll_next,
                                             .fini = text_run_fini,
                                             .memory_max = text_run_memory_max};

/* ---- which of the three it can be ---- */

static bool ends_open(const struct chain *chain)
{
    const struct node *sink = weir_pl_chain_sink(chain);
    return sink->first == sink->end;
}

/* The first chain whose end somebody has to take; NULL: there is none. */
static const struct chain *open_chain(const weir_pipeline *self)
{
    for (size_t i = 0; i < self->chains.n; i++)
        if (weir_pl_chain_sink(&self->chains.chains[i])->entry == &weir_pl_entry_open_end)
            return &self->chains.chains[i];
    return NULL;
}

/* Who hands on what weir_parse() gave, without a look at it. */
static const char wrong_none[] = "there is no pipeline: its text was refused";
static const char cure_none[] = "look whether weir_parse() gave NULL: its note says why";

/* What is wrong with asking for what its end gives. NULL: nothing. */
static const char *wrong_with_end(const weir_pipeline *self, bool items)
{
    if (!self)
        return wrong_none;
    const struct chain *chain = self->chains.chains;
    if (self->chains.n > 1)
        return "a pipeline of several chains gives nothing: it is run as a future";
    if (!ends_open(chain))
        return "its last word is a sink, and what it gives goes there: it is run as a future";
    unsigned gives = weir_pl_chain_sink(chain)->before->gives;
    if (items && gives == FLOW_BYTES)
        return "it gives bytes, and no items: put 'lines' behind it";
    if (!items && self->chains.chains->marked)
        return "what is acknowledged is taken item by item, and not as bytes";
    if (!items && gives == FLOW_RECORDS)
        return "it gives records, and no bytes: put 'to ndjson' behind it";
    return NULL;
}

static void build_end(weir_pipeline *self, struct flow *flow)
{
    struct chain *chain = self->chains.chains;

    self->runs = true;
    weir_pl_chain_build_to(chain, chain->n - 1, flow);
}

weir_stream *weir_pipeline_future(weir_pipeline *pipeline)
{
    if (!pipeline)
        return weir_stream_refused(WEIR_E_ARGUMENT, cure_none, wrong_none, NULL, NULL, 0);
    const struct chain *open = open_chain(pipeline);
    struct text_lane *lanes = weir_pl_room_zeroed(pipeline->chains.n, sizeof *lanes);
    weir_stream *stream = NULL;

    if (open)
        stream = weir_stream_refused(WEIR_E_ARGUMENT, "name a sink, or set .output",
                                     "a chain of the pipeline names no sink", NULL, NULL, 0);
    else if (!lanes)
        stream =
            weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a pipeline", NULL, NULL, 0);
    else
        stream = weir_source_new(sizeof(struct text_run), &text_run_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage)) {
        weir_pl_room_free(lanes);
        weir_pipeline_drop(pipeline);
        return stream;
    }
    pipeline->runs = true;
    stream->stage.one = true;
    text_run_of(stream)->pipeline = pipeline;
    text_run_of(stream)->lanes = lanes;
    return stream;
}

/* ---- its items ---- */

/* The chain stands in the pipeline's nodes, so these go behind it. */
struct text_items {
    weir_stream stream;
    weir_pipeline *pipeline;
    weir_stream *inner;
    bool looked; /* at what it reads and writes */
};

static struct text_items *text_items_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct text_items, stream);
}

static void tell_end(const weir_pipeline *self)
{
    weir_pl_chain_tell(self->chains.chains);
    weir_pl_rejected_tell(&self->chains);
}

static weir_poll text_items_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct text_items *self = text_items_of(stream);

    if (!look_first(self->pipeline, &self->looked))
        return fail_told(self->pipeline, cx);
    weir_poll got = weir_poll_next(self->inner, cx, out, demand);
    if (got.state == WEIR_END)
        tell_end(self->pipeline);
    return got;
}

static void text_items_fini(weir_stream *stream)
{
    struct text_items *self = text_items_of(stream);

    weir_drop(self->inner);
    weir_pipeline_drop(self->pipeline);
}

static weir_stage *text_items_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &text_items_of(stream)->inner->stage;
}

static weir_hint text_items_size_hint(const weir_stream *stream)
{
    return weir_size_hint(text_items_of(stream)->inner);
}

static bool text_items_names(const weir_stream *stream, weir_record_view *out)
{
    return weir_record_names(text_items_of(stream)->inner, out);
}

static bool text_items_rejected(const weir_stream *stream, weir_line *out)
{
    return weir_rejected(text_items_of(stream)->inner, out);
}

static const weir_stream_ops text_items_ops = {.size = sizeof text_items_ops,
                                               .name = "pipeline",
                                               .poll_next = text_items_poll_next,
                                               .fini = text_items_fini,
                                               .size_hint = text_items_size_hint,
                                               .input = text_items_input,
                                               .rejected = text_items_rejected,
                                               .marks = WEIR_MARKS_PASS,
                                               .names = text_items_names};

weir_stream *weir_pipeline_lines(weir_pipeline *pipeline)
{
    const char *wrong = wrong_with_end(pipeline, true), *cure = pipeline ? NULL : cure_none;
    struct flow flow = {NULL, NULL};

    if (wrong) {
        weir_pipeline_drop(pipeline);
        return weir_stream_refused(WEIR_E_ARGUMENT, cure, wrong, NULL, NULL, 0);
    }
    unsigned gives = weir_pl_chain_sink(pipeline->chains.chains)->before->gives;
    build_end(pipeline, &flow);
    if (gives == FLOW_RESULTS) /* their type is nobody else's */
        flow.stream = weir_pl_items_to_lines(flow.stream, gives);
    weir_stream *stream =
        weir_source_new(sizeof(struct text_items), &text_items_ops, flow.stream->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(flow.stream);
        weir_pipeline_drop(pipeline);
        return stream;
    }
    text_items_of(stream)->pipeline = pipeline;
    text_items_of(stream)->inner = flow.stream;
    return weir_stream_with(stream, &flow.stream->stage);
}

/* ---- its bytes ---- */

struct text_bytes {
    weir_reader reader;
    weir_pipeline *pipeline;
    weir_reader *inner;
    bool looked; /* at what it reads and writes */
};

static struct text_bytes *text_bytes_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct text_bytes, reader);
}

static weir_poll text_bytes_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct text_bytes *self = text_bytes_of(reader);

    if (!look_first(self->pipeline, &self->looked))
        return fail_told(self->pipeline, cx);
    weir_reader_lend(reader, self->inner);
    weir_poll got = weir_poll_fill(self->inner, cx, min);
    weir_reader_lend(reader, self->inner);
    if (got.state == WEIR_END)
        tell_end(self->pipeline);
    return got;
}

static bool text_bytes_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(text_bytes_of(reader)->inner, bytes);
}

static void text_bytes_fini(weir_reader *reader)
{
    struct text_bytes *self = text_bytes_of(reader);

    weir_drop(self->inner);
    weir_pipeline_drop(self->pipeline);
}

static weir_stage *text_bytes_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &text_bytes_of(reader)->inner->stage;
}

static size_t text_bytes_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops text_bytes_ops = {.size = sizeof text_bytes_ops,
                                               .name = "pipeline",
                                               .poll_fill = text_bytes_poll_fill,
                                               .fini = text_bytes_fini,
                                               .reserve = text_bytes_reserve,
                                               .input = text_bytes_input,
                                               .memory_max = text_bytes_memory_max};

weir_reader *weir_pipeline_reader(weir_pipeline *pipeline)
{
    const char *wrong = wrong_with_end(pipeline, false), *cure = pipeline ? NULL : cure_none;
    struct flow flow = {NULL, NULL};

    if (wrong) {
        weir_pipeline_drop(pipeline);
        return weir_reader_refused(WEIR_E_ARGUMENT, cure, wrong, NULL, NULL, 0);
    }
    build_end(pipeline, &flow);
    weir_reader *inner =
        flow.reader ? flow.reader
                    : weir_pl_items_to_bytes(
                          flow.stream, weir_pl_chain_sink(pipeline->chains.chains)->before->gives);
    weir_reader *reader = weir_reader_new(sizeof(struct text_bytes), &text_bytes_ops);
    if (weir_stage_failed(&reader->stage)) {
        weir_drop(inner);
        weir_pipeline_drop(pipeline);
        return reader;
    }
    text_bytes_of(reader)->pipeline = pipeline;
    text_bytes_of(reader)->inner = inner;
    reader->offset = inner->offset;
    if (!weir_stage_failed(&inner->stage))
        reader->reserve = inner->reserve;
    return weir_reader_with(reader, &inner->stage);
}
