/* retry: the chain before it is built anew where it fails. What was given cannot be taken back, so
 * it is tried again only as long as nothing was. */
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "pipeline/build.h"
#include "pipeline/draw.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/sink.h"
#include "pipeline/stage_net.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"
#include "pipeline/text_host.h"

enum { RETRY_TRIES, RETRY_DELAY, RETRY_MAX };
enum { TRIES = 5, JITTER_PERCENT = 25, RETRIES_MAX = 16 };
#define SECOND_NS UINT64_C(1000000000)

/* ---- one try after the other ---- */

struct tries {
    struct node *node;
    struct flow inner;
    uint64_t made, most;
    uint64_t pause_ns, most_ns;
    uint64_t drawing;
    weir_timer timer;
    bool waits;
    bool passed; /* something was given */
};

static void let_go(struct tries *self)
{
    struct chain *chain = self->node->chain;

    for (struct node *node = chain->nodes; node < self->node; node++) {
        node->stage = NULL;
        weir_duplex_drop(node->rest);
        node->rest = (weir_duplex){NULL, NULL};
    }
    weir_drop(self->inner.reader);
    weir_drop(self->inner.stream);
    self->inner = (struct flow){NULL, NULL};
}

/* A part of the pause, drawn, beside it: what failed together does not come back together. */
static uint64_t next_pause(struct tries *self)
{
    uint64_t ns = self->pause_ns;

    self->pause_ns = ns > self->most_ns / 2 ? self->most_ns : 2 * ns;
    return weir_after_ns(ns, ns / 100 * (weir_pl_draw(&self->drawing) % (JITTER_PERCENT + 1)));
}

static void tell(const struct tries *self, const weir_error *error, uint64_t ns)
{
    unsigned long long ms = ns / 1000000;
    char time[TEXT_NUMBER_BYTES];

    if (ms < 1000)
        snprintf(time, sizeof time, "%llu ms", ms);
    else
        snprintf(time, sizeof time, "%llu.%llu s", ms / 1000, ms % 1000 / 100);
    weir_pl_note_plain(self->node->chain->words, NULL, "%s%s%s; try %llu of %llu in %s",
                       error->place, *error->place ? ": " : "", error->message,
                       (unsigned long long)self->made + 1, (unsigned long long)self->most, time);
}

/* READY: there will be another try. */
static weir_poll after_error(struct tries *self, weir_cx *cx)
{
    weir_code code = cx->error.code;

    if (self->passed && self->made < self->most && !cx->error.cure)
        cx->error.cure = "retry behind what gives little, and late: what has passed stays";
    if (self->passed || self->made >= self->most || cx->stopping || code == WEIR_E_STOPPED ||
        code == WEIR_E_MEMORY)
        return (weir_poll){0, WEIR_ERROR};
    uint64_t ns = next_pause(self);
    tell(self, &cx->error, ns);
    let_go(self);
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), ns));
    self->waits = true;
    return (weir_poll){0, WEIR_READY};
}

static void make(struct tries *self)
{
    weir_pl_chain_build_to(self->node->chain, (size_t)(self->node - self->node->chain->nodes),
                           &self->inner);
    self->made++;
}

/* READY: there is a chain. */
static weir_poll begin(struct tries *self, weir_cx *cx)
{
    if (!weir_clock_is_there(cx, "retry"))
        return (weir_poll){0, WEIR_ERROR};
    if (self->waits && cx->stopping) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (self->waits && weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    if (self->waits)
        make(self);
    self->waits = false;
    return (weir_poll){0, WEIR_READY};
}

static void init(struct tries *self, struct node *node, const struct flow *inner)
{
    const struct arg *args = node->args;

    self->node = node;
    self->inner = *inner;
    self->made = 1;
    self->most = args[RETRY_TRIES].given ? args[RETRY_TRIES].number : TRIES;
    self->pause_ns = args[RETRY_DELAY].given ? args[RETRY_DELAY].number : SECOND_NS;
    self->most_ns = args[RETRY_MAX].given ? args[RETRY_MAX].number : 60 * SECOND_NS;
    if (self->most_ns < self->pause_ns)
        self->most_ns = self->pause_ns;
    if (getrandom(&self->drawing, sizeof self->drawing, GRND_NONBLOCK) < 0)
        self->drawing = (uint64_t)(uintptr_t)self;
}

static void fini(struct tries *self)
{
    weir_timer_stop(&self->timer);
    let_go(self);
}

/* ---- of items ---- */

struct again {
    weir_stream stream;
    struct tries tries;
};

static struct tries *tries_of(const weir_stream *stream)
{
    return &WEIR_CONTAINER(stream, struct again, stream)->tries;
}

static weir_poll again_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct tries *self = tries_of(stream);
    weir_poll got = begin(self, cx);

    if (got.state != WEIR_READY)
        return got;
    got = weir_poll_inner(stream, self->inner.stream, cx, out, demand);
    self->passed |= got.n > 0;
    return got.state == WEIR_ERROR ? after_error(self, cx) : got;
}

static void again_fini(weir_stream *stream)
{
    fini(tries_of(stream));
}

static weir_stage *again_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = tries_of(stream)->inner.stream;
    return i || !inner ? NULL : &inner->stage;
}

static bool again_names(const weir_stream *stream, weir_record_view *out)
{
    const weir_stream *inner = tries_of(stream)->inner.stream;
    return inner && weir_record_names(inner, out);
}

static const weir_stream_ops again_ops = {.size = sizeof again_ops,
                                          .name = "retry",
                                          .poll_next = again_poll_next,
                                          .fini = again_fini,
                                          .input = again_input,
                                          .names = again_names};

/* ---- of bytes ---- */

struct again_bytes {
    weir_reader reader;
    struct tries tries;
};

static struct tries *tries_of_bytes(const weir_reader *reader)
{
    return &WEIR_CONTAINER(reader, struct again_bytes, reader)->tries;
}

static weir_poll again_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct tries *self = tries_of_bytes(reader);
    weir_poll got = begin(self, cx);

    if (got.state != WEIR_READY)
        return got;
    weir_reader *inner = self->inner.reader;
    if (inner->reserve < reader->reserve && !weir_reader_reserve(inner, reader->reserve))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a longest line");
    weir_reader_lend(reader, inner);
    got = weir_poll_fill(inner, cx, min);
    if (got.state == WEIR_ERROR && (got = after_error(self, cx)).state == WEIR_READY) {
        weir_reader_release(reader); /* nothing of it was seen */
        return got;
    }
    weir_reader_lend(reader, inner);
    self->passed |= reader->end > reader->begin;
    return got;
}

static bool again_reserve(weir_reader *reader, size_t bytes)
{
    weir_reader *inner = tries_of_bytes(reader)->inner.reader;
    return !inner || weir_reader_reserve(inner, bytes);
}

static const char *again_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *inner = tries_of_bytes(reader)->inner.reader;
    return inner && inner->ops->place ? inner->ops->place(inner, byte) : NULL;
}

static void again_bytes_fini(weir_reader *reader)
{
    fini(tries_of_bytes(reader));
}

static weir_stage *again_bytes_input(const weir_reader *reader, size_t i)
{
    weir_reader *inner = tries_of_bytes(reader)->inner.reader;
    return i || !inner ? NULL : &inner->stage;
}

static size_t again_bytes_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops again_bytes_ops = {.size = sizeof again_bytes_ops,
                                                .name = "retry",
                                                .poll_fill = again_poll_fill,
                                                .fini = again_bytes_fini,
                                                .reserve = again_reserve,
                                                .place = again_place,
                                                .input = again_bytes_input,
                                                .memory_max = again_bytes_memory_max};

/* ---- building ---- */

static void build_bytes(struct flow *flow, struct node *node, struct flow *inner)
{
    flow->reader = weir_reader_new(sizeof(struct again_bytes), &again_bytes_ops);
    if (weir_stage_failed(&flow->reader->stage)) {
        weir_drop(inner->reader);
        return;
    }
    init(tries_of_bytes(flow->reader), node, inner);
    flow->reader->offset = inner->reader->offset;
    if (!weir_stage_failed(&inner->reader->stage))
        flow->reader->reserve = inner->reader->reserve;
    flow->reader = weir_reader_with(flow->reader, &inner->reader->stage);
}

static void build_retry(struct flow *flow, struct node *node)
{
    struct flow inner = {NULL, NULL};

    weir_pl_chain_build_to(node->chain, (size_t)(node - node->chain->nodes), &inner);
    if (inner.reader) {
        build_bytes(flow, node, &inner);
        return;
    }
    if (weir_stage_failed(&inner.stream->stage)) { /* of no type that others would take */
        flow->stream = inner.stream;
        return;
    }
    flow->stream = weir_source_new(sizeof(struct again), &again_ops, inner.stream->type);
    if (weir_stage_failed(&flow->stream->stage)) {
        weir_drop(inner.stream);
        return;
    }
    init(tries_of(flow->stream), node, &inner);
    flow->stream = weir_stream_with(flow->stream, &inner.stream->stage);
}

/* ---- what cannot be done again ---- */

/* NULL: it can be opened once more. */
static const char *once(const struct node *node)
{
    struct stat about;

    if (node->entry == &weir_pl_entry_stdin || node->entry == &weir_pl_entry_input)
        return "standard input";
    if (node->entry == &weir_pl_entry_label)
        return "what a tee gives";
    if (weir_pl_net_listens(node))
        return "a connection that somebody made";
    if (node->entry == &weir_pl_entry_tee)
        return "what a tee has copied";
    if (!node->path || node->entry->takes != FLOW_NOTHING)
        return NULL;
    if (weir_pl_sink_descriptor(node))
        return "a descriptor";
    if (stat(node->path, &about) || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        return NULL;
    return S_ISFIFO(about.st_mode) ? "a pipe" : "a device";
}

static bool plan_retry(struct node *node, const struct words *words)
{
    struct span at = {node->first, node->end};
    size_t retries = 1;

    for (const struct node *other = node->chain->nodes; other < node; other++) {
        retries += other->entry == &weir_pl_entry_retry;
        const char *what = node->chain->served ? "a connection" : once(other);
        if (!what)
            continue;
        weir_pl_note_set(words, at, (struct span){other->first, other->end},
                         "a file, exec: or an address that is dialled can be opened again",
                         "%s can be had once, and 'retry' reads it anew", what);
        return false;
    }
    if (retries <= RETRIES_MAX)
        return true;
    weir_pl_note_set(words, at, (struct span){0, 0}, "tries=N of one of them",
                     "a chain has at most %d 'retry': their tries multiply", RETRIES_MAX);
    return false;
}

static const char *retry_note(const struct node *node)
{
    (void)node;
    return "all before it is built anew, while nothing has passed";
}

const struct entry weir_pl_entry_retry = {
    .name = "retry",
    .usage = "retry [tries=N]",
    .does = "try what is before it again where it fails, as long as nothing has passed",
    .help =
        "tries=N     5 in all, when nothing is said\n"
        "delay=TIME  before the second one, 1s without it; twice as long before each that "
        "follows,\n"
        "max=TIME    up to 60s, or this; and up to a quarter of that on top, drawn\n"
        "The chain before it is built anew from its source, which must be one that can be opened\n"
        "again: no standard input, pipe, tee, or address that listens. Once something has passed\n"
        "an error is final: nothing comes twice. So it stands behind what gives little, and late.",
    .example = "weir tcp:feed:7000,timeout=5s ! retry tries=10 delay=500ms ! lines ! count",
    .takes = FLOW_BYTES | FLOW_EACH,
    .gives = FLOW_BYTES | FLOW_EACH,
    .flow = "anything -> the same",
    .args = {[RETRY_TRIES] =
                 {.name = "tries", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1000000},
             [RETRY_DELAY] = {.name = "delay", .kind = ARG_KEY, .type = ARG_TIME},
             [RETRY_MAX] = {.name = "max", .kind = ARG_KEY, .type = ARG_TIME}},
    .build = build_retry,
    .plan = plan_retry,
    .gives_of = weir_pl_catalogue_same,
    .note = retry_note,
};
