#include "loop_rows.h"

#include <stdio.h>
#include <string.h>

struct loop_counts loop_counts;
int loop_waits;

/* ---- the source ---- */

struct counted {
    weir_stream stream;
    int next, n, fail_at, waited;
};

static weir_poll counted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct counted *self = WEIR_SELF(struct counted, stream);
    (void)demand;
    loop_counts.polled++;
    if (self->waited++ < loop_waits)
        return weir_wait_turn(cx);
    self->waited = 0;
    if (self->next == self->fail_at)
        return weir_fail(cx, WEIR_E_USER, "item %d is bad", self->next);
    if (self->next == self->n)
        return (weir_poll){0, WEIR_END};
    *(int *)out = self->next++;
    return (weir_poll){1, WEIR_READY};
}

static void counted_fini(weir_stream *stream)
{
    (void)stream;
    loop_counts.dropped++;
}

static const weir_stream_ops counted_ops = {.size = sizeof counted_ops,
                                            .name = "counted",
                                            .poll_next = counted_poll_next,
                                            .fini = counted_fini};

weir_stream *counted_stream(int n, int fail_at)
{
    static const weir_type type = WEIR_TYPE(int);
    weir_stream *stream = weir_source_new(sizeof(struct counted), &counted_ops, &type);
    if (stream->ops != &counted_ops)
        return stream;
    struct counted *self = WEIR_SELF(struct counted, stream);
    self->n = n;
    self->fail_at = fail_at;
    stream->stage.exact = true; /* never asked for more than one */
    loop_counts.made++;
    return stream;
}

static weir_stream *counted(int n)
{
    return counted_stream(n, -1);
}

/* What was made is gone already, on the line behind the loop. */
static int gone(int sum)
{
    return loop_counts.made == loop_counts.dropped ? sum : -1000;
}

/* ---- ways out ---- */

static int end(void)
{
    int sum = 0;
    weir_for_await (int, x, counted(5)) {
        sum += x;
    }
    return gone(sum);
}

static int break_out(void)
{
    int sum = 0;
    weir_for_await (int, x, counted(5)) {
        if (x == 3)
            break;
        sum += x;
    }
    return gone(sum);
}

static int continue_on(void)
{
    int sum = 0;
    weir_for_await (int, x, counted(5)) {
        if (x & 1)
            continue;
        sum += x;
    }
    return gone(sum);
}

static int return_from(void)
{
    weir_for_await (int, x, counted(5))
        if (x == 3)
            return x;
    return -1;
}

static int goto_out(void)
{
    int at = -1;
    weir_for_await (int, x, counted(5)) {
        at = x;
        if (x == 2)
            goto out;
    }
    at = -2;
out:
    return gone(at);
}

static int without_an_item(void)
{
    int n = 0;
    weir_for_await (int, x, counted(0))
        n += x + 1;
    return gone(n);
}

/* ---- loops within loops ---- */

static int nested(void)
{
    int sum = 0;
    weir_for_await (int, x, counted(3))
        weir_for_await (int, y, counted(10)) {
            if (y == 4)
                break;
            sum += x * y;
        }
    return gone(sum);
}

static int return_from_three(void)
{
    weir_for_await (int, x, counted(3))
        weir_for_await (int, y, counted(10))
            weir_for_await (int, z, counted(10))
                if (x == 1 && y == 2 && z == 3)
                    return x * 100 + y * 10 + z;
    return -1;
}

static int goto_continues_the_outer(void)
{
    int n = 0;
    weir_for_await (int, x, counted(4)) {
        weir_for_await (int, y, counted(4)) {
            n++;
            if (y == x)
                goto next;
        }
    next:;
    }
    return gone(n);
}

static int same_name(void)
{
    int sum = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
    weir_for_await (int, x, counted(3)) {
        weir_for_await (int, x, counted(2)) {
            sum += x;
        }
        sum += x * 10;
    }
#pragma GCC diagnostic pop
    return gone(sum);
}

/* ---- within other statements ---- */

static int of_a_switch(int what)
{
    int sum = 0;
    switch (what) {
    case 1:
        weir_for_await (int, x, counted(5)) {
            switch (x) {
            case 2:
                break; /* out of the inner switch */
            case 4:
                goto out;
            default:
                sum += x;
            }
        }
        sum += 100;
        break;
    default:
        sum = -1;
    }
out:
    return gone(sum);
}

static int in_a_switch(void)
{
    return of_a_switch(1) * 10 + of_a_switch(2);
}

static int under_an_if(int c)
{
    if (c)
        weir_for_await (int, x, counted(2))
            c += x;
    else
        c = -1;
    return c;
}

static int before_an_else(void)
{
    return gone(under_an_if(1) * 10 + under_an_if(0));
}

static int in_a_for(void)
{
    int sum = 0;
    for (int i = 0; i < 3; i++)
        weir_for_await (int, x, counted(3)) {
            if (x == 2)
                break;
            sum += i * x;
        }
    return gone(sum);
}

/* ---- the index ---- */

static int indexed(void)
{
    int sum = 0;
    weir_for_await_indexed (i, int, x, counted(5)) {
        if (i == 1)
            continue;
        if (i == 3)
            break;
        sum += (int)i * 10 + x;
    }
    return gone(sum);
}

static int index_unused(void)
{
    int n = 0;
    weir_for_await_indexed (i, int, x, counted(4))
        n++;
    return gone(n);
}

struct numbered {
    uint64_t index;
    int item;
};

static int enumerated(void)
{
    int sum = 0;
    weir_for_await (struct numbered, e, weir_enumerate(counted(3)))
        sum += (int)e.index * 10 + e.item;
    return gone(sum);
}

static int try_enumerated(void)
{
    int sum = 0;
    weir_error error;
    weir_for_try (struct numbered, e, weir_enumerate(counted_stream(5, 3)), error)
        sum += (int)e.index * 10 + e.item;
    return error.code == WEIR_E_USER ? gone(sum) : -2;
}

/* ---- errors ---- */

static int try_fails(void)
{
    int sum = 0;
    weir_error error;
    weir_for_try (int, x, counted_stream(5, 3), error)
        sum += x;
    return error.code == WEIR_E_USER && !strcmp(error.message, "item 3 is bad") ? gone(sum) : -2;
}

static int try_is_left(void)
{
    weir_error error;
    int last = -1;
    weir_for_try (int, x, counted_stream(5, 3), error) {
        last = x;
        if (x == 1)
            break;
    }
    return error.code == WEIR_OK ? gone(last) : -2;
}

static int error_is_taken(void)
{
    int sum = 0;
    weir_error error;
    weir_for_await (int, x, counted_stream(5, 2))
        sum += x;
    bool right = weir_take_error(&error) && !strcmp(error.message, "item 2 is bad");
    return right && !weir_take_error(&error) ? gone(sum) : -2;
}

/* The first one is why the second came. */
static int first_error_is_kept(void)
{
    weir_error error;
    weir_for_await (int, x, counted_stream(1, 0))
        return x;
    weir_for_await (int, x, counted_stream(2, 1))
        (void)x;
    return weir_take_error(&error) && !strcmp(error.message, "item 0 is bad") ? gone(1) : -2;
}

static int wrong_type(void)
{
    weir_error error;
    int n = 0;
    weir_for_try (double, x, counted(5), error)
        n += (int)x + 1;
    return error.code == WEIR_E_TYPE && error.line && strstr(error.place, "loop_rows.c") &&
                   !strcmp(error.message,
                           "the loop in wrong_type takes 'double', but 'counted' yields 'int32_t'")
               ? gone(n)
               : -2;
}

static int failed_stream(void)
{
    weir_error error;
    int n = 0;
    weir_for_try (int, x, weir_chunks(counted(5), 0), error)
        n += x + 1;
    return error.code != WEIR_OK && error.code != WEIR_E_TYPE ? gone(n) : -2;
}

/* ---- the rest ---- */

static const int four[] = {1, 2, 3, 4};
static const weir_type int_type = WEIR_TYPE(int);

/* The same body over an array, an iterator and a stream: made asynchronous it means the same. */
static int as_a_plain_for(void)
{
    int sums[3] = {0};
    for (size_t i = 0; i < 4; i++) {
        int x = four[i];
        if (x == 2)
            continue;
        if (x == 4)
            break;
        sums[0] += x;
    }
    weir_for (int, x, weir_iter(&int_type, four, 4)) {
        if (x == 2)
            continue;
        if (x == 4)
            break;
        sums[1] += x;
    }
    weir_for_await (int, x, weir_iter(&int_type, four, 4)) {
        if (x == 2)
            continue;
        if (x == 4)
            break;
        sums[2] += x;
    }
    return sums[0] == sums[1] && sums[1] == sums[2] ? sums[2] : -2;
}

static int by_ref(void)
{
    int sum = 0;
    weir_stream *all = counted(6);
    weir_for_await (int, x, weir_by_ref(all))
        if (x == 2)
            break;
    weir_for_await (int, x, weir_by_ref(all))
        sum += x;
    weir_drop(all);
    return gone(sum); /* 3 + 4 + 5: nothing was lost */
}

static int while_let(void)
{
    int sum = 0, x;
    weir_error error;
    weir_stream *all = counted(5);
    while (weir_await_next(all, &x, &error) == WEIR_READY)
        sum += x;
    weir_drop(all);
    return error.code == WEIR_OK ? gone(sum) : -2;
}

static int made_once(void)
{
    int before = loop_counts.made;
    weir_for_await (int, x, counted(3))
        (void)x;
    return loop_counts.made - before;
}

static void clean(int *x)
{
    (void)x;
    loop_counts.cleaned++;
}

/* The body's own variables go before the stream, once an item. */
static int own_cleanups(void)
{
    loop_counts.cleaned = 0;
    weir_for_await (int, x, counted(5)) {
        int guard __attribute__((cleanup(clean))) = x;
        if (guard == 2)
            break;
    }
    return gone(loop_counts.cleaned);
}

static weir_stream *deep(int stages)
{
    weir_stream *stream = counted(1);
    for (int i = 0; i < stages; i++)
        stream = weir_take(stream, 10);
    return stream;
}

static weir_stream *deep_again(int x, void *arg)
{
    (void)x, (void)arg;
    return deep(150);
}
WEIR_THEN_FN(deep_again_fn, deep_again, int, int)

/* About as deep as it can be here: how many came of it. */
static uint64_t wait_deep(void)
{
    uint64_t n = 0;
    for (int stages = 1000; stages > 0; stages -= 100)
        if (weir_await(weir_count(deep(stages)), &n, NULL) == WEIR_READY)
            return n;
    return 0;
}

/* How deep the body waits is nothing to its loop. */
static int waits_deep_in_its_body(void)
{
    uint64_t n = 0;
    weir_error error;
    weir_for_try (int, x, weir_flat_map(counted(3), &deep_again_fn, NULL), error)
        n += wait_deep() + (uint64_t)x;
    return error.code == WEIR_OK ? gone((int)n) : -2;
}

static int a_long_one(void)
{
    int n = 0;
    weir_for_await (int, x, counted(1000))
        n += x == n;
    return gone(n);
}

const struct loop_row loop_rows[] = {
    {"end", end, 10},
    {"break", break_out, 3},
    {"continue", continue_on, 6},
    {"return", return_from, 3},
    {"goto", goto_out, 2},
    {"without an item", without_an_item, 0},
    {"nested", nested, 18},
    {"return from three", return_from_three, 123},
    {"goto continues the outer", goto_continues_the_outer, 10},
    {"same name", same_name, 33},
    {"in a switch", in_a_switch, 39},
    {"before an else", before_an_else, 19},
    {"in a for", in_a_for, 3},
    {"indexed", indexed, 22},
    {"index unused", index_unused, 4},
    {"enumerated", enumerated, 33},
    {"try enumerated", try_enumerated, 33},
    {"try fails", try_fails, 3},
    {"try is left", try_is_left, 1},
    {"error is taken", error_is_taken, 1},
    {"first error is kept", first_error_is_kept, 1},
    {"wrong type", wrong_type, 0},
    {"failed stream", failed_stream, 0},
    {"as a plain for", as_a_plain_for, 4},
    {"by_ref", by_ref, 12},
    {"while let", while_let, 10},
    {"made once", made_once, 1},
    {"own cleanups", own_cleanups, 3},
    {"waits deep in its body", waits_deep_in_its_body, 3},
    {"a long one", a_long_one, 1000},
};
const size_t loop_rows_n = sizeof loop_rows / sizeof *loop_rows;

static bool run(const struct loop_row *row, const char *where)
{
    loop_counts = (struct loop_counts){0};
    int got = row->run();
    if (got == row->want && loop_counts.made == loop_counts.dropped)
        return true;
    fprintf(stderr, "%s, %s, %d waits: %d for %d; %d made, %d dropped\n", where, row->name,
            loop_waits, got, row->want, loop_counts.made, loop_counts.dropped);
    return false;
}

bool loop_rows_run(const char *where)
{
    for (loop_waits = 0; loop_waits < 3; loop_waits++)
        for (size_t i = 0; i < loop_rows_n; i++)
            if (!run(&loop_rows[i], where))
                return false;
    loop_waits = 0;
    return true;
}
