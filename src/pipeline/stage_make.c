/* Sources that make what they give: numbers, bytes, ticks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "pipeline/draw.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { NUMBER_BYTES = 24, LINES_AT_ONCE = 64 };

/* What is told to stop ends, and says that there was more. */
static weir_poll cut(weir_cx *cx)
{
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

static weir_line line_of_number(char text[NUMBER_BYTES], bool negative, uint64_t n)
{
    char *at = text + NUMBER_BYTES;

    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    if (negative)
        *--at = '-';
    return (weir_line){at, (size_t)(text + NUMBER_BYTES - at)};
}

/* ---- seq ---- */

enum { SEQ_FROM, SEQ_TO, SEQ_STEP };

struct seq {
    weir_stream stream;
    int64_t next, last, step;
    bool over;
    char texts[LINES_AT_ONCE][NUMBER_BYTES];
};

static bool is_past(const struct seq *self)
{
    return self->over || (self->step > 0 ? self->next > self->last : self->next < self->last);
}

static weir_poll seq_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct seq *self = WEIR_CONTAINER(stream, struct seq, stream);
    weir_line *lines = out;
    uint32_t n = 0;

    if (cx->stopping && !is_past(self))
        return cut(cx);
    for (; n < demand && n < LINES_AT_ONCE && !is_past(self); n++) {
        int64_t now = self->next;
        uint64_t size = now < 0 ? -(uint64_t)now : (uint64_t)now;
        lines[n] = line_of_number(self->texts[n], now < 0, size);
        self->over = __builtin_add_overflow(now, self->step, &self->next);
    }
    return (weir_poll){n, is_past(self) ? WEIR_END : WEIR_READY};
}

static const weir_stream_ops seq_ops = {
    .size = sizeof seq_ops, .name = "seq", .poll_next = seq_poll_next};

static void build_seq(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    const struct arg *to = &args[args[SEQ_TO].given ? SEQ_TO : SEQ_FROM];

    flow->stream = weir_source_new(sizeof(struct seq), &seq_ops, &weir_type_line);
    if (weir_stage_failed(&flow->stream->stage))
        return;
    struct seq *self = WEIR_CONTAINER(flow->stream, struct seq, stream);
    self->next = to != &args[SEQ_FROM] && args[SEQ_FROM].given ? (int64_t)args[SEQ_FROM].number : 1;
    self->last = (int64_t)to->number;
    self->step = args[SEQ_STEP].given ? (int64_t)args[SEQ_STEP].number : 1;
}

static bool check_seq(struct node *node, const struct words *words)
{
    const struct arg *step = &node->args[SEQ_STEP], *from = &node->args[SEQ_FROM];

    /* One number is TO, unless it is called otherwise. */
    if (!node->args[SEQ_TO].given &&
        (!from->given || !strncmp(words->at[from->word].text, "from=", 5))) {
        weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                         "usage: seq [FROM] TO [step=N]", "'seq' needs TO");
        return false;
    }
    if (!step->given || step->number)
        return true;
    weir_pl_note_set(words, (struct span){step->word, step->word + 1}, (struct span){0, 0},
                     "step=1", "a step of 0 never gets there");
    return false;
}

const struct entry weir_pl_entry_seq = {
    .name = "seq",
    .usage = "seq [FROM] TO [step=N]",
    .does = "give the numbers from FROM (1) to TO, a line each",
    .help = "step=N  every Nth; down where it is negative: seq 10 1 step=-1\n"
            "Where TO is on the other side there are none.",
    .example = "weir seq 1 100 ! par 8 exec 'ping -c 1 10.0.0.{}' ! print",
    .gives = FLOW_LINES,
    .args = {[SEQ_FROM] = {.name = "FROM", .kind = ARG_VALUE, .type = ARG_INTEGER},
             [SEQ_TO] = {.name = "TO", .kind = ARG_VALUE, .type = ARG_INTEGER},
             [SEQ_STEP] = {.name = "step", .kind = ARG_KEY, .type = ARG_INTEGER}},
    .copies = true,
    .build = build_seq,
    .check = check_seq,
};

/* ---- random, zero ---- */

enum { MADE_BYTES, MADE_SEED };
enum { MADE_BLOCK_BYTES = 64 << 10, ZEROS_BYTES = 256 << 10 };

struct made {
    weir_reader reader;
    uint64_t left;
    uint64_t state; /* of random */
};

static struct made *made_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct made, reader);
}

/* Word i of a seed is the same, however much is asked for at once. */
static void put_random(struct made *self, unsigned char *out, size_t n)
{
    uint64_t state = self->state;

    for (size_t i = 0; i < n; i += sizeof state) {
        uint64_t x = weir_pl_draw(&state);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        x = __builtin_bswap64(x);
#endif
        memcpy(out + i, &x, sizeof x);
    }
    self->state = state;
}

static void put_zeros(struct made *self, unsigned char *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
}

static weir_poll make(weir_reader *reader, weir_cx *cx, size_t min,
                      void (*put)(struct made *self, unsigned char *out, size_t n))
{
    struct made *self = made_of(reader);

    if (cx->stopping && self->left)
        return cut(cx);
    while (self->left && reader->end - reader->begin < min) {
        size_t n = self->left < MADE_BLOCK_BYTES ? (size_t)self->left : MADE_BLOCK_BYTES;
        unsigned char *out = weir_reader_room(reader, MADE_BLOCK_BYTES);
        if (!out)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes",
                             (size_t)MADE_BLOCK_BYTES);
        put(self, out, (n + 7) / 8 * 8);
        reader->end += n;
        self->left -= n;
    }
    return (weir_poll){0, reader->end - reader->begin < min ? WEIR_END : WEIR_READY};
}

static weir_poll random_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    return make(reader, cx, min, put_random);
}

/* The same zeros are lent again and again, unless more is wanted in one piece. */
static weir_poll zero_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    static unsigned char zeros[ZEROS_BYTES];
    struct made *self = made_of(reader);

    if (reader->end > reader->begin || min > ZEROS_BYTES || !self->left || cx->stopping)
        return make(reader, cx, min, put_zeros);
    weir_reader_release(reader);
    reader->base = zeros;
    reader->end = self->left < ZEROS_BYTES ? (size_t)self->left : ZEROS_BYTES;
    self->left -= reader->end;
    return (weir_poll){0, reader->end < min ? WEIR_END : WEIR_READY};
}

static weir_hint made_size_hint(const weir_reader *reader)
{
    uint64_t left = WEIR_CONTAINER(reader, struct made, reader)->left;
    size_t n = left < WEIR_HINT_UNKNOWN ? (size_t)left : WEIR_HINT_UNKNOWN;
    return (weir_hint){n, n};
}

static size_t made_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, MADE_BLOCK_BYTES);
}

static const weir_reader_ops random_ops = {.size = sizeof random_ops,
                                           .name = "random",
                                           .poll_fill = random_poll_fill,
                                           .size_hint = made_size_hint,
                                           .memory_max = made_memory_max};

static const weir_reader_ops zero_ops = {.size = sizeof zero_ops,
                                         .name = "zero",
                                         .poll_fill = zero_poll_fill,
                                         .size_hint = made_size_hint,
                                         .memory_max = made_memory_max};

static uint64_t made_total(const struct node *node)
{
    const struct arg *bytes = &node->args[MADE_BYTES];
    return bytes->given ? bytes->number : UINT64_MAX;
}

static struct made *build_made(struct flow *flow, struct node *node, const weir_reader_ops *ops)
{
    flow->reader = weir_reader_new(sizeof(struct made), ops);
    if (weir_stage_failed(&flow->reader->stage))
        return NULL;
    made_of(flow->reader)->left = made_total(node);
    return made_of(flow->reader);
}

static void build_random(struct flow *flow, struct node *node)
{
    struct made *self = build_made(flow, node, &random_ops);

    if (!self)
        return;
    if (node->args[MADE_SEED].given)
        self->state = node->args[MADE_SEED].number;
    else if (getrandom(&self->state, sizeof self->state, GRND_NONBLOCK) < 0)
        self->state = (uint64_t)(uintptr_t)self; /* no entropy yet: what this process has */
}

static void build_zero(struct flow *flow, struct node *node)
{
    build_made(flow, node, &zero_ops);
}

static const char *random_note(const struct node *node)
{
    return node->args[MADE_SEED].given ? "the same bytes for the same seed"
                                       : "other bytes each time; seed=N: the same";
}

#define MADE_BYTES_SPEC                                                                            \
    [MADE_BYTES] = {.name = "BYTES", .kind = ARG_VALUE, .type = ARG_BYTES, .max = UINT64_MAX - 1}

const struct entry weir_pl_entry_random = {
    .name = "random",
    .usage = "random [BYTES] [seed=N]",
    .does = "give random bytes, without an end where no number is said",
    .help = "seed=N  the same bytes each time, on every machine\n"
            "They are drawn fast (splitmix64), and are no secret: not for keys.",
    .example = "weir random 10G seed=1 ! gzip ! gunzip ! null",
    .gives = FLOW_BYTES,
    .args = {MADE_BYTES_SPEC, [MADE_SEED] = {.name = "seed",
                                             .kind = ARG_KEY,
                                             .type = ARG_NUMBER,
                                             .max = UINT64_MAX}},
    .copies = true,
    .build = build_random,
    .note = random_note,
    .total = made_total,
};

const struct entry weir_pl_entry_zero = {
    .name = "zero",
    .usage = "zero [BYTES]",
    .does = "give zero bytes, without an end where no number is said",
    .example = "weir zero 1M ! ./image",
    .gives = FLOW_BYTES,
    .args = {MADE_BYTES_SPEC},
    .build = build_zero,
    .total = made_total,
};

/* ---- every ---- */

enum { EVERY_TIME, EVERY_COUNT };

struct ticks {
    weir_stream stream;
    uint64_t left;
    char text[NUMBER_BYTES];
};

static weir_poll ticks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct ticks *self = WEIR_CONTAINER(stream, struct ticks, stream);
    uint64_t tick = 0;

    (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, &tick, 1);
    if (!got.n)
        return got;
    *(weir_line *)out = line_of_number(self->text, false, tick + 1);
    self->left--;
    return (weir_poll){1, self->left ? got.state : WEIR_END};
}

static const weir_stream_ops ticks_ops = {
    .size = sizeof ticks_ops, .name = "every", .poll_next = ticks_poll_next};

static void build_every(struct flow *flow, struct node *node)
{
    weir_stream *ticks = weir_interval(node->args[EVERY_TIME].number, WEIR_MISSED_SKIP);
    const struct arg *count = &node->args[EVERY_COUNT];

    flow->stream = weir_stream_new(ticks, sizeof(struct ticks), &ticks_ops, &weir_type_line);
    if (!weir_stage_failed(&flow->stream->stage))
        WEIR_CONTAINER(flow->stream, struct ticks, stream)->left =
            count->given ? count->number : UINT64_MAX;
}

static const char *every_note(const struct node *node)
{
    return node->args[EVERY_COUNT].given ? "" : "ends when it is told to stop";
}

const struct entry weir_pl_entry_every = {
    .name = "every",
    .usage = "every TIME [count=N]",
    .does = "give a line at once, and one more each TIME: its number, from 1",
    .help = "TIME     500ms, 10s, 5m, 1h\n"
            "count=N  end after N lines\n"
            "What nobody took in time is left out, and so is its number.",
    .example = "weir every 10s ! exec 'df -h /' ! print",
    .gives = FLOW_LINES,
    .args = {[EVERY_TIME] = {.name = "TIME", .kind = ARG_VALUE, .type = ARG_TIME, .required = true},
             [EVERY_COUNT] = {.name = "count",
                              .kind = ARG_KEY,
                              .type = ARG_NUMBER,
                              .min = 1,
                              .max = UINT64_MAX}},
    .copies = true,
    .build = build_every,
    .note = every_note,
};
