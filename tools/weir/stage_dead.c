/* dead: what the stages before it reject goes into a file, and the rest goes on. */
#include "address.h"
#include "pipeline.h"
#include "report.h"
#include "sink.h"
#include "stages.h"

enum { DEAD_FILE = SINK_ARGS };
enum { HELD_BYTES = 16 << 10 }; /* before they are written */

struct dead {
    weir_stream stream;
    weir_writer *writer;
    struct node *node;
    weir_line line; /* what is left to be written of one that was rejected */
    bool newline;   /* ... and its end */
    bool over;
    bool unsafe;     /* something was written since it was settled last */
    weir_mark *mark; /* waits for that */
};

static struct dead *dead_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct dead, stream);
}

/* READY: nothing is left of it. What is written stands until the source is asked again. */
static weir_poll write_line(struct dead *self, weir_cx *cx)
{
    while (self->line.size || self->newline) {
        bool end = !self->line.size;
        weir_poll got = end ? weir_poll_write(self->writer, cx, "\n", 1)
                            : weir_poll_write(self->writer, cx, self->line.data, self->line.size);
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
        self->newline = !end;
        self->line.data += end ? 0 : got.n;
        self->line.size -= end ? 0 : got.n;
    }
    return (weir_poll){0, WEIR_READY};
}

/* READY: it is one for the file. */
static weir_poll judge(struct dead *self, const weir_cx *cx)
{
    if (cx->error.fatal || !weir_rejected(weir_source(&self->stream), &self->line))
        return (weir_poll){0, WEIR_ERROR};
    self->newline = true;
    self->unsafe = true;
    self->node->rejected++;
    return (weir_poll){0, WEIR_READY};
}

/* What was rejected before the mark is on the disk before it goes on. A file that could not be
 * synced has kept nothing. */
static weir_poll settle(struct dead *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};
    weir_mark *mark = self->mark;

    if (self->unsafe)
        got = weir_writer_settle(self->writer, cx, WEIR_STRENGTH_DURABLE);
    if (got.state == WEIR_PENDING)
        return got;
    self->mark = NULL;
    if (got.state == WEIR_READY) {
        self->unsafe = false;
        return weir_mark_give(cx, mark);
    }
    weir_mark_settle(mark, false);
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll dead_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct dead *self = dead_of(stream);
    weir_poll got = write_line(self, cx);

    if (got.state != WEIR_READY)
        return got;
    if (self->over)
        return (weir_poll){0, weir_poll_close(self->writer, cx).state};
    if (self->mark)
        return settle(self, cx);
    got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_ERROR)
        return judge(self, cx);
    if (got.state == WEIR_MARK) {
        self->mark = weir_mark_take(cx);
        return (weir_poll){0, WEIR_READY};
    }
    if (got.state != WEIR_END)
        return got;
    self->over = true; /* once the file stands under its name */
    return (weir_poll){got.n, WEIR_READY};
}

static void dead_fini(weir_stream *stream)
{
    struct dead *self = dead_of(stream);

    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_drop(self->writer);
}

static weir_stage *dead_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &dead_of(stream)->writer->stage;
}

static const weir_stream_ops dead_ops = {.size = sizeof dead_ops,
                                         .name = "dead",
                                         .poll_next = dead_poll_next,
                                         .fini = dead_fini,
                                         .input = dead_input,
                                         .marks = WEIR_MARKS_HOLD};

static weir_stream *expect_durable(weir_stream *stream, const weir_writer *writer)
{
    if (weir_stage_failed(&stream->stage) || !stream->stage.marked ||
        weir_stage_failed(&writer->stage) || weir_writer_strength(writer) >= WEIR_STRENGTH_DURABLE)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "dead FILE append, without sync=no",
                              "'dead' has nothing on the disk before its end, so nothing would be "
                              "acknowledged before",
                              NULL, NULL, 0);
}

static void build_dead(struct flow *flow, struct node *node)
{
    weir_writer *writer = weir_buf_writer(sink_file_writer(node), HELD_BYTES);

    node->rejected = 0;
    flow->stream =
        weir_stream_new(flow->stream, sizeof(struct dead), &dead_ops, flow->stream->type);
    if (weir_stage_failed(&flow->stream->stage)) {
        weir_drop(writer);
        return;
    }
    dead_of(flow->stream)->writer = writer;
    dead_of(flow->stream)->node = node;
    flow->stream = expect_durable(weir_stream_with(flow->stream, &writer->stage), writer);
}

static bool check_dead(struct node *node, const struct words *words)
{
    node->path = address_path(words, node->args[DEAD_FILE].word);
    return node->path && sink_check_options(node, words);
}

/* A command that fails is rejected, and not held against the chain at its end. */
static bool plan_dead(struct node *node, const struct words *words)
{
    struct node *before = node - 1;
    struct node *exec = before->inner ? before->inner : before;
    const struct arg *policy = exec->entry == &entry_exec       ? exec_policy(exec)
                               : exec->entry == &entry_http_get ? http_get_policy(exec)
                                                                : NULL;

    if (node->chain->served) {
        report_usage(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "on-error=skip, or a pipeline of its own behind it",
                     "'dead' writes one file, and a connection is one of many");
        return false;
    }
    if (policy && policy->given) {
        report_usage(words, (struct span){policy->word, policy->word + 1},
                     (struct span){node->first, node->end}, "leave it out",
                     "the dead behind it takes those that fail");
        return false;
    }
    exec->rejects = true;
    return true;
}

static const char *dead_note(const struct node *node)
{
    (void)node;
    return "writes what was rejected";
}

const struct entry entry_dead = {
    .name = "dead",
    .usage = "dead FILE",
    .does = "write what the stages before it reject into a file",
    .help =
        "Each as it came, a line each: records that cannot be read, lines that are no UTF-8\n"
        "or too long (their beginning), the inputs of commands that fail. The rest goes on, and\n"
        "the exit code is 3 where there were any. FILE takes its name at the end; append,\n"
        "partial=keep and sync=no as behind a file that is a sink.",
    .example = "weir urls.txt ! lines ! par 16 exec 'curl -sf {}' ! dead bad.txt ! pages",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = catalogue_same,
    .args = {SINK_ARG_SPECS, [DEAD_FILE] = {.name = "FILE",
                                            .kind = ARG_VALUE,
                                            .type = ARG_TEXT,
                                            .required = true}},
    .build = build_dead,
    .check = check_dead,
    .plan = plan_dead,
    .note = dead_note,
};
