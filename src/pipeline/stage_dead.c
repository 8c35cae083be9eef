/* dead: what the stages before it reject goes into a file, or to a broker, and the rest goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/address.h"
#include "pipeline/broker.h"
#include "pipeline/columns.h"
#include "pipeline/letters.h"
#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/place.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/utf8.h"

enum { DEAD_FILE = SINK_ARGS, DEAD_WHY };
enum { HELD_BYTES = 16 << 10 };               /* before they are written */
enum { WHY_BYTES = 600, PIECE_BYTES = 4096 }; /* of an object; why, escaped, fits */

struct dead {
    weir_stream stream;
    weir_writer *writer; /* of a file */
    weir_stream *sent;   /* the future of what goes to a broker; NULL: it is a file */
    struct letters *letters;
    struct node *node;
    weir_line line; /* what is left to be written of one that was rejected */
    bool newline;   /* ... and its end */
    weir_line raw;  /* DEAD_WHY: what is left to be escaped of it ... */
    bool quote;     /* ... and the object's end */
    char piece[PIECE_BYTES];
    bool over;
    bool unsafe;     /* something was put there since it was settled last */
    weir_mark *mark; /* waits for that */
};

static struct dead *dead_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct dead, stream);
}

/* ---- an object a line: the error, and what was rejected ---- */

/* One character of `from` as JSON has it; what is no UTF-8 is U+FFFD. Returns its bytes. */
static size_t put_character(weir_line *from, char out[8])
{
    char bytes[5] = "";
    uint32_t code;

    memcpy(bytes, from->data, from->size < 4 ? from->size : 4);
    size_t n = *bytes ? weir_pl_utf8_read(bytes, &code) : 0;
    bool broken = !n && *bytes;
    if (!n)
        code = (unsigned char)*bytes;
    n = n ? n : 1;
    n = n < from->size ? n : from->size;
    from->data += n;
    from->size -= n;
    if (broken)
        return (size_t)snprintf(out, 8, "\xef\xbf\xbd");
    if (code < ' ')
        return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)code);
    return (size_t)snprintf(out, 8, "%s%.*s", code == '"' || code == '\\' ? "\\" : "", (int)n,
                            bytes);
}

/* As much as fits behind the n bytes of the piece that stand there. */
static size_t escape(struct dead *self, size_t n, weir_line *from)
{
    while (from->size && n + 8 <= PIECE_BYTES)
        n += put_character(from, self->piece + n);
    return n;
}

static size_t put_text(struct dead *self, size_t n, const char *text)
{
    return n + (size_t)snprintf(self->piece + n, PIECE_BYTES - n, "%s", text);
}

static void begin_object(struct dead *self, const weir_error *error)
{
    char place[WHY_BYTES / 2], why[WHY_BYTES];

    weir_pl_place_text(NULL, error, place, sizeof place);
    snprintf(why, sizeof why, "%s%s", place, error->message);
    weir_line text = {why, strlen(why)};
    size_t n = escape(self, put_text(self, 0, "{\"error\":\""), &text);
    n = put_text(self, n, "\",\"value\":\"");
    self->raw = self->line;
    self->line = (weir_line){self->piece, n};
    self->quote = true;
}

/* false: nothing is left of it. */
static bool next_piece(struct dead *self)
{
    size_t n = escape(self, 0, &self->raw);

    if (!n && self->quote) {
        n = put_text(self, 0, "\"}");
        self->quote = false;
    }
    self->line = (weir_line){self->piece, n};
    return n;
}

/* ---- a file ---- */

/* READY: nothing is left of it. What is written stands until the source is asked again. */
static weir_poll write_line(struct dead *self, weir_cx *cx)
{
    while (self->line.size || next_piece(self) || self->newline) {
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

/* ---- a broker ---- */

/* It is polled while it has something to send. END: all is stored, and no more comes. */
static weir_poll send_some(struct dead *self, weir_cx *cx)
{
    uint64_t n;
    weir_poll got = weir_poll_next(self->sent, cx, &n, 1);

    if (got.n)
        return (weir_poll){0, WEIR_END};
    cx->error.fatal |= got.state == WEIR_ERROR;
    return got;
}

/* READY: there is room for one more. */
static weir_poll send_for_room(struct dead *self, weir_cx *cx)
{
    weir_poll got = self->unsafe ? send_some(self, cx) : (weir_poll){0, WEIR_READY};
    bool waits = got.state == WEIR_PENDING && !weir_pl_letters_have_room(self->letters);

    return waits || got.state == WEIR_ERROR ? got : (weir_poll){0, WEIR_READY};
}

/* READY: all is stored. */
static weir_poll send_all(struct dead *self, weir_cx *cx)
{
    weir_poll got = send_some(self, cx);

    if (got.state == WEIR_ERROR)
        return got;
    weir_poll stored = weir_pl_letters_settle(self->letters, cx);
    return stored.state == WEIR_PENDING ? (weir_poll){0, WEIR_PENDING} : stored;
}

/* ---- either ---- */

/* READY: it is one for the file. */
static weir_poll judge(struct dead *self, weir_cx *cx)
{
    if (cx->error.fatal || !weir_rejected(weir_source(&self->stream), &self->line))
        return (weir_poll){0, WEIR_ERROR};
    self->newline = !self->sent;
    self->unsafe = true;
    if (self->node->args[DEAD_WHY].given)
        begin_object(self, &cx->error);
    self->node->rejected++;
    if (!self->sent ||
        weir_pl_letters_put(self->letters, self->line,
                            weir_pl_each_rejected(weir_source(&self->stream)), &cx->error))
        return (weir_poll){0, WEIR_READY};
    weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes that were rejected", self->line.size);
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll make_safe(struct dead *self, weir_cx *cx)
{
    return self->sent ? send_all(self, cx)
                      : weir_writer_settle(self->writer, cx, WEIR_STRENGTH_DURABLE);
}

/* What was rejected before the mark is safe before it goes on. A file that could not be synced has
 * kept nothing. */
static weir_poll settle(struct dead *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};
    weir_mark *mark = self->mark;

    if (self->unsafe)
        got = make_safe(self, cx);
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

/* END: the file stands under its name, or the broker has all. */
static weir_poll finish(struct dead *self, weir_cx *cx)
{
    if (!self->sent)
        return (weir_poll){0, weir_poll_close(self->writer, cx).state};
    weir_pl_letters_end(self->letters);
    return send_some(self, cx);
}

static weir_poll dead_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct dead *self = dead_of(stream);

    if (self->over && !self->newline)
        return finish(self, cx);
    if (self->mark && !self->newline)
        return settle(self, cx);
    weir_poll got = self->sent ? send_for_room(self, cx) : write_line(self, cx);
    if (got.state != WEIR_READY || self->over || self->mark)
        return got;
    got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_ERROR)
        return judge(self, cx);
    if (got.state == WEIR_MARK) {
        self->mark = weir_mark_take(cx);
        return (weir_poll){0, WEIR_READY};
    }
    if (got.state != WEIR_END)
        return got;
    self->over = true; /* once what was rejected is where it belongs */
    return (weir_poll){got.n, WEIR_READY};
}

static void dead_fini(weir_stream *stream)
{
    struct dead *self = dead_of(stream);

    if (self->mark)
        weir_mark_settle(self->mark, false);
    if (self->sent)
        weir_drop(self->sent);
    else
        weir_drop(self->writer);
}

static weir_stage *dead_input(const weir_stream *stream, size_t i)
{
    const struct dead *self = dead_of(stream);
    return i ? NULL : self->sent ? &self->sent->stage : &self->writer->stage;
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

static void build_file(struct flow *flow, struct node *node)
{
    weir_writer *writer = weir_buf_writer(weir_pl_sink_file_writer(node), HELD_BYTES);

    if (weir_stage_failed(&flow->stream->stage)) {
        weir_drop(writer);
        return;
    }
    dead_of(flow->stream)->writer = writer;
    flow->stream = expect_durable(weir_stream_with(flow->stream, &writer->stage), writer);
}

static void build_letters(struct flow *flow, struct node *node)
{
    struct letters *letters = NULL;
    weir_stream *sent = weir_pl_letters_build(node->own, &letters);

    if (weir_stage_failed(&flow->stream->stage)) {
        weir_drop(sent);
        return;
    }
    dead_of(flow->stream)->letters = letters;
    dead_of(flow->stream)->sent = sent;
    flow->stream = weir_stream_with(flow->stream, &sent->stage);
}

static void build_dead(struct flow *flow, struct node *node)
{
    node->rejected = 0;
    flow->stream =
        weir_stream_new(flow->stream, sizeof(struct dead), &dead_ops, flow->stream->type);
    if (!weir_stage_failed(&flow->stream->stage))
        dead_of(flow->stream)->node = node;
    if (node->path)
        build_file(flow, node);
    else
        build_letters(flow, node);
}

/* ---- where to ---- */

static bool complain(const struct words *words, const struct node *node, const char *hint,
                     const char *message)
{
    size_t word = node->args[DEAD_FILE].word;
    weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0}, hint, message,
                     words->at[word].text);
    return false;
}

static bool has_option(const struct node *node, const char *name)
{
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (!strcmp(node->entry->args[i].name, name))
            return node->args[i].given;
    return false;
}

/* What is sent there is stored, and has no name: nobody could say which field it is. */
static bool check_broker(const struct node *node, const struct node *to, const struct words *words)
{
    if (!to->entry->broker)
        return complain(words, node, "dead FILE, or messages of a broker: nats:SUBJECT",
                        "nothing is kept at '%s'");
    if (has_option(to, "core"))
        return complain(words, node, "leave core out", "of '%s' nobody knows whether it arrived");
    if (has_option(to, "id") || has_option(to, "key") || has_option(to, "partition"))
        return complain(words, node, "leave id=, key= and partition= out",
                        "what is rejected has no fields: '%s'");
    const struct arg *args = node->args;
    if (args[DEAD_WHY].given)
        return complain(words, node, "leave why out",
                        "to '%s' what was wrong goes as a header, Weir-Error");
    if (args[SINK_APPEND].given || args[SINK_PARTIAL].given || args[SINK_SYNC].given)
        return complain(words, node, "leave it out", "append, partial= and sync= are of a file");
    return true;
}

/* As a sink '-' would be standard output, and what looks like an address is none. */
static bool check_name(const struct node *node, const struct words *words)
{
    const char *text = words->at[node->args[DEAD_FILE].word].text;
    char hint[128];

    if (!strcmp(text, "-"))
        return complain(words, node, "to write a file of that name, say './-'",
                        "'%s' is standard output, and 'dead' keeps what it is given");
    if (!strchr(text, ':') || weir_pl_address_looks_like(text))
        return true;
    snprintf(hint, sizeof hint, "to write a file of that name, say './%.*s'",
             (int)weir_pl_columns_cut(text, SIZE_MAX, 64), text);
    return complain(words, node, hint, "no address begins as '%s' does");
}

static bool check_dead(struct node *node, const struct words *words)
{
    size_t word = node->args[DEAD_FILE].word;

    if (!check_name(node, words))
        return false;
    struct node *to = weir_pl_room_zeroed(1, sizeof *to);
    if (!to)
        return weir_pl_note_no_memory(words);
    node->own = to;
    to->first = word;
    to->end = word + 1;
    if (!weir_pl_address_parse(to, words, ADDRESS_SINK))
        return false;
    node->path = to->path;
    return node->path ? weir_pl_sink_check_options(node, words) : check_broker(node, to, words);
}

static void drop_dead(struct node *node)
{
    struct node *to = node->own;

    if (!to)
        return;
    if (to->entry && to->entry->drop)
        to->entry->drop(to);
    weir_pl_room_free(to->text);
    weir_pl_room_free(to->address);
    weir_pl_room_free(to->own);
}

/* A command that fails is rejected, and not held against the chain at its end. */
static bool plan_dead(struct node *node, const struct words *words)
{
    struct node *before = node - 1;
    struct node *exec = before->inner ? before->inner : before;
    const struct arg *policy = exec->entry == &weir_pl_entry_exec ? weir_pl_exec_policy(exec)
                               : exec->entry == &weir_pl_entry_http_get
                                   ? weir_pl_http_get_policy(exec)
                                   : NULL;

    if (node->chain->served) {
        weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                         "on-error=skip, or a pipeline of its own behind it",
                         "'dead' writes one file, and a connection is one of many");
        return false;
    }
    if (policy && policy->given) {
        weir_pl_note_set(words, (struct span){policy->word, policy->word + 1},
                         (struct span){node->first, node->end}, "leave it out",
                         "the dead behind it takes those that fail");
        return false;
    }
    exec->rejects = true;
    return true;
}

static const char *dead_note(const struct node *node)
{
    if (!node->path)
        return "sends what was rejected; at most 64 of them, or 1 MiB, wait";
    return node->chain->marked ? "writes what was rejected; synced before an acknowledgement passes"
                               : "writes what was rejected";
}

const struct entry weir_pl_entry_dead = {
    .name = "dead",
    .usage = "dead FILE|ADDRESS [why]",
    .does = "write what the stages before it reject into a file, or to a broker",
    .help =
        "Each as it came, a line each: records that cannot be read, lines that are no UTF-8\n"
        "or too long (their beginning), the inputs of commands that fail. The rest goes on, and\n"
        "the exit code is 3 where there were any. FILE takes its name at the end; append,\n"
        "partial=keep and sync=no as behind a file that is a sink.\n"
        "why           an object a line instead, for from ndjson: {\"error\":...,\"value\":...};\n"
        "              bytes that are no UTF-8 are U+FFFD there\n"
        "ADDRESS is a broker's, nats:SUBJECT say: a message of each, with what was wrong in its\n"
        "header Weir-Error, behind which the headers stand that a message came with. Of messages\n"
        "that are acknowledged what is rejected is on disk, or stored, before they are: dead FILE\n"
        "append, or dead ADDRESS.",
    .example = "weir urls.txt ! lines ! par 16 exec 'curl -sf {}' ! dead bad.txt ! ./pages",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {SINK_ARG_SPECS,
             [DEAD_FILE] =
                 {.name = "FILE|ADDRESS", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
             [DEAD_WHY] = {.name = "why", .kind = ARG_WORD, .type = ARG_TEXT}},
    .build = build_dead,
    .check = check_dead,
    .drop = drop_dead,
    .plan = plan_dead,
    .note = dead_note,
};
