/* The law of work: in one turn of a task nobody makes a source give, or a function do, more than
 * the budget times what a consumer asks for. Sources that never end, stages that keep nothing of
 * what they get, sets whose members are all woken at once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "laws.h"

enum { MANY = 20000000, MEMBERS = 10000, MERGED = 1000, TURNS = 30, TURNS_OF_SETS = 300 };

/* What was done in this turn. */
static struct {
    size_t given; /* by one source, the most of all of them */
    size_t asked; /* at once */
    size_t calls; /* of functions of the user's that keep nothing */
    size_t polls; /* of members of sets */
} turn;

/* ---- sources without an end ---- */

struct flood {
    weir_stream stream;
    int64_t next;
    size_t given;
    unsigned turn;
};

static unsigned turns;

static weir_poll flood_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct flood *self = WEIR_SELF(struct flood, stream);
    (void)cx;
    if (self->turn != turns)
        self->given = 0;
    self->turn = turns;
    self->given += demand;
    turn.given = self->given > turn.given ? self->given : turn.given;
    turn.asked = demand > turn.asked ? demand : turn.asked;
    for (size_t i = 0; i < demand; i++)
        ((int64_t *)out)[i] = self->next++;
    return (weir_poll){(uint32_t)demand, WEIR_READY};
}

static weir_stream *flood(void)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "flood", .poll_next = flood_poll_next};
    return weir_source_new(sizeof(struct flood), &ops, &weir_type_i64);
}

/* ---- functions that keep nothing ---- */

static bool never(int64_t x, void *arg)
{
    (void)x, (void)arg;
    turn.calls++;
    return false;
}
WEIR_FILTER_FN(never_fn, never, int64_t)

static bool always(int64_t x, void *arg)
{
    (void)x, (void)arg;
    turn.calls++;
    return true;
}
WEIR_FILTER_FN(always_fn, always, int64_t)

static bool none(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    turn.calls++;
    *out = x;
    return false;
}
WEIR_FILTER_MAP_FN(none_fn, none, int64_t, int64_t)

static bool running(int64_t *sum, int64_t x, int64_t *out)
{
    turn.calls++;
    *out = *sum += x;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)

static bool fails(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    turn.calls++;
    *out = x;
    weir_error_set(error, WEIR_E_USER, "on purpose");
    return false;
}
WEIR_TRY_MAP_FN(fails_fn, fails, int64_t, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    turn.calls++;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void see(int64_t x, void *arg)
{
    (void)x, (void)arg;
    turn.calls++;
}
WEIR_EACH_FN(see_fn, see, int64_t)

static bool grow(int64_t *state, int64_t *out)
{
    turn.calls++;
    *out = ++*state;
    return true;
}
WEIR_UNFOLD_FN(grow_fn, grow, int64_t, int64_t)

static weir_stream *nothing(int64_t x, void *arg)
{
    (void)x, (void)arg;
    turn.calls++;
    return weir_take(weir_empty(&weir_type_i64), 1);
}
WEIR_THEN_FN(nothing_fn, nothing, int64_t, int64_t)
WEIR_MAP_FN(to_nothing_fn, nothing, int64_t, weir_stream *)

/* ---- machines that wait until all of them are woken, and then give nothing, an item, or fail */

struct member {
    bool waited;
    weir_state answer;
    int64_t item;
};

static struct weir_waker *sleepers[MEMBERS];
static size_t asleep, slept;
static weir_state member_answer;
static unsigned member_gives;

static void member_start(struct member *member, int64_t item, void *arg)
{
    (void)arg;
    member->item = item;
}

static weir_poll member_poll(struct member *member, weir_cx *cx, int64_t *out)
{
    turn.polls++;
    if (!member->waited && slept < MEMBERS) {
        member->waited = true;
        weir_waker_ref(cx->waker);
        sleepers[asleep++] = cx->waker;
        slept++;
        weir_waker_slot kept = {cx->waker};
        return weir_wait(cx, &kept, WEIR_WAIT_PEER);
    }
    if (member_answer == WEIR_ERROR)
        return weir_fail(cx, WEIR_E_USER, "on purpose");
    *out = member->item;
    return (weir_poll){member_gives, WEIR_END};
}
WEIR_ASYNC_FN(member_fn, member_start, member_poll, struct member, int64_t, int64_t)

static weir_poll sleeper_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return member_poll(arg, cx, out);
}

static weir_stream *sleeper(int64_t x, void *arg)
{
    static struct member members[MEMBERS];
    struct member *member = &members[x % MEMBERS];
    (void)arg;
    *member = (struct member){.item = x};
    return weir_future_fn(&weir_type_i64, sleeper_poll, member);
}
WEIR_MAP_FN(to_sleeper_fn, sleeper, int64_t, weir_stream *)

/* ---- generators without a stack, over a source that never ends ---- */

struct reading {
    weir_stream *source;
    int64_t x;
    bool none;
};

static void reading_drop(void *state)
{
    weir_drop(((struct reading *)state)->source);
}

static weir_poll reading_poll(struct reading *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->source, self->source) {
        turn.calls++;
        if (!self->none)
            weir_co_yield(co, out, self->x);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(reading_fn, reading_poll, struct reading, int64_t, .drop = reading_drop)

static weir_stream *read_none(weir_stream *source)
{
    return weir_co_generator(&reading_fn, &(struct reading){.source = source, .none = true}, NULL);
}

static weir_stream *read_all(weir_stream *source, bool ahead)
{
    return weir_co_generator(&reading_fn, &(struct reading){.source = source},
                             &WEIR_CO_OPTIONS(.ahead = ahead));
}

/* All of them in one moment; those that come after MEMBERS do not sleep. */
static void wake_members(void)
{
    while (asleep)
        weir_waker_wake_unref(sleepers[--asleep]);
}

/* ---- what is run ---- */

static const int64_t zero;

static weir_stream *merge_of(weir_stream *(*make)(void), bool keep)
{
    weir_stream *inputs[MERGED];
    for (size_t i = 0; i < MERGED; i++)
        inputs[i] = keep ? make() : weir_filter(make(), &never_fn, NULL);
    return weir_merge(inputs, MERGED);
}

static weir_stream *empty(void)
{
    return weir_empty(&weir_type_i64);
}

static weir_stream *selected(weir_stream *(*make)(void))
{
    weir_set *set;
    weir_stream *stream = weir_select_all(&weir_type_i64, MERGED, &set);
    for (size_t i = 0; i < MERGED; i++)
        if (!weir_set_push(set, make()))
            test_abort("no memory for %d streams", MERGED);
    return stream;
}

static weir_stream *lines(weir_stream *source)
{
    weir_drop(source);
    return weir_forward(weir_take(weir_repeat(&weir_type_line, &(weir_line){"abc", 3}), MANY),
                        weir_null_writer());
}

#define CASE(name, expression)                                                                     \
    static weir_stream *name(weir_stream *s)                                                       \
    {                                                                                              \
        return expression;                                                                         \
    }
CASE(chunks_many, weir_chunks(s, MANY))
CASE(chunks_of_chunks, weir_chunks(weir_chunks(s, 3), MANY))
CASE(skip_many, weir_skip(s, MANY))
CASE(skip_many_of_pairs, weir_skip(weir_enumerate(s), MANY))
CASE(skip_while_all, weir_skip_while(s, &always_fn, NULL))
CASE(filter_none, weir_filter(s, &never_fn, NULL))
CASE(filter_deep,
     weir_filter(weir_filter(weir_filter(s, &always_fn, NULL), &always_fn, NULL), &never_fn, NULL))
CASE(filter_map_none, weir_filter_map(s, &none_fn, NULL))
CASE(flatten_empties, weir_flatten(weir_map(s, &to_nothing_fn, NULL), &weir_type_i64))
CASE(flat_map_empties, weir_flat_map(s, &nothing_fn, NULL))
CASE(unordered_empties,
     weir_flatten_unordered(weir_map(s, &to_nothing_fn, NULL), &weir_type_i64, 100))
CASE(unordered_sleepers,
     weir_flatten_unordered(weir_map(s, &to_sleeper_fn, NULL), &weir_type_i64, MEMBERS))
CASE(select_all_empties, (weir_drop(s), selected(empty)))
CASE(select_all_floods, (weir_drop(s), weir_count(selected(flood))))
CASE(then_nothing, weir_then(s, &nothing_fn, NULL))
CASE(buffered_nothing, weir_buffered(weir_map(s, &to_nothing_fn, NULL), &weir_type_i64, 100))
CASE(unordered_nothing,
     weir_buffer_unordered(weir_map(s, &to_nothing_fn, NULL), &weir_type_i64, 100))
CASE(then_async_all, weir_then_async(s, &member_fn, NULL))
CASE(map_async_all, weir_map_async(s, &member_fn, NULL, MEMBERS))
CASE(map_async_ordered_all, weir_map_async_ordered(s, &member_fn, NULL, MEMBERS))
CASE(buffered_all, weir_buffered(weir_map(s, &to_sleeper_fn, NULL), &weir_type_i64, MEMBERS))
CASE(unordered_all,
     weir_buffer_unordered(weir_map(s, &to_sleeper_fn, NULL), &weir_type_i64, MEMBERS))
CASE(collect_many, weir_collect(s, MANY))
CASE(count_all, weir_count(s))
CASE(count_skipped, weir_count(weir_skip(weir_take(s, MANY), MANY)))
CASE(count_machines, weir_count(weir_map_async(s, &member_fn, NULL, MEMBERS)))
CASE(count_ordered, weir_count(weir_map_async_ordered(s, &member_fn, NULL, MEMBERS)))
CASE(count_none, weir_count(weir_filter(s, &never_fn, NULL)))
CASE(count_results, weir_count(weir_results(weir_map(s, &fails_fn, NULL))))
CASE(count_errors, weir_count(weir_errors(weir_results(s))))
CASE(count_peekable, weir_count(weir_peekable(s)))
CASE(count_inspect, weir_count(weir_inspect(s, &see_fn, NULL)))
CASE(count_ahead, weir_count(weir_ahead(s, 1)))
CASE(count_take_while, weir_count(weir_take_while(s, &always_fn, NULL)))
CASE(count_scan, weir_count(weir_scan(s, &running_fn, &zero)))
CASE(count_select, weir_count(weir_select(s, flood())))
CASE(count_select_one, weir_count(weir_select(s, weir_filter(flood(), &never_fn, NULL))))
CASE(count_zip, weir_count(weir_zip(s, flood())))
CASE(count_chain, weir_count(weir_chain(weir_take(flood(), 1000), s)))
CASE(zip_none, weir_zip(weir_filter(s, &never_fn, NULL), weir_filter(flood(), &never_fn, NULL)))
CASE(any_never, weir_any(s, &never_fn, NULL))
CASE(all_always, weir_all(s, &always_fn, NULL))
CASE(fold_all, weir_fold(s, &add_fn, &zero, NULL))
CASE(each_all, weir_for_each(s, &see_fn, NULL))
CASE(unfold_none, (weir_drop(s), weir_filter(weir_unfold(&grow_fn, &zero), &never_fn, NULL)))
CASE(unfold_all, (weir_drop(s), weir_count(weir_unfold(&grow_fn, &zero))))
CASE(merge_floods, (weir_drop(s), weir_count(merge_of(flood, true))))
CASE(merge_none, (weir_drop(s), merge_of(flood, false)))
CASE(co_none, read_none(s))
CASE(co_all, read_all(s, false))
CASE(co_all_ahead, read_all(s, true))
CASE(count_co, weir_count(read_all(s, false)))
CASE(count_co_ahead, weir_count(read_all(s, true)))
CASE(merge_empties, (weir_drop(s), merge_of(empty, true)))

#undef CASE
#define CASE(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
static const struct {
    const char *name;
    weir_stream *(*build)(weir_stream *source WEIR_TAKES);
} cases[] = {CASE(chunks_many),
             CASE(chunks_of_chunks),
             CASE(skip_many),
             CASE(skip_many_of_pairs),
             CASE(skip_while_all),
             CASE(filter_none),
             CASE(filter_deep),
             CASE(filter_map_none),
             CASE(flatten_empties),
             CASE(flat_map_empties),
             CASE(unordered_empties),
             CASE(unordered_sleepers),
             CASE(select_all_empties),
             CASE(select_all_floods),
             CASE(then_nothing),
             CASE(buffered_nothing),
             CASE(unordered_nothing),
             CASE(then_async_all),
             CASE(map_async_all),
             CASE(map_async_ordered_all),
             CASE(buffered_all),
             CASE(unordered_all),
             CASE(collect_many),
             CASE(count_all),
             CASE(count_skipped),
             CASE(count_none),
             CASE(count_machines),
             CASE(count_ordered),
             CASE(count_results),
             CASE(count_errors),
             CASE(count_peekable),
             CASE(count_inspect),
             CASE(count_ahead),
             CASE(count_take_while),
             CASE(count_scan),
             CASE(count_select),
             CASE(count_select_one),
             CASE(count_zip),
             CASE(count_chain),
             CASE(zip_none),
             CASE(any_never),
             CASE(all_always),
             CASE(fold_all),
             CASE(each_all),
             CASE(unfold_none),
             CASE(unfold_all),
             CASE(merge_floods),
             CASE(merge_none),
             CASE(co_none),
             CASE(co_all),
             CASE(co_all_ahead),
             CASE(count_co),
             CASE(count_co_ahead),
             CASE(merge_empties),
             CASE(lines)};

static unsigned complaints;

static void judge(const char *name, const char *what, size_t n, size_t most, const weir_cx *cx,
                  size_t demand)
{
    if (n <= most)
        return;
    complaints++;
    fprintf(stderr, "%s: %s: %zu, not %zu at most, demand %zu, demand_max %u\n", name, what, n,
            most, demand, cx->demand_max);
}

static void judge_turn(const char *name, size_t demand, const weir_cx *cx)
{
    size_t most = demand > cx->demand_max ? demand : cx->demand_max;
    size_t all = (WEIR_BUDGET + 2) * most;
    judge(name, "asked of a source at once", turn.asked, most, cx, demand);
    judge(name, "given by a source in a turn", turn.given, all, cx, demand);
    judge(name, "calls in a turn", turn.calls, 3 * all, cx, demand); /* filters share a budget */

    judge(name, "members polled in a turn", turn.polls, all, cx, demand);
}

static void run_case(size_t which, size_t demand, unsigned demand_max)
{
    static struct test_cx test;
    char *items = malloc(64 * demand);
    weir_stream *stream = cases[which].build(flood());
    weir_poll got = {0, WEIR_READY};
    slept = 0;
    test_cx_init(&test);
    for (unsigned i = 0; i < (slept ? TURNS_OF_SETS : TURNS) && got.state != WEIR_END; i++) {
        turns++;
        turn.given = turn.asked = turn.calls = turn.polls = 0;
        test_cx_turn(&test);
        test.cx.demand_max = demand_max;
        got = weir_poll_next(stream, &test.cx, items, demand);
        weir_type_drop_items(stream->type, items, got.n);
        judge_turn(cases[which].name, demand, &test.cx);
        if (got.state == WEIR_PENDING && !test.waker->wakes)
            wake_members();
        if (got.state == WEIR_ERROR && test.cx.error.fatal)
            break;
    }
    weir_drop(stream);
    wake_members();
    test_cx_fini(&test);
    free(items);
    assert_int_equal(test_wakers_live, 0);
}

/* How members end matters to sets alone. */
static void run_endings(size_t which, size_t demand, unsigned demand_max)
{
    static const struct {
        weir_state answer;
        unsigned gives;
    } endings[] = {{WEIR_END, 0}, {WEIR_END, 1}, {WEIR_ERROR, 0}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings && (!i || slept); i++) {
        member_answer = endings[i].answer;
        member_gives = endings[i].gives;
        run_case(which, demand, demand_max);
    }
}

void test_work(void **state)
{
    static const size_t demands[] = {1, 64, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t d = 0; d < sizeof demands / sizeof *demands; d++)
            for (unsigned most = 1; most <= 64; most *= 64)
                run_endings(i, demands[d], most);
    assert_int_equal(complaints, 0);
}
