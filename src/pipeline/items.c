/* Items that hold lines: batches, and what commands wrote. One is held at a time, and lent. */
#include "pipeline/items.h"

#include <stdio.h>
#include <string.h>

#include "core/system_text.h"
#include "pipeline/records.h"

const char *weir_pl_result_text(const struct result *result, char out[32])
{
    const char *name = result->signo ? weir_signal_name(result->signo) : NULL;

    if (name)
        snprintf(out, 32, "SIG%s", name);
    else if (result->signo)
        snprintf(out, 32, "signal %d", result->signo);
    else
        snprintf(out, 32, "exit status %d", result->code);
    return out;
}

void weir_pl_result_drop(struct result *result)
{
    weir_owned_line_drop(&result->input);
    weir_owned_line_drop(&result->output);
}

static void drop_result(const weir_type *type, void *item)
{
    (void)type;
    weir_pl_result_drop(item);
}

const weir_type weir_pl_result_type = WEIR_TYPE_OWNING(struct result, drop_result);

/* ---- one at a time ---- */

/* The item that is held; its source gives another one when it was gone through. */
struct held {
    bool ended;
    bool there;
    bool batch; /* which of the two */
    weir_vec vec;
    struct result result;
    size_t at; /* of a batch: the next line; of a result: the next byte of its output */
};

static void let_go(struct held *self)
{
    if (!self->there)
        return;
    if (self->batch)
        weir_vec_drop(&self->vec);
    else
        weir_pl_result_drop(&self->result);
    self->there = false;
}

/* READY: there is one. */
static weir_poll hold_next(struct held *self, weir_stream *source, weir_cx *cx)
{
    let_go(self);
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    void *out = self->batch ? (void *)&self->vec : (void *)&self->result;
    weir_poll got = weir_poll_next(source, cx, out, 1);
    self->ended = got.state == WEIR_END;
    self->there = got.n;
    self->at = 0;
    return got.n ? (weir_poll){0, WEIR_READY} : got;
}

/* ---- lines ---- */

struct unbatch {
    weir_stream stream;
    struct held held;
};

static struct unbatch *unbatch_of(weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct unbatch, stream);
}

static bool next_of_batch(struct held *self, weir_line *out)
{
    const weir_owned_line *lines = self->vec.items;

    if (self->at == self->vec.n)
        return false;
    *out = weir_line_of(lines[self->at++]);
    return true;
}

/* As lines are parted everywhere: the last one may lack its newline, CR before it goes. */
static bool next_of_output(struct held *self, weir_line *out)
{
    const weir_owned_line *text = &self->result.output;

    if (self->at == text->size)
        return false;
    const char *begin = text->data + self->at;
    const char *newline = memchr(begin, '\n', text->size - self->at);
    size_t n = newline ? (size_t)(newline - begin) : text->size - self->at;
    self->at += n + (newline != NULL);
    *out = (weir_line){begin, newline && n && begin[n - 1] == '\r' ? n - 1 : n};
    return true;
}

static weir_poll unbatch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct held *held = &unbatch_of(stream)->held;
    weir_line *lines = out;
    uint32_t n = 0;

    if (!held->there) {
        weir_poll got = hold_next(held, weir_source(stream), cx);
        if (got.state != WEIR_READY)
            return got;
    }
    while (n < demand &&
           (held->batch ? next_of_batch(held, &lines[n]) : next_of_output(held, &lines[n])))
        n++;
    if (!n)
        let_go(held); /* what it lent is valid until this poll alone */
    return (weir_poll){n, WEIR_READY};
}

static void unbatch_fini(weir_stream *stream)
{
    let_go(&unbatch_of(stream)->held);
}

static size_t unbatch_memory_max(const weir_stream *stream)
{
    (void)stream;
    return 0; /* whoever made the item counts one that was given */
}

static const weir_stream_ops unbatch_ops = {.size = sizeof unbatch_ops,
                                            .name = "unbatch",
                                            .poll_next = unbatch_poll_next,
                                            .fini = unbatch_fini,
                                            .marks = WEIR_MARKS_HOLD,
                                            .memory_max = unbatch_memory_max};

weir_stream *weir_pl_items_to_lines(weir_stream *source, unsigned type)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct unbatch), &unbatch_ops, &weir_type_line);

    if (!weir_stage_failed(&stream->stage))
        unbatch_of(stream)->held.batch = type == FLOW_BATCHES;
    return stream;
}

/* ---- what commands wrote, as it is or for people ---- */

enum { PIECE_BYTES = 128, COPY_BYTES = 64 << 10, LONG_BYTES = 16 << 10 };

struct outputs {
    weir_reader reader;
    struct held held;
    weir_line rest; /* of the piece that is being given */
    bool print;
    bool lent; /* what is in hand is of the item */
    enum { HEAD, INPUT, OUTPUT, OVER } part;
    char piece[4 * PIECE_BYTES + 80];
};

static struct outputs *outputs_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct outputs, reader);
}

/* Of up to PIECE_BYTES; what would steer a terminal stands as \xHH. */
static size_t put_harmless(char *out, const char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c >= ' ' && c != 127) || c == '\t') {
            out[size++] = (char)c;
            continue;
        }
        memcpy(out + size, "\\x", 2);
        out[size + 2] = digits[c >> 4];
        out[size + 3] = digits[c & 15];
        size += 4;
    }
    return size;
}

/* "ok        0.012 s  " */
static size_t put_head(struct outputs *self)
{
    const struct result *result = &self->held.result;
    unsigned long long ms = result->ns / 1000000;
    char how[32];

    if (weir_pl_result_is_good(result))
        snprintf(how, sizeof how, result->status ? "%u" : "ok", result->status);
    else
        weir_pl_result_text(result, how);
    return (size_t)snprintf(self->piece, sizeof self->piece, "%-15s %4llu.%03llu s  ", how,
                            ms / 1000, ms % 1000);
}

/* A piece of a text from held.at on, up to its end or, of the output, to the end of a line. */
static size_t put_text(struct outputs *self, const weir_owned_line *text, bool lines)
{
    size_t *at = &self->held.at, left = text->size - *at;
    const char *begin = text->data + *at;
    bool first = lines && (*at == 0 || begin[-1] == '\n');
    size_t n = left < PIECE_BYTES ? left : PIECE_BYTES;
    const char *newline = lines ? memchr(begin, '\n', n) : NULL;
    size_t size = first ? 2 : 0;

    memcpy(self->piece, "  ", size);
    n = newline ? (size_t)(newline - begin) : n;
    size += put_harmless(self->piece + size, begin, n);
    *at += n + (newline != NULL);
    if (newline || *at == text->size)
        self->piece[size++] = '\n';
    return size;
}

/* How many bytes stand in the piece; 0: the item is over. */
static size_t next_printed(struct outputs *self)
{
    const weir_owned_line *input = &self->held.result.input, *output = &self->held.result.output;

    switch (self->part) {
    case HEAD:
        self->part = INPUT;
        return put_head(self);
    case INPUT: {
        size_t n = put_text(self, input, false);
        if (self->held.at == input->size) {
            self->held.at = 0;
            self->part = OUTPUT;
        }
        return n;
    }
    default:
        return self->held.at < output->size ? put_text(self, output, true) : 0;
    }
}

/* The next piece of the item that is held; false: it has no more. */
static bool next_piece(struct outputs *self)
{
    if (!self->held.there)
        return false;
    if (self->print) {
        self->rest = (weir_line){self->piece, next_printed(self)};
        return self->rest.size;
    }
    if (self->part == OVER)
        return false;
    self->rest = weir_line_of(self->held.result.output);
    self->part = OVER;
    return true;
}

/* What is in hand stands in a block of our own from now on. */
static bool unlend(struct outputs *self)
{
    weir_reader *reader = &self->reader;

    if (self->lent && reader->end == reader->begin)
        weir_reader_release(reader);
    else if (self->lent && !weir_reader_room(reader, 1))
        return false;
    self->lent = false;
    return true;
}

/* A long one is lent where nothing else is in hand. */
static bool give(struct outputs *self)
{
    weir_reader *reader = &self->reader;
    size_t n = self->rest.size < COPY_BYTES ? self->rest.size : COPY_BYTES;

    if (reader->end == reader->begin && !self->print && n >= LONG_BYTES) {
        weir_reader_release(reader);
        reader->base = (unsigned char *)(uintptr_t)self->rest.data;
        reader->end = self->rest.size;
        reader->stage.padded = false;
        self->lent = true;
        self->rest.size = 0;
        return true;
    }
    unsigned char *out = weir_reader_room(reader, n);
    if (!out)
        return false;
    memcpy(out, self->rest.data, n);
    reader->end += n;
    self->rest.data += n;
    self->rest.size -= n;
    return true;
}

static weir_poll fail_memory(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for what a command wrote");
}

static weir_poll outputs_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct outputs *self = outputs_of(reader);

    while (reader->end - reader->begin < min) {
        if (!unlend(self))
            return fail_memory(cx);
        if (!self->rest.size && !next_piece(self)) {
            weir_poll got = hold_next(&self->held, (weir_stream *)reader->stage.source, cx);
            if (got.state != WEIR_READY)
                return got;
            self->part = HEAD;
        } else if (self->rest.size && !give(self)) {
            return fail_memory(cx);
        }
    }
    return (weir_poll){0, WEIR_READY};
}

static void outputs_fini(weir_reader *reader)
{
    let_go(&outputs_of(reader)->held);
}

static size_t outputs_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, COPY_BYTES);
}

static const weir_reader_ops outputs_ops = {.size = sizeof outputs_ops,
                                            .name = "outputs",
                                            .poll_fill = outputs_poll_fill,
                                            .fini = outputs_fini,
                                            .memory_max = outputs_memory_max};

static weir_reader *outputs_new(weir_stream *stream, bool print)
{
    weir_reader *reader = weir_reader_over_stream(stream, sizeof(struct outputs), &outputs_ops);

    if (!weir_stage_failed(&reader->stage))
        outputs_of(reader)->print = print;
    return reader;
}

weir_reader *weir_pl_items_to_bytes(weir_stream *stream, unsigned type)
{
    if (type == FLOW_RECORDS)
        return weir_pl_records_to_nothing(stream); /* only `null` takes them as they are */
    if (type == FLOW_RESULTS)
        return outputs_new(stream, false);
    return weir_to_lines(type == FLOW_BATCHES ? weir_pl_items_to_lines(stream, type) : stream);
}

weir_reader *weir_pl_items_to_print(weir_stream *stream, unsigned type)
{
    if (type == FLOW_RECORDS)
        return weir_pl_records_to_table(stream);
    return type == FLOW_RESULTS ? outputs_new(stream, true) : weir_pl_items_to_bytes(stream, type);
}
