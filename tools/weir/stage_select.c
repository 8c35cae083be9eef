/* Lines in, some of them out, by what came before or comes behind: uniq, last, sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "draw.h"
#include "pipeline.h"
#include "stages.h"

/* ---- uniq ---- */

enum { UNIQ_COUNT };
enum { HEAD_BYTES = 32, ROUND_BYTES = 4096, TAKE_LINES = WEIR_DEMAND_MAX };

/* A line that is kept, with room for a number before it. */
struct kept_line {
    char *bytes;
    size_t size, room;
};

struct uniq {
    weir_stream stream;
    size_t longest; /* line */
    bool any;
    struct kept_line lines[2]; /* the one at `now` is of the run at hand; the other one was lent */
    unsigned now;
    /* With count: */
    uint64_t count;
    weir_line in[TAKE_LINES]; /* lent: those from `at` on were not looked at yet */
    uint32_t at, n;
    bool ended;
};

static struct uniq *uniq_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct uniq, stream);
}

static size_t kept_room(size_t size)
{
    return (HEAD_BYTES + size + ROUND_BYTES - 1) / ROUND_BYTES * ROUND_BYTES;
}

static void kept_drop(struct kept_line *kept)
{
    if (kept->bytes)
        weir_release(kept->bytes, kept->room);
    *kept = (struct kept_line){0};
}

/* False. */
static bool no_memory(weir_cx *cx, const char *stage)
{
    weir_fail(cx, WEIR_E_MEMORY, "%s: no memory for a line", stage);
    return false;
}

/* What it held is over, so that the new room need not stand beside the old one. */
static bool keep_line(struct kept_line *kept, weir_cx *cx, weir_line line)
{
    if (!kept->bytes || HEAD_BYTES + line.size > kept->room) {
        size_t room = kept_room(line.size);
        kept_drop(kept);
        kept->bytes = weir_allocate(room);
        if (!kept->bytes)
            return no_memory(cx, "uniq");
        kept->room = room;
    }
    if (line.size)
        memcpy(kept->bytes + HEAD_BYTES, line.data, line.size);
    kept->size = line.size;
    return true;
}

static weir_line kept_view(const struct kept_line *kept)
{
    return (weir_line){kept->bytes + HEAD_BYTES, kept->size};
}

static bool is_equal(weir_line a, weir_line b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

/* The first of each run goes on as it stands; of a poll only the last line is copied. */
static weir_poll uniq_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct uniq *self = uniq_of(stream);
    struct kept_line *kept = &self->lines[0];
    weir_line *lines = out, before = {NULL, 0};
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    uint32_t n = 0;

    if (!got.n)
        return got;
    if (self->any)
        before = kept_view(kept);
    for (uint32_t i = 0; i < got.n; i++) {
        weir_line line = lines[i];
        if (!self->any || !is_equal(before, line))
            lines[n++] = line;
        before = line;
        self->any = true;
    }
    return keep_line(kept, cx, before) ? (weir_poll){n, got.state} : (weir_poll){0, WEIR_ERROR};
}

/* The run is over: its line with its number, as uniq -c has it. */
static weir_line counted_line(struct uniq *self)
{
    struct kept_line *kept = &self->lines[self->now];
    char number[HEAD_BYTES];
    size_t n = (size_t)snprintf(number, sizeof number, "%7llu ", (unsigned long long)self->count);

    memcpy(kept->bytes + HEAD_BYTES - n, number, n);
    self->now ^= 1;
    return (weir_line){kept->bytes + HEAD_BYTES - n, kept->size + n};
}

/* READY with n == 1: a run ended, and stands in *out. */
static weir_poll count_lines(struct uniq *self, weir_cx *cx, weir_line *out)
{
    while (self->at < self->n) {
        weir_line line = self->in[self->at++];
        if (self->count && is_equal(kept_view(&self->lines[self->now]), line)) {
            self->count++;
            continue;
        }
        bool over = self->count;
        if (over)
            *out = counted_line(self);
        if (!keep_line(&self->lines[self->now], cx, line))
            return (weir_poll){0, WEIR_ERROR};
        self->count = 1;
        if (over)
            return WEIR_POLL_ONE;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll counted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct uniq *self = uniq_of(stream);
    weir_poll got = count_lines(self, cx, out);

    (void)demand;
    if (got.n || got.state == WEIR_ERROR)
        return got;
    if (self->ended && !self->count)
        return (weir_poll){0, WEIR_END};
    if (self->ended) {
        *(weir_line *)out = counted_line(self);
        self->count = 0;
        return WEIR_POLL_ONE;
    }
    got = weir_poll_next(weir_source(stream), cx, self->in, TAKE_LINES);
    self->at = 0;
    self->n = got.n;
    self->ended = got.state == WEIR_END;
    return (weir_poll){0, self->ended || got.n ? WEIR_READY : got.state};
}

static void uniq_fini(weir_stream *stream)
{
    kept_drop(&uniq_of(stream)->lines[0]);
    kept_drop(&uniq_of(stream)->lines[1]);
}

static size_t uniq_memory_max(const weir_stream *stream)
{
    return 2 * kept_room(uniq_of(stream)->longest);
}

static const weir_stream_ops uniq_ops = {.size = sizeof uniq_ops,
                                         .name = "uniq",
                                         .poll_next = uniq_poll_next,
                                         .fini = uniq_fini,
                                         .memory_max = uniq_memory_max};

static const weir_stream_ops counted_ops = {.size = sizeof counted_ops,
                                            .name = "uniq",
                                            .poll_next = counted_poll_next,
                                            .fini = uniq_fini,
                                            .memory_max = uniq_memory_max};

static void build_uniq(struct flow *flow, struct node *node)
{
    const weir_stream_ops *ops = node->args[UNIQ_COUNT].given ? &counted_ops : &uniq_ops;

    flow->stream = weir_stream_new(flow->stream, sizeof(struct uniq), ops, &weir_type_line);
    if (!weir_stage_failed(&flow->stream->stage))
        uniq_of(flow->stream)->longest = lines_longest(node);
}

const struct entry entry_uniq = {
    .name = "uniq",
    .usage = "uniq [count]",
    .does = "of equal lines behind each other keep the first",
    .help = "Of all equal lines, wherever they stand: sort first.\n"
            "count  each with how many there were before it, as uniq -c",
    .example = "weir app.log ! lines ! uniq count",
    .takes = FLOW_LINES,
    .gives = FLOW_LINES,
    .args = {[UNIQ_COUNT] = {.name = "count", .kind = ARG_WORD, .type = ARG_TEXT}},
    .build = build_uniq,
};

/* ---- last, sample: so many lines are held until the end ---- */

enum { HOLD_N, HOLD_MEM, HOLD_SEED };
enum { HELD_MIN = 16 };
#define HELD_BYTES_MAX ((size_t)64 << 20)

struct held_line {
    char *bytes;
    size_t size, room;
    uint64_t at; /* its number in the input */
};

struct hold {
    weir_stream stream;
    const char *name;
    struct held_line *lines;
    size_t n, room;
    size_t n_max;
    size_t bytes, bytes_max; /* of lines, and of the table of them */
    uint64_t seen;           /* lines */
    bool drawn;              /* sample: who stays is drawn */
    uint64_t state;          /* of the draw */
    bool over;
    size_t given; /* of those in the order of the input */
    size_t first; /* where the oldest stands */
};

static struct hold *hold_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct hold, stream);
}

static bool too_much(struct hold *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_LIMIT, "the lines that are kept take more than mem = %zu bytes",
              self->bytes_max);
    cx->error.cure = "mem=BYTES, or fewer lines";
    cx->error.record = self->seen + 1;
    return false;
}

static bool has_room(struct hold *self, weir_cx *cx, size_t more)
{
    return more <= self->bytes_max - self->bytes || too_much(self, cx);
}

/* The table doubles; while it does the old one stands beside it. */
static bool grow(struct hold *self, weir_cx *cx)
{
    size_t room = self->room ? 2 * self->room : HELD_MIN;
    room = room < self->n_max ? room : self->n_max;
    size_t old = self->room * sizeof *self->lines, size = room * sizeof *self->lines;

    if (!has_room(self, cx, size))
        return false;
    struct held_line *lines = weir_resize(self->lines, old, size);
    if (!lines)
        return no_memory(cx, self->name);
    self->lines = lines;
    self->room = room;
    self->bytes += size - old;
    return true;
}

static bool put(struct hold *self, weir_cx *cx, struct held_line *to, weir_line line)
{
    if (line.size > to->room) {
        if (!has_room(self, cx, line.size))
            return false;
        if (to->bytes)
            weir_release(to->bytes, to->room);
        self->bytes -= to->room;
        to->room = 0;
        to->bytes = weir_allocate(line.size);
        if (!to->bytes)
            return no_memory(cx, self->name);
        to->room = line.size;
        self->bytes += to->room;
    }
    if (line.size)
        memcpy(to->bytes, line.data, line.size);
    to->size = line.size;
    to->at = self->seen;
    return true;
}

/* Where the next line goes; n_max: nowhere. */
static size_t place_of_next(struct hold *self)
{
    if (self->drawn)
        return (size_t)(draw(&self->state) % (self->seen + 1));
    size_t place = self->first;
    self->first = place + 1 == self->n_max ? 0 : place + 1;
    return place;
}

static bool hold_line(struct hold *self, weir_cx *cx, weir_line line)
{
    bool held = true;

    if (self->n == self->n_max) {
        size_t place = place_of_next(self);
        held = place >= self->n_max || put(self, cx, &self->lines[place], line);
    } else if (self->n < self->room || grow(self, cx)) {
        self->lines[self->n] = (struct held_line){0};
        held = put(self, cx, &self->lines[self->n++], line);
    } else {
        held = false;
    }
    self->seen++;
    return held;
}

static int by_place(const void *a, const void *b)
{
    const struct held_line *one = a, *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

/* What is left is given in the order of the input. */
static void end(struct hold *self)
{
    self->over = true;
    if (self->drawn && self->n)
        qsort(self->lines, self->n, sizeof *self->lines, by_place);
}

static weir_poll give(struct hold *self, weir_line *out, size_t demand)
{
    uint32_t n = 0;

    for (; n < demand && self->given < self->n; n++) {
        size_t at = self->first + self->given++;
        const struct held_line *held = &self->lines[at < self->n ? at : at - self->n];
        out[n] = (weir_line){held->size ? held->bytes : "", held->size};
    }
    return (weir_poll){n, n ? WEIR_READY : WEIR_END};
}

/* {READY} as long as it gathers: the wrapper calls again within the budget. */
static weir_poll hold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct hold *self = hold_of(stream);
    weir_line lines[TAKE_LINES];

    if (self->over)
        return give(self, out, demand);
    weir_poll got = weir_poll_next(weir_source(stream), cx, lines, TAKE_LINES);
    for (uint32_t i = 0; i < got.n; i++)
        if (!hold_line(self, cx, lines[i]))
            return (weir_poll){0, WEIR_ERROR};
    if (got.state != WEIR_END)
        return (weir_poll){0, got.state};
    end(self);
    return (weir_poll){0, WEIR_READY};
}

static void hold_fini(weir_stream *stream)
{
    struct hold *self = hold_of(stream);

    for (size_t i = 0; i < self->n; i++)
        if (self->lines[i].bytes)
            weir_release(self->lines[i].bytes, self->lines[i].room);
    if (self->lines)
        weir_release(self->lines, self->room * sizeof *self->lines);
}

static size_t hold_memory_max(const weir_stream *stream)
{
    return hold_of(stream)->bytes_max;
}

static const weir_stream_ops last_ops = {.size = sizeof last_ops,
                                         .name = "last",
                                         .poll_next = hold_poll_next,
                                         .fini = hold_fini,
                                         .memory_max = hold_memory_max};

static const weir_stream_ops sample_ops = {.size = sizeof sample_ops,
                                           .name = "sample",
                                           .poll_next = hold_poll_next,
                                           .fini = hold_fini,
                                           .memory_max = hold_memory_max};

static struct hold *build_hold(struct flow *flow, struct node *node, const weir_stream_ops *ops)
{
    const struct arg *mem = &node->args[HOLD_MEM];

    flow->stream = weir_stream_new(flow->stream, sizeof(struct hold), ops, &weir_type_line);
    if (weir_stage_failed(&flow->stream->stage))
        return NULL;
    struct hold *self = hold_of(flow->stream);
    self->name = ops->name;
    self->n_max = node->args[HOLD_N].given ? (size_t)node->args[HOLD_N].number : 10;
    self->bytes_max = mem->given ? (size_t)mem->number : HELD_BYTES_MAX;
    return self;
}

static void build_last(struct flow *flow, struct node *node)
{
    build_hold(flow, node, &last_ops);
}

static void build_sample(struct flow *flow, struct node *node)
{
    struct hold *self = build_hold(flow, node, &sample_ops);
    const struct arg *seed = &node->args[HOLD_SEED];

    if (!self)
        return;
    self->drawn = true;
    self->state = seed->number;
    if (!seed->given && getrandom(&self->state, sizeof self->state, GRND_NONBLOCK) < 0)
        self->state = (uint64_t)(uintptr_t)self;
}

static const char *hold_note(const struct node *node)
{
    (void)node;
    return "holds them until the input ends";
}

#define HOLD_SPECS                                                                                 \
    [HOLD_N] = {.name = "N", .kind = ARG_VALUE, .type = ARG_NUMBER, .min = 1, .max = 1000000000},  \
    [HOLD_MEM] = {                                                                                 \
        .name = "mem", .kind = ARG_KEY, .type = ARG_BYTES, .min = 4096, .max = UINT64_C(1) << 40}

const struct entry entry_last = {
    .name = "last",
    .usage = "last [N] [mem=BYTES]",
    .does = "give the last N lines, 10 when nothing is said",
    .help = "mem=BYTES  what they may take while the input is read, 64M without it; more is an\n"
            "           error",
    .example = "weir app.log ! lines ! grep ERROR ! last 3",
    .takes = FLOW_LINES,
    .gives = FLOW_LINES,
    .args = {HOLD_SPECS},
    .copies = true,
    .build = build_last,
    .note = hold_note,
};

const struct entry entry_sample = {
    .name = "sample",
    .usage = "sample [N] [seed=S]",
    .does = "give N lines drawn at random, each as likely",
    .help = "10 when nothing is said; all where there are no more. They come in the order of the\n"
            "input, when it is over.\n"
            "seed=S     the same seed draws the same lines\n"
            "mem=BYTES  as in last",
    .example = "weir access.log ! lines ! sample 100 seed=1",
    .takes = FLOW_LINES,
    .gives = FLOW_LINES,
    .args = {HOLD_SPECS, [HOLD_SEED] = {.name = "seed",
                                        .kind = ARG_KEY,
                                        .type = ARG_NUMBER,
                                        .max = UINT64_MAX}},
    .copies = true,
    .build = build_sample,
    .note = hold_note,
};
