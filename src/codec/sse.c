/* sse: the events of a text/event-stream. An event stands in the buffer whole, from its first field
 * to its blank line; what stands between events is skipped line by line, so that comments which
 * keep a connection alive are never gathered. */

#include "weir/sse.h"

#include <string.h>

#include "bytes/find.h"
#include "codec/adapter.h"
#include "weir/decode.h"

/* Memory that grows, and holds what it holds until the next poll. */
struct sse_block {
    char *bytes;
    size_t size;
};

struct sse {
    size_t event_bytes_max;
    size_t at;    /* of the bytes shown: where the line begins that was not seen whole */
    size_t look;  /* ... and how far no end of it was found */
    bool fields;  /* an event has begun */
    bool began;   /* the byte order mark was looked for */
    bool cr;      /* a CR ended the last line: a LF behind it is of the same end */
    bool said_id; /* in this poll: `id` stands in the bytes shown */
    weir_line id;
    struct sse_block kept;  /* ids are kept here from poll to poll, */
    struct sse_block spare; /* or here: larger, and not yet used */
    struct sse_block joined;
    size_t joined_n; /* of it, by events of this poll */
    int64_t retry_ms;
};

/* ---- memory ---- */

static void drop_block(struct sse_block *block)
{
    if (block->bytes)
        weir_release(block->bytes, block->size);
    *block = (struct sse_block){NULL, 0};
}

/* Room for `size` bytes in a block that nobody looks at. */
static bool sse_make_room(struct sse_block *block, size_t size)
{
    if (block->size >= size)
        return true;
    drop_block(block);
    block->bytes = weir_allocate(size);
    block->size = block->bytes ? size : 0;
    return block->bytes != NULL;
}

static void sse_release(void *state)
{
    struct sse *self = state;
    self->joined_n = 0;
    if (!self->said_id)
        return;
    self->said_id = false;
    if (self->kept.size < self->id.size) {
        struct sse_block small = self->kept;
        self->kept = self->spare;
        self->spare = small;
    }
    if (self->id.size)
        self->id.data = memcpy(self->kept.bytes, self->id.data, self->id.size);
    else
        self->id.data = "";
}

/* ---- lines ---- */

/* The end of the line that begins at bytes[from], looked for from `look` on; n: there is none. */
static size_t sse_line_end(const unsigned char *bytes, size_t look, size_t n)
{
    size_t end = look + weir_find_byte(bytes + look, n - look, '\n');
    return look + weir_find_byte(bytes + look, end - look, '\r');
}

struct field {
    weir_line name;
    weir_line value;
};

static struct field sse_field_of(const unsigned char *line, size_t n)
{
    const char *text = (const char *)line;
    size_t name = weir_find_byte(line, n, ':');
    size_t value = name + (name < n);
    value += value < n && text[value] == ' ';
    return (struct field){{text, name}, {text + value, n - value}};
}

static bool holds_nul(weir_line text)
{
    return weir_find_byte((const unsigned char *)text.data, text.size, 0) < text.size;
}

#define SSE_WORD(literal_) literal_, sizeof literal_ - 1 /* there may be no strlen */

static bool is_named(const struct field *field, const char *name, size_t n)
{
    return field->name.size == n && !memcmp(field->name.data, name, n);
}

static bool is_of_event(const struct field *field)
{
    return is_named(field, SSE_WORD("data")) || is_named(field, SSE_WORD("event")) ||
           is_named(field, SSE_WORD("id"));
}

/* Digits alone count. */
static void take_retry(struct sse *self, const weir_line *value)
{
    int64_t ms = 0;
    for (size_t i = 0; i < value->size; i++) {
        unsigned digit = (unsigned char)value->data[i] - '0';
        if (digit > 9)
            return;
        if (__builtin_mul_overflow(ms, 10, &ms) || __builtin_add_overflow(ms, digit, &ms))
            ms = INT64_MAX; /* it stays there */
    }
    if (value->size)
        self->retry_ms = ms;
}

/* ---- events ---- */

/* What the lines of an event say. */
struct sse_said {
    weir_line event;
    weir_line data; /* of the only data line */
    weir_line id;
    size_t lines;  /* of data */
    size_t data_n; /* bytes of all of them, with a newline between two */
    bool has_id;
};

static void hear(struct sse_said *said, const struct field *field)
{
    if (is_named(field, SSE_WORD("data"))) {
        said->data_n += field->value.size + (said->lines++ > 0);
        said->data = field->value;
    } else if (is_named(field, SSE_WORD("event"))) {
        said->event = field->value;
    } else if (is_named(field, SSE_WORD("id")) && !holds_nul(field->value)) {
        said->id = field->value;
        said->has_id = true;
    }
}

/* Goes through the lines of an event, which is whole: *from is the next line's beginning. */
static bool next_field(const unsigned char *bytes, size_t n, size_t *from, struct field *field)
{
    if (*from >= n)
        return false;
    size_t end = sse_line_end(bytes, *from, n);
    *field = sse_field_of(bytes + *from, end - *from);
    *from = end + 1 + (end + 1 < n && bytes[end] == '\r' && bytes[end + 1] == '\n');
    return true;
}

static struct sse_said sse_listen(const unsigned char *bytes, size_t n)
{
    struct sse_said said = {0};
    struct field field;
    for (size_t from = 0; next_field(bytes, n, &from, &field);)
        hear(&said, &field);
    return said;
}

/* The data lines side by side; there is room. */
static weir_line sse_join(struct sse *self, const unsigned char *bytes, size_t n, size_t data_n)
{
    char *begin = self->joined.bytes + self->joined_n, *out = begin;
    size_t lines = 0;
    struct field field;
    for (size_t from = 0; next_field(bytes, n, &from, &field);) {
        if (!is_named(&field, SSE_WORD("data")))
            continue;
        if (lines++)
            *out++ = '\n';
        memcpy(out, field.value.data, field.value.size);
        out += field.value.size;
    }
    self->joined_n += data_n;
    return (weir_line){begin, data_n};
}

static weir_decoded sse_no_memory(weir_error *error)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for an event");
    return (weir_decoded){WEIR_FOUND_BAD, 0};
}

/* The block of joined data is as large as it may be, so that it never moves under events. */
static bool sse_has_room(const struct sse *self, size_t n)
{
    return !self->joined.bytes || self->joined.size - self->joined_n >= n;
}

static void end_event(struct sse *self)
{
    self->at = self->look = 0;
    self->fields = false;
}

/* The first n bytes are an event. */
static weir_decoded dispatch(struct sse *self, const unsigned char *bytes, size_t n,
                             weir_sse_event *out, weir_error *error)
{
    struct sse_said said = sse_listen(bytes, n);
    bool joins = said.lines > 1;
    if (joins && !sse_has_room(self, said.data_n))
        return (weir_decoded){WEIR_FOUND_NEED, 0};
    if (joins && !sse_make_room(&self->joined, self->event_bytes_max))
        return sse_no_memory(error);
    if (said.has_id && self->kept.size < said.id.size && !sse_make_room(&self->spare, said.id.size))
        return sse_no_memory(error);
    end_event(self);
    if (said.has_id) {
        self->id = said.id;
        self->said_id = true;
    }
    if (!said.lines)
        return (weir_decoded){WEIR_FOUND_SKIP, n};
    if (joins)
        said.data = sse_join(self, bytes, n, said.data_n);
    if (!said.event.size)
        said.event = (weir_line){"message", 7};
    *out = (weir_sse_event){said.event, said.data, self->id, self->retry_ms};
    return (weir_decoded){WEIR_FOUND_ITEM, n};
}

/* ---- the decoder ---- */

static weir_decoded sse_skip(struct sse *self, size_t n)
{
    end_event(self);
    return (weir_decoded){WEIR_FOUND_SKIP, n};
}

/* At the very beginning. true: *got is the answer. */
static bool skips_mark(struct sse *self, const unsigned char *bytes, size_t n, bool last,
                       weir_decoded *got)
{
    static const unsigned char mark[3] = {0xef, 0xbb, 0xbf};
    bool so_far = !memcmp(bytes, mark, n < sizeof mark ? n : sizeof mark);
    if (so_far && n < sizeof mark && !last) {
        *got = (weir_decoded){WEIR_FOUND_NEED, sizeof mark};
        return true;
    }
    self->began = true;
    *got = (weir_decoded){WEIR_FOUND_SKIP, sizeof mark};
    return so_far && n >= sizeof mark;
}

/* What is not whole when the input ends says nothing. */
static weir_decoded run_out(struct sse *self, size_t n)
{
    return n ? sse_skip(self, n) : (weir_decoded){WEIR_FOUND_NEED, 1};
}

/* A line that is whole, bytes[at .. end). true: it is of no event. */
static bool sse_take_line(struct sse *self, const unsigned char *bytes, size_t at, size_t end,
                          size_t next)
{
    struct field field = sse_field_of(bytes + at, end - at);
    if (is_named(&field, SSE_WORD("retry")))
        take_retry(self, &field.value);
    self->fields |= is_of_event(&field);
    self->at = self->look = next;
    return !self->fields;
}

static weir_decoded sse_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                               void *out, weir_error *error)
{
    struct sse *self = state;
    weir_decoded got;
    if (!self->began && skips_mark(self, bytes, n, last, &got))
        return got;
    for (;;) {
        if (self->cr && self->at < n) {
            self->cr = false;
            self->at += bytes[self->at] == '\n';
            self->look = self->at;
            if (self->at && !self->fields)
                return sse_skip(self, self->at);
        }
        size_t at = self->at, end = sse_line_end(bytes, self->look, n);
        self->look = end;
        if (end == n)
            return last ? run_out(self, n) : (weir_decoded){WEIR_FOUND_NEED, n + 1};
        self->cr = bytes[end] == '\r';
        if (end == at && self->fields)
            return dispatch(self, bytes, end + 1, out, error);
        if (sse_take_line(self, bytes, at, end, end + 1))
            return sse_skip(self, end + 1);
    }
}

static bool sse_init(void *state, const void *options, weir_error *error)
{
    struct sse *self = state;
    (void)error;
    self->event_bytes_max = *(const size_t *)options;
    self->retry_ms = -1;
    self->id.data = "";
    return true;
}

static void sse_fini(void *state)
{
    struct sse *self = state;
    drop_block(&self->kept);
    drop_block(&self->spare);
    drop_block(&self->joined);
}

static size_t sse_memory_max(const void *options)
{
    return 3 * *(const size_t *)options;
}

static const weir_decoder sse_decoder = {.size = sizeof sse_decoder,
                                         .name = "sse",
                                         .type = &weir_type_sse_event,
                                         .state_size = sizeof(struct sse),
                                         .decode = sse_decode,
                                         .init = sse_init,
                                         .fini = sse_fini,
                                         .memory_max = sse_memory_max,
                                         .release = sse_release};

weir_stream *weir_sse(weir_reader *source, const weir_sse_options *given)
{
    enum { FIRST_BYTES = offsetof(weir_sse_options, event_bytes_max) + sizeof(size_t) };
    weir_sse_options options;
    weir_options_take(&options, sizeof options, given, FIRST_BYTES);
    size_t most = options.event_bytes_max ? options.event_bytes_max : WEIR_EVENT_BYTES_MAX_DEFAULT;
    return weir_decode(source, &sse_decoder, &most, most);
}

weir_line weir_sse_last_id(const weir_stream *sse)
{
    const struct sse *self = weir_decode_state(sse, &sse_decoder);
    return self ? self->id : (weir_line){"", 0};
}

int64_t weir_sse_retry_ms(const weir_stream *sse)
{
    const struct sse *self = weir_decode_state(sse, &sse_decoder);
    return self ? self->retry_ms : -1;
}
