/* last, sample: so many lines or records are held until the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "pipeline/draw.h"
#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

enum { HOLD_N, HOLD_MEM, HOLD_SEED };
enum { HELD_MIN = 16, TAKE_LINES = WEIR_DEMAND_MAX };
#define HELD_BYTES_MAX ((size_t)64 << 20)

struct held {
    void *what;  /* the bytes of a line, or a weir_fields; NULL: nothing */
    size_t size; /* of the line */
    size_t room; /* bytes that it takes in all */
    uint64_t at; /* its number in the input */
};

struct hold {
    weir_stream stream;
    const char *name;
    struct held *items;
    size_t n, room;
    size_t n_max;
    size_t bytes, bytes_max; /* of them, and of the table of them */
    uint64_t seen;
    bool records;   /* else lines */
    void *in;       /* room for those that come */
    bool drawn;     /* sample: who stays is drawn */
    uint64_t state; /* of the draw */
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
    weir_fail(cx, WEIR_E_LIMIT, "the %s that are kept take more than mem = %zu bytes",
              self->records ? "records" : "lines", self->bytes_max);
    cx->error.cure = self->records ? "mem=BYTES, or fewer records" : "mem=BYTES, or fewer lines";
    cx->error.record = self->seen + 1;
    return false;
}

/* False. */
static bool no_memory(weir_cx *cx, const char *stage)
{
    weir_fail(cx, WEIR_E_MEMORY, "%s: no memory for what is kept", stage);
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
    size_t old = self->room * sizeof *self->items, size = room * sizeof *self->items;

    if (!has_room(self, cx, size))
        return false;
    struct held *items = weir_resize(self->items, old, size);
    if (!items)
        return no_memory(cx, self->name);
    self->items = items;
    self->room = room;
    self->bytes += size - old;
    return true;
}

static void let_go(struct hold *self, struct held *held)
{
    if (held->what && self->records) {
        weir_fields_drop(held->what);
        weir_release(held->what, sizeof(weir_fields));
    } else if (held->what) {
        weir_release(held->what, held->room);
    }
    self->bytes -= held->room;
    held->what = NULL;
    held->room = 0;
}

static bool too_deep(const struct hold *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_LIMIT, "%s: a record is nested more than %d deep", self->name,
              (int)WEIR_RECORD_DEPTH_MAX);
    return false;
}

static bool put_record(struct hold *self, weir_cx *cx, struct held *to, const void *item)
{
    const weir_type *type = weir_source(&self->stream)->type;
    size_t room = weir_fields_bytes((weir_record_view){type, item});

    let_go(self, to);
    if (room == SIZE_MAX || !has_room(self, cx, room + sizeof(weir_fields)))
        return room == SIZE_MAX ? too_deep(self, cx) : false;
    weir_fields *copy = weir_allocate(sizeof *copy);
    if (!copy || !weir_fields_own(type, copy, item)) {
        if (copy)
            weir_release(copy, sizeof *copy);
        return no_memory(cx, self->name);
    }
    to->what = copy;
    to->room = room + sizeof *copy;
    self->bytes += to->room;
    return true;
}

static bool put_line(struct hold *self, weir_cx *cx, struct held *to, weir_line line)
{
    if (line.size > to->room) {
        if (!has_room(self, cx, line.size))
            return false;
        let_go(self, to);
        to->what = weir_allocate(line.size);
        if (!to->what)
            return no_memory(cx, self->name);
        to->room = line.size;
        self->bytes += to->room;
    }
    if (line.size)
        memcpy(to->what, line.data, line.size);
    to->size = line.size;
    return true;
}

static bool put(struct hold *self, weir_cx *cx, struct held *to, const void *item)
{
    to->at = self->seen;
    return self->records ? put_record(self, cx, to, item)
                         : put_line(self, cx, to, *(const weir_line *)item);
}

/* Where the next one goes; n_max: nowhere. */
static size_t place_of_next(struct hold *self)
{
    if (self->drawn)
        return (size_t)(weir_pl_draw(&self->state) % (self->seen + 1));
    size_t place = self->first;
    self->first = place + 1 == self->n_max ? 0 : place + 1;
    return place;
}

static bool hold_item(struct hold *self, weir_cx *cx, const void *item)
{
    bool held = true;

    if (self->n == self->n_max) {
        size_t place = place_of_next(self);
        held = place >= self->n_max || put(self, cx, &self->items[place], item);
    } else if (self->n < self->room || grow(self, cx)) {
        self->items[self->n] = (struct held){0};
        held = put(self, cx, &self->items[self->n++], item);
    } else {
        held = false;
    }
    self->seen++;
    return held;
}

static int by_place(const void *a, const void *b)
{
    const struct held *one = a, *other = b;
    return (one->at > other->at) - (one->at < other->at);
}

/* What is left is given in the order of the input. */
static void end(struct hold *self)
{
    self->over = true;
    if (self->drawn && self->n)
        qsort(self->items, self->n, sizeof *self->items, by_place);
}

static weir_poll give(struct hold *self, void *out, size_t demand)
{
    weir_line *lines = out;
    weir_fields *records = out;
    uint32_t n = 0;

    for (; n < demand && self->given < self->n; n++) {
        size_t at = self->first + self->given++;
        const struct held *held = &self->items[at < self->n ? at : at - self->n];
        if (self->records)
            records[n] = *(const weir_fields *)held->what;
        else
            lines[n] = (weir_line){held->size ? held->what : "", held->size};
    }
    return (weir_poll){n, n ? WEIR_READY : WEIR_END};
}

/* {READY} as long as it gathers: the wrapper calls again within the budget. */
static weir_poll hold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct hold *self = hold_of(stream);
    const weir_type *type = weir_source(stream)->type;
    bool held = true;

    if (self->over)
        return give(self, out, demand);
    weir_poll got = weir_poll_next(weir_source(stream), cx, self->in, TAKE_LINES);
    for (uint32_t i = 0; i < got.n && held; i++)
        held = hold_item(self, cx, (const char *)self->in + i * type->size);
    weir_type_drop_items(type, self->in, got.n);
    if (!held)
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
        let_go(self, &self->items[i]);
    if (self->items)
        weir_release(self->items, self->room * sizeof *self->items);
}

static size_t hold_memory_max(const weir_stream *stream)
{
    return hold_of(stream)->bytes_max;
}

/* As they came, whatever they are held as. */
static bool hold_names(const weir_stream *stream, weir_record_view *out)
{
    return weir_record_names(weir_source(stream), out);
}

static const weir_stream_ops last_ops = {.size = sizeof last_ops,
                                         .name = "last",
                                         .poll_next = hold_poll_next,
                                         .fini = hold_fini,
                                         .memory_max = hold_memory_max,
                                         .names = hold_names};

static const weir_stream_ops sample_ops = {.size = sizeof sample_ops,
                                           .name = "sample",
                                           .poll_next = hold_poll_next,
                                           .fini = hold_fini,
                                           .memory_max = hold_memory_max,
                                           .names = hold_names};

static struct hold *build_hold(struct flow *flow, struct node *node, const weir_stream_ops *ops)
{
    const struct arg *mem = &node->args[HOLD_MEM];

    bool records = node->before->gives == FLOW_RECORDS;
    flow->stream = weir_stream_new(flow->stream, sizeof(struct hold), ops,
                                   records ? &weir_type_fields : &weir_type_line);
    if (weir_stage_failed(&flow->stream->stage))
        return NULL;
    struct hold *self = hold_of(flow->stream);
    const weir_type *type = weir_source(flow->stream)->type;
    self->in = weir_arena_take(flow->stream->stage.arena, TAKE_LINES * type->size, type->align);
    if (!self->in) {
        flow->stream = weir_stream_refuse(&flow->stream->stage, WEIR_E_MEMORY, NULL,
                                          "no memory for what is kept", NULL, NULL, 0);
        return NULL;
    }
    self->records = records;
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

const struct entry weir_pl_entry_last = {
    .name = "last",
    .usage = "last [N] [mem=BYTES]",
    .does = "give the last N lines or records, 10 when nothing is said",
    .help = "mem=BYTES  what they may take while the input is read, 64M without it; more is an\n"
            "           error",
    .example = "weir app.log ! lines ! grep ERROR ! last 3",
    .takes = FLOW_LINES | FLOW_RECORDS,
    .gives = FLOW_LINES | FLOW_RECORDS,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {HOLD_SPECS},
    .copies = true,
    .build = build_last,
    .note = hold_note,
};

const struct entry weir_pl_entry_sample = {
    .name = "sample",
    .usage = "sample [N] [seed=S]",
    .does = "give N lines or records drawn at random, each as likely",
    .help = "10 when nothing is said; all where there are no more. They come in the order of the\n"
            "input, when it is over.\n"
            "seed=S     the same seed draws the same lines\n"
            "mem=BYTES  as in last",
    .example = "weir access.log ! lines ! sample 100 seed=1",
    .takes = FLOW_LINES | FLOW_RECORDS,
    .gives = FLOW_LINES | FLOW_RECORDS,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {HOLD_SPECS, [HOLD_SEED] = {.name = "seed",
                                        .kind = ARG_KEY,
                                        .type = ARG_NUMBER,
                                        .max = UINT64_MAX}},
    .copies = true,
    .build = build_sample,
    .note = hold_note,
};
