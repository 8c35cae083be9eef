/* streams [-s SEED | -n CASES | -t SECONDS]: random chains of two to six stages over sources that
 * wait, asked for random numbers of items, sometimes dropped before their end; what they give is
 * what a model over plain arrays says, every item is dropped once, and a stage that answers PENDING
 * is woken. With WEIR_LIBFUZZER the bytes come from the fuzzer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "streams.h"

/* ---- draws ---- */

unsigned draw(struct bytes_left *left, unsigned below)
{
    if (!left->n)
        return 0;
    left->n--;
    return *left->at++ % below;
}

/* ---- items ---- */

#define ITEM 0x6974656d6974656dull

long items_live;

struct item item_make(int64_t value)
{
    items_live++;
    return (struct item){value, ITEM};
}

static struct run *running; /* for the words before the end */

static const char *program;
static uint64_t seed_now; /* 0: the fuzzer's bytes */

static void describe(const struct run *run);

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    describe(running);
    if (seed_now)
        fprintf(stderr, "  again: %s -s %" PRIu64 "\n", program, seed_now);
    abort();
}

void item_take(struct item item)
{
    if (item.mark != ITEM)
        fail("an item that was none was dropped");
    items_live--;
}

static void item_drop(const weir_type *type, void *item)
{
    (void)type;
    item_take(*(struct item *)item);
}
const weir_type item_type = WEIR_TYPE_OWNING(struct item, item_drop);

/* ---- sources ---- */

struct waiting {
    struct waiting *next;
    struct waiting **at; /* NULL: in no list */
    weir_waker_slot slot;
};

static void waiting_leave(struct waiting *waiting)
{
    if (!waiting->at)
        return;
    *waiting->at = waiting->next;
    if (waiting->next)
        waiting->next->at = waiting->at;
    waiting->at = NULL;
}

static weir_poll waiting_wait(struct waiting *waiting, struct run *run, weir_cx *cx)
{
    waiting_leave(waiting);
    waiting->next = run->waiting;
    if (waiting->next)
        waiting->next->at = &waiting->next;
    waiting->at = &run->waiting;
    run->waiting = waiting;
    return weir_wait(cx, &waiting->slot, WEIR_WAIT_PEER);
}

static bool wake_one(struct run *run)
{
    struct waiting *first = run->waiting;
    if (!first)
        return false;
    waiting_leave(first);
    weir_waker_slot_wake(&first->slot);
    return true;
}

struct source {
    weir_stream stream;
    struct run *run;
    struct waiting waiting;
    int64_t values[SOURCE_MAX];
    size_t n, at;
    bool ended;
    bool may_wait; /* it did not in the poll before */
};

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = WEIR_SELF(struct source, stream);
    if (self->waiting.at)
        return waiting_wait(&self->waiting, self->run, cx);
    unsigned kind = draw(&self->run->left, 8);
    self->may_wait = !self->may_wait;
    if (self->may_wait && kind < 2)
        return weir_wait_turn(cx);
    if (self->may_wait && kind < 4)
        return waiting_wait(&self->waiting, self->run, cx);
    size_t most = kind == 4 ? 1 : demand;
    weir_poll got = {0, WEIR_READY};
    for (; self->at < self->n && got.n < most; got.n++)
        ((struct item *)out)[got.n] = item_make(self->values[self->at++]);
    if (self->at == self->n && (!got.n || kind > 5))
        got.state = WEIR_END;
    return got;
}

static void source_fini(weir_stream *stream)
{
    struct source *self = WEIR_SELF(struct source, stream);
    waiting_leave(&self->waiting);
    weir_waker_slot_clear(&self->waiting.slot);
}

static weir_hint source_size_hint(const weir_stream *stream)
{
    const struct source *self = WEIR_SELF(struct source, stream);
    return (weir_hint){self->n - self->at, self->n - self->at};
}

static weir_stream *source_make(struct run *run, const int64_t *values, size_t n)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "source",
                                        .poll_next = source_poll_next,
                                        .fini = source_fini,
                                        .size_hint = source_size_hint};
    weir_stream *stream = weir_source_new(sizeof(struct source), &ops, &item_type);
    if (weir_stage_failed(&stream->stage))
        fail("no memory");
    struct source *self = WEIR_SELF(struct source, stream);
    self->run = run;
    self->n = n;
    memcpy(self->values, values, n * sizeof *values);
    return stream;
}

weir_stream *source_new(struct run *run, const int64_t *values, size_t n)
{
    return source_make(run, values, n);
}

weir_stream *future_of_value(struct run *run, int64_t value)
{
    weir_stream *stream = source_make(run, &value, 1);
    stream->stage.one = true;
    return stream;
}

/* ---- a case ---- */

static size_t draw_values(struct bytes_left *left, int64_t *values)
{
    size_t n = draw(left, SOURCE_MAX + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = (int64_t)draw(left, 40) - 9;
    return n;
}

/* Behind an operator that chose the order come only those that do not mind. */
static const struct operation *draw_operation(struct run *run, bool any_order)
{
    const struct operation *operation = &operations[draw(&run->left, (unsigned)operations_n)];
    while (any_order && operation->flags & ORDERED)
        operation = operation == operations ? operations + operations_n - 1 : operation - 1;
    return operation;
}

static void run_draw(struct run *run, struct bytes_left bytes)
{
    bool any_order = false;
    memset(run, 0, sizeof *run);
    run->left = bytes;
    run->source_n = draw_values(&run->left, run->source);
    run->stages_n = 2 + draw(&run->left, STAGES_MAX - 1);
    for (size_t i = 0; i < run->stages_n; i++) {
        struct stage *stage = &run->stages[i];
        stage->run = run;
        stage->operation = draw_operation(run, any_order);
        any_order |= stage->operation->flags & DISORDERS;
        stage->a = draw(&run->left, 9);
        stage->b = draw(&run->left, 9);
        if (stage->operation->flags & TWO_INPUTS)
            stage->other_n = draw_values(&run->left, stage->other);
    }
}

static void print_values(const int64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, " %" PRId64, values[i]);
    fputc('\n', stderr);
}

static void describe(const struct run *run)
{
    fprintf(stderr, "  source:");
    print_values(run->source, run->source_n);
    for (size_t i = 0; i < run->stages_n; i++) {
        const struct stage *stage = &run->stages[i];
        fprintf(stderr, "  %s %" PRId64 " %" PRId64, stage->operation->name, stage->a, stage->b);
        if (stage->operation->flags & TWO_INPUTS)
            fprintf(stderr, ", with:");
        print_values(stage->other, stage->other_n);
    }
}

static void model(const struct run *run, struct values *values)
{
    memcpy(values->at, run->source, run->source_n * sizeof *run->source);
    values->n = run->source_n;
    values->any_order = false;
    for (size_t i = 0; i < run->stages_n; i++) {
        run->stages[i].operation->model(&run->stages[i], values);
        values->any_order |= run->stages[i].operation->flags & DISORDERS;
    }
}

/* ---- the chain ---- */

static bool woken;

static void note_wake(weir_waker *waker)
{
    (void)waker;
    woken = true;
}

static void note_gone(weir_waker *waker)
{
    (void)waker;
}

static void expect_next(const struct values *wanted, const struct values *got)
{
    size_t last = got->n - 1;
    if (!wanted->any_order && (last >= wanted->n || wanted->at[last] != got->at[last]))
        fail("it gave something else");
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void expect_all(struct values *wanted, struct values *got)
{
    if (wanted->any_order) {
        qsort(wanted->at, wanted->n, sizeof *wanted->at, by_value);
        qsort(got->at, got->n, sizeof *got->at, by_value);
    }
    if (got->n != wanted->n || memcmp(got->at, wanted->at, got->n * sizeof *got->at))
        fail("it ended, and gave something else");
}

/* W14: as many as the hint says are to come. */
static void expect_hint(const weir_stream *stream, const struct values *wanted, size_t got)
{
    weir_hint hint = weir_size_hint(stream);
    size_t left = wanted->n - got;
    if (hint.lower > left || hint.upper < left)
        fail("its size_hint is wrong");
}

/* True: it is over. */
static bool poll_once(struct run *run, weir_stream *stream, weir_cx *cx,
                      const struct values *wanted, struct values *got)
{
    static struct item items[64];
    size_t demand = draw(&run->left, 4) ? 1 + draw(&run->left, 8) : 64;
    expect_hint(stream, wanted, got->n);
    woken = false;
    cx->budget = 1 + draw(&run->left, 64) * 4;
    weir_poll polled = weir_poll_next(stream, cx, items, demand);
    for (uint32_t i = 0; i < polled.n; i++) {
        if (got->n == VALUES_MAX)
            fail("it gives more and more");
        got->at[got->n++] = items[i].value;
        item_take(items[i]);
        expect_next(wanted, got);
    }
    if (polled.state == WEIR_ERROR)
        fail(cx->error.message);
    while (polled.state == WEIR_PENDING && !woken)
        if (!wake_one(run))
            fail("it waits, and nobody will wake it");
    return polled.state == WEIR_END;
}

enum { POLLS_MAX = 20000 };

static void run_chain(struct run *run)
{
    static const weir_waker_ops waker_ops = {sizeof waker_ops, note_wake, note_gone};
    static struct values wanted, got;
    weir_waker waker;
    weir_waker_init(&waker, &waker_ops);
    weir_cx *cx = weir_cx_new(&waker);
    weir_stream *stream = source_new(run, run->source, run->source_n);
    model(run, &wanted);
    for (size_t i = 0; i < run->stages_n; i++)
        stream = run->stages[i].operation->build(&run->stages[i], stream);
    size_t polls_max = draw(&run->left, 4) ? POLLS_MAX : draw(&run->left, 30);
    got.n = 0;
    bool over = false;
    for (size_t polls = 0; !over && polls < polls_max; polls++)
        over = poll_once(run, stream, cx, &wanted, &got);
    if (over)
        expect_all(&wanted, &got);
    else if (polls_max == POLLS_MAX)
        fail("it does not end");
    weir_drop(stream);
    weir_cx_drop(cx);
    if (items_live)
        fail("items were lost, or dropped twice");
    if (run->waiting)
        fail("sources were not dropped");
    if (waker.refs != 1)
        fail("a waker was kept");
}

static void run_bytes(const uint8_t *bytes, size_t n)
{
    static struct run run;
    running = &run;
    run_draw(&run, (struct bytes_left){bytes, n});
    run_chain(&run);
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    run_bytes(bytes, n);
    return 0;
}
#else

static void run_seed(uint64_t seed)
{
    static uint8_t bytes[1024];
    uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        bytes[i] = (uint8_t)(state >> 32);
    }
    run_bytes(bytes, sizeof bytes);
}

static uint64_t option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return strtoull(argv[i + 1], NULL, 10);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t seed = option(argc, argv, "-s"), cases = option(argc, argv, "-n");
    time_t until = time(NULL) + (time_t)option(argc, argv, "-t");
    program = argv[0];
    for (uint64_t n = 1; seed ? n == 1 : n <= cases || time(NULL) < until; n++) {
        seed_now = seed ? seed : n;
        run_seed(seed_now);
    }
    return 0;
}
#endif
