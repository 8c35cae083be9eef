/* tee: passes bytes on, and what passes is written somewhere else too: to a file, or into a pipe
 * in memory from which another chain reads. Nobody sees a byte that was not copied, so the slower
 * of the two sets the pace. */
#include <stdio.h>
#include <string.h>

#include "pipeline/address.h"
#include "pipeline/allow.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"

enum { TEE_TO = SINK_ARGS }; /* behind those of a file */
enum { TEE_BYTES = 256 << 10 };

struct tee {
    weir_reader reader;
    weir_reader *source;
    weir_writer *copy; /* a chain of its own */
    struct node *node;
    uint64_t copied; /* an offset of the source */
    bool open;       /* the copy is */
    bool deserted;   /* nobody reads it any more */
};

static struct tee *tee_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct tee, reader);
}

/* Of a copy that has gone wrong: who reads it may do so for as long as it likes. */
static weir_poll without_reader(struct tee *self, weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_ERROR || self->node->path || cx->error.code != WEIR_E_CLOSED)
        return got;
    self->deserted = true;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll open_copy(struct tee *self, weir_cx *cx)
{
    if (self->open)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_open(self->copy, cx);
    self->open = got.state == WEIR_READY;
    return got;
}

/* READY: all that the source has in hand was copied. */
static weir_poll copy_all(struct tee *self, weir_cx *cx)
{
    const weir_reader *source = self->source;
    uint64_t end = source->offset + (source->end - source->begin);

    while (self->copied < end && !self->deserted) {
        size_t done = (size_t)(self->copied - source->offset);
        const unsigned char *bytes = source->base + source->begin + done;
        weir_poll got =
            weir_poll_give(self->copy, cx, source->block, bytes, (size_t)(end - self->copied));
        got = without_reader(self, cx, got);
        if (got.state != WEIR_READY)
            return got;
        self->copied += got.n;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll close_copy(struct tee *self, weir_cx *cx)
{
    self->copy->stage.cut |= self->source->stage.cut;
    self->node->cut = self->source->stage.cut;
    return without_reader(self, cx, weir_poll_close(self->copy, cx));
}

/* What was copied may be seen. */
static void lend_copied(struct tee *self)
{
    weir_reader *reader = &self->reader;
    size_t in_hand = (size_t)(self->copied - reader->offset);

    weir_reader_lend(reader, self->source);
    if (!self->deserted && in_hand < reader->end - reader->begin)
        reader->end = reader->begin + in_hand;
}

static weir_poll tee_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct tee *self = tee_of(reader);
    weir_poll got = open_copy(self, cx);

    if (got.state != WEIR_READY)
        return got;
    weir_reader_lend(reader, self->source);
    weir_poll filled = weir_poll_fill(self->source, cx, min);
    if (filled.state != WEIR_ERROR)
        got = copy_all(self, cx);
    if (got.state == WEIR_READY && filled.state == WEIR_END)
        got = self->deserted ? filled : close_copy(self, cx);
    lend_copied(self);
    self->node->passed |= filled.state == WEIR_END && got.state != WEIR_PENDING;
    return got.state == WEIR_READY ? filled : got;
}

static void tee_fini(weir_reader *reader)
{
    struct tee *self = tee_of(reader);

    if (!self->node->path && !self->copy->stage.done) {
        weir_error error = {.code = WEIR_E_TRUNCATED, .byte = WEIR_NOWHERE, .record = WEIR_NOWHERE};
        snprintf(error.message, sizeof error.message,
                 "the chain with the tee ended before its input did");
        error.cure = "who reads less goes behind the '+'";
        weir_close_with_error(self->copy, &error);
        return;
    }
    weir_drop(self->copy);
}

static weir_hint tee_size_hint(const weir_reader *reader)
{
    const struct tee *self = tee_of(reader);
    return weir_reader_size_hint(self->source);
}

static bool tee_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(tee_of(reader)->source, bytes);
}

static weir_stage *tee_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &tee_of(reader)->copy->stage;
}

static size_t tee_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops tee_ops = {.size = sizeof tee_ops,
                                        .name = "tee",
                                        .poll_fill = tee_poll_fill,
                                        .fini = tee_fini,
                                        .size_hint = tee_size_hint,
                                        .reserve = tee_reserve,
                                        .input = tee_input,
                                        .memory_max = tee_memory_max};

/* The writer of the copy; what reads it is built later. */
static weir_writer *copy_build(struct node *node)
{
    if (node->path)
        return weir_pl_sink_file_writer(node);
    weir_duplex pipe = weir_byte_pipe(TEE_BYTES);
    node->copy = pipe.reader;
    return pipe.writer;
}

static void build_tee(struct flow *flow, struct node *node)
{
    weir_reader *source = flow->reader;
    weir_writer *copy = copy_build(node);

    flow->reader = weir_reader_over(source, sizeof(struct tee), &tee_ops);
    if (weir_stage_failed(&flow->reader->stage)) {
        weir_drop(copy);
        return;
    }
    struct tee *self = tee_of(flow->reader);
    *self = (struct tee){.reader = self->reader, .source = source, .copy = copy, .node = node};
    if (node->copy) /* made of the same */
        node->copy->stage.remote = source->stage.remote;
    self->copied = self->reader.offset = source->offset;
    self->reader.reserve = source->reserve;
    flow->reader = weir_reader_with(flow->reader, &copy->stage);
}

/* A word with a / or a . in it is a file, as everywhere. */
static bool check_tee(struct node *node, const struct words *words)
{
    size_t word = node->args[TEE_TO].word;
    const char *text = node->args[TEE_TO].text;
    struct span at = {word, word + 1};

    if (weir_pl_address_looks_like(text)) {
        node->path = weir_pl_address_path(words, word);
        return node->path && weir_pl_allow_reach(words, word, WEIR_ALLOW_WRITE) &&
               weir_pl_sink_check_options(node, words);
    }
    for (size_t i = 0; i < SINK_ARGS; i++)
        if (node->args[i].given) {
            weir_pl_note_set(words, (struct span){node->args[i].word, node->args[i].word + 1}, at,
                             "a file is written ./NAME", "'%s' is no file, and has no such option",
                             text);
            return false;
        }
    if (*text && *text != '-')
        return true;
    weir_pl_note_set(words, at, (struct span){0, 0}, "tee t ... + t. ! ...", "'%s' is no name",
                     text);
    return false;
}

const char *weir_pl_tee_name(const struct node *node)
{
    return node->path ? NULL : node->args[TEE_TO].text;
}

static const char *tee_note(const struct node *node)
{
    return node->path ? "writes a copy" : "another chain reads a copy";
}

const struct entry weir_pl_entry_tee = {
    .name = "tee",
    .usage = "tee NAME|FILE",
    .does = "pass bytes on, and a copy into a file or another chain",
    .help =
        "NAME  another chain begins with 'NAME.' and reads the copy. Both run at once, and the\n"
        "      slower one sets the pace. That chain may end early; the one with the tee has\n"
        "      to read all. Where one fails, however late, neither leaves a file.\n"
        "FILE  has a / or a . in it, and takes its name when the input is over; append,\n"
        "      partial=keep and sync=no as behind a file that is a sink",
    .example = "weir in.log ! tee t ! gzip ! in.log.gz + t. ! lines ! count ! -",
    .takes = FLOW_BYTES,
    .gives = FLOW_BYTES,
    .args = {SINK_ARG_SPECS, [TEE_TO] = {.name = "NAME",
                                         .kind = ARG_VALUE,
                                         .type = ARG_TEXT,
                                         .required = true}},
    .copies = true,
    .build = build_tee,
    .check = check_tee,
    .note = tee_note,
};

/* ---- the other end ---- */

struct label {
    weir_reader reader;
    weir_reader *source;
    struct node *node;
};

/* It ends as its tee did: what was cut is not whole here either. */
static weir_poll label_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct label *self = WEIR_CONTAINER(reader, struct label, reader);

    weir_reader_lend(reader, self->source);
    weir_poll got = weir_poll_fill(self->source, cx, min);
    weir_reader_lend(reader, self->source);
    if (got.state == WEIR_END) {
        cx->cut |= self->node->tee->cut;
        self->node->passed = true;
    }
    return got;
}

static bool label_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(WEIR_CONTAINER(reader, struct label, reader)->source, bytes);
}

static const weir_reader_ops label_ops = {.size = sizeof label_ops,
                                          .name = "tee's copy",
                                          .poll_fill = label_poll_fill,
                                          .reserve = label_reserve,
                                          .memory_max = tee_memory_max};

static void build_label(struct flow *flow, struct node *node)
{
    weir_reader *source = node->tee->copy;

    flow->reader = weir_reader_over(source, sizeof(struct label), &label_ops);
    if (weir_stage_failed(&flow->reader->stage))
        return;
    struct label *self = WEIR_CONTAINER(flow->reader, struct label, reader);
    self->source = source;
    self->node = node;
    self->reader.offset = source->offset;
    self->reader.reserve = source->reserve;
}

static const char *label_note(const struct node *node)
{
    (void)node;
    return "the copy that a tee made";
}

const struct entry weir_pl_entry_label = {
    .usage = "NAME.",
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_label,
    .note = label_note,
};
