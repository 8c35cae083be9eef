/* A chain may be as deep as WEIR_DEPTH_MAX says; one that is deeper is refused in words when it is
 * built, and no depth, however great, runs a stack or the scratch out. */

#include "proofs.h"

static int64_t increment(int64_t x, void *arg)
{
    (void)arg;
    return x + 1;
}
WEIR_MAP_FN(increment_fn, increment, int64_t, int64_t)

static bool not_negative(int64_t x, void *arg)
{
    (void)arg;
    return x >= 0;
}
WEIR_FILTER_FN(not_negative_fn, not_negative, int64_t)

static bool negative(int64_t x, void *arg)
{
    (void)arg;
    return x < 0;
}
WEIR_FILTER_FN(negative_fn, negative, int64_t)

typedef struct wide {
    int64_t a, b;
} wide;
static wide widen(int64_t x, void *arg)
{
    (void)arg;
    return (wide){x, x};
}
WEIR_MAP_FN(widen_fn, widen, int64_t, wide)
static int64_t narrow(wide w, void *arg)
{
    (void)arg;
    return w.a;
}
WEIR_MAP_FN(narrow_fn, narrow, wide, int64_t)

static bool same(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = x;
    return true;
}
WEIR_FILTER_MAP_FN(same_fn, same, int64_t, int64_t)

static bool add_up(int64_t *sum, int64_t x, int64_t *out)
{
    *sum += x;
    *out = x;
    return true;
}
WEIR_SCAN_FN(add_up_fn, add_up, int64_t, int64_t, int64_t)

static bool try_same(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)error;
    return same(x, out, arg);
}
WEIR_TRY_MAP_FN(try_fn, try_same, int64_t, int64_t)

static weir_stream *single(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}
WEIR_THEN_FN(single_fn, single, int64_t, int64_t)

static weir_stream *nest(int64_t levels, void *arg);
WEIR_THEN_FN(nest_fn, nest, int64_t, int64_t)
static int64_t same_number(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(same_number_fn, same_number, int64_t, int64_t)

static weir_stream *counted(int64_t levels, void *arg);
WEIR_THEN_FN(counted_fn, counted, int64_t, uint64_t)

static void start(int64_t *state, int64_t x, void *arg)
{
    (void)arg;
    *state = x;
}
static weir_poll finish(int64_t *state, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, start, finish, int64_t, int64_t, int64_t)

static void see(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
}
WEIR_EACH_FN(see_fn, see, int64_t)

/* ---- one more stage of each kind ---- */

static weir_stream *more_map(weir_stream *s)
{
    return weir_map(s, &increment_fn, NULL);
}
static weir_stream *more_try(weir_stream *s)
{
    return weir_map(s, &try_fn, NULL);
}
static weir_stream *more_resize(weir_stream *s)
{
    return s->type->size == sizeof(wide) ? weir_map(s, &narrow_fn, NULL)
                                         : weir_map(s, &widen_fn, NULL);
}
static weir_stream *more_filter(weir_stream *s)
{
    return weir_filter(s, &not_negative_fn, NULL);
}
static weir_stream *more_filter_map(weir_stream *s)
{
    return weir_filter_map(s, &same_fn, NULL);
}
static weir_stream *more_scan(weir_stream *s)
{
    int64_t zero = 0;
    return weir_scan(s, &add_up_fn, &zero);
}
static weir_stream *more_then(weir_stream *s)
{
    return weir_then(s, &single_fn, NULL);
}
static weir_stream *more_then_async(weir_stream *s)
{
    return weir_then_async(s, &machine_fn, NULL);
}
static weir_stream *more_map_async(weir_stream *s)
{
    return weir_map_async(s, &machine_fn, NULL, 2);
}
static weir_stream *more_flat_map(weir_stream *s)
{
    return weir_flat_map(s, &single_fn, NULL);
}
static weir_stream *more_take(weir_stream *s)
{
    return weir_take(s, 1000000);
}
static weir_stream *more_skip(weir_stream *s)
{
    return weir_skip(s, 0);
}
static weir_stream *more_take_while(weir_stream *s)
{
    return weir_take_while(s, &not_negative_fn, NULL);
}
static weir_stream *more_skip_while(weir_stream *s)
{
    return weir_skip_while(s, &negative_fn, NULL);
}
static weir_stream *more_inspect(weir_stream *s)
{
    return weir_inspect(s, &see_fn, NULL);
}
static weir_stream *more_peekable(weir_stream *s)
{
    return weir_peekable(s);
}
static weir_stream *more_ahead(weir_stream *s)
{
    return weir_ahead(s, 2);
}
static weir_stream *more_chunks(weir_stream *s)
{
    return weir_chunks(s, 2);
}
static weir_stream *more_select(weir_stream *s)
{
    return weir_select(s, weir_empty(s->type));
}
static weir_stream *more_merge(weir_stream *s)
{
    return weir_merge(&s, 1);
}
static weir_stream *more_chain_left(weir_stream *s)
{
    return weir_chain(s, weir_range(0, 1));
}
static weir_stream *more_chain_right(weir_stream *s)
{
    return weir_chain(weir_range(0, 1), s);
}
static weir_stream *more_settle_here(weir_stream *s)
{
    return weir_settle_here(s);
}

struct kind {
    const char *name;
    weir_stream *(*more)(weir_stream *source);
    size_t each;  /* stages that it is made of */
    size_t inner; /* those of the streams that it polls, which count for the depth too */
};

static const struct kind kinds[] = {
    {"map", more_map, 1, 0},
    {"try_map", more_try, 1, 0},
    {"resizing map", more_resize, 1, 0},
    {"filter", more_filter, 1, 0},
    {"filter_map", more_filter_map, 1, 0},
    {"scan", more_scan, 1, 0},
    {"then", more_then, 1, 1},
    {"then_async", more_then_async, 1, 0},
    {"map_async", more_map_async, 1, 0},
    {"flat_map", more_flat_map, 2, 1},
    {"take", more_take, 1, 0},
    {"skip", more_skip, 1, 0},
    {"take_while", more_take_while, 1, 0},
    {"skip_while", more_skip_while, 1, 0},
    {"inspect", more_inspect, 1, 0},
    {"peekable", more_peekable, 1, 0},
    {"ahead", more_ahead, 1, 0},
    {"chunks", more_chunks, 1, 0},
    {"select", more_select, 1, 0},
    {"merge", more_merge, 1, 0},
    {"chain, left", more_chain_left, 1, 0},
    {"chain, right", more_chain_right, 1, 0},
    {"settle_here", more_settle_here, 1, 0},
};
enum { KINDS = sizeof kinds / sizeof *kinds, COUNT_AND_SOURCE = 2 };

static weir_stream *deep(const struct kind *kind, size_t stages)
{
    weir_stream *stream = weir_range(0, 4);
    while (stages--)
        stream = kind->more(stream);
    return stream;
}

static void runs(const struct kind *kind, size_t stages)
{
    weir_error error;
    uint64_t n = 0;
    if (weir_run(weir_count(deep(kind, stages)), &n, &error) != WEIR_READY)
        fail_msg("%zu of %s: %s", stages, kind->name, WEIR_ERROR_TEXT(&error));
    if (!n)
        fail_msg("%zu of %s gave nothing", stages, kind->name);
}

static void is_refused(const struct kind *kind, size_t stages)
{
    weir_error error;
    uint64_t n;
    if (weir_run(weir_count(deep(kind, stages)), &n, &error) != WEIR_ERROR)
        fail_msg("%zu of %s ran", stages, kind->name);
    proof_says(&error, WEIR_E_LIMIT, "WEIR_DEPTH_MAX = 1024");
}

static void test_a_hundred(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        runs(&kinds[i], 100);
}

/* As deep as is allowed. The streams that functions make are one stage each. */
static void test_a_thousand(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        size_t most = WEIR_DEPTH_MAX - COUNT_AND_SOURCE - kinds[i].inner;
        runs(&kinds[i], 1000 / kinds[i].each);
        runs(&kinds[i], most / kinds[i].each);
    }
}

static void test_one_too_many(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        is_refused(&kinds[i], (WEIR_DEPTH_MAX - COUNT_AND_SOURCE) / kinds[i].each + 1);
        is_refused(&kinds[i], WEIR_DEPTH_MAX + 1);
    }
}

/* Built, run and dropped. */
static void test_a_hundred_thousand(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        is_refused(&kinds[i], 100000);
        weir_drop(deep(&kinds[i], 100000));
    }
}

/* ---- what is nested instead ---- */

static weir_stream *nested(size_t levels)
{
    weir_stream *stream = weir_range(0, 4);
    while (levels--)
        stream = weir_flatten(weir_once(&weir_type_stream, &stream), &weir_type_i64);
    return stream;
}

/* Streams that functions make, each with `maps` stages over it: these count, whatever they are. */
static size_t maps;
static weir_stream *nest(int64_t levels, void *arg)
{
    (void)arg;
    weir_stream *stream = weir_range(levels - 1, levels);
    if (levels > 1)
        stream = weir_flat_map(stream, &nest_fn, NULL);
    for (size_t i = 0; i < maps; i++)
        stream = weir_map(stream, &same_number_fn, NULL);
    return stream;
}

static void test_nested_streams(void **state)
{
    (void)state;
    maps = 300;
    proof_counts(weir_count(nest(3, NULL)), 1);
    proof_fails(weir_count(nest(4, NULL)), WEIR_E_LIMIT, "1024 are allowed");
    proof_fails(weir_count(nest(300, NULL)), WEIR_E_LIMIT, "1024 are allowed");
    maps = 0;
    proof_counts(weir_count(nest(250, NULL)), 1);
    proof_fails(weir_count(nest(1025, NULL)), WEIR_E_LIMIT, "1024 are allowed");
    proof_counts(weir_count(nested(100)), 4);
    proof_counts(weir_count(nested(500)), 4);
    proof_fails(weir_count(nested(1025)), WEIR_E_LIMIT, "1024");
    weir_drop(nested(1025)); /* never polled, which only a poll could refuse */
}

static weir_reader *readers(size_t n)
{
    weir_reader *reader = weir_memory_reader("a\n", 2);
    while (--n)
        reader = weir_chain_reader(reader, weir_memory_reader("a\n", 2));
    return reader;
}

static weir_reader *readers_from_the_right(size_t n)
{
    weir_reader *reader = weir_memory_reader("a\n", 2);
    while (--n)
        reader = weir_chain_reader(weir_memory_reader("a\n", 2), reader);
    return reader;
}

static void test_readers(void **state)
{
    (void)state;
    weir_reader *(*const makes[])(size_t n) = {readers, readers_from_the_right};
    for (int i = 0; i < 2; i++) {
        proof_counts(weir_count(weir_lines(makes[i](100), 9)), 100);
        proof_counts(weir_count(weir_lines(makes[i](1000), 9)), 1000);
        proof_fails(weir_count(weir_lines(makes[i](1025), 9)), WEIR_E_LIMIT, "WEIR_DEPTH_MAX");
        proof_fails(weir_count(weir_lines(makes[i](100000), 9)), WEIR_E_LIMIT, "WEIR_DEPTH_MAX");
        weir_drop(makes[i](100000));
    }
}

/* A borrower stands over a stream that stays: its depth counts too. */
static void test_borrowed(void **state)
{
    (void)state;
    enum { MOST = 1030 };
    static weir_stream *streams[MOST];
    streams[0] = weir_range(0, 4);
    for (size_t i = 1; i < MOST; i++)
        streams[i] = weir_by_ref(streams[i - 1]);
    proof_fails(weir_next(streams[MOST - 1]), WEIR_E_LIMIT, "WEIR_DEPTH_MAX");
    proof_counts(weir_count(weir_by_ref(streams[1000])), 4);
    for (size_t i = MOST; i--;)
        weir_drop(streams[i]);
}

/* ---- and however small the budget of a turn is ---- */

static weir_stream *counted(int64_t levels, void *arg)
{
    (void)arg;
    weir_stream *source = weir_range(levels - 1, levels);
    return weir_count(levels > 1 ? weir_then(source, &counted_fn, NULL) : source);
}

static void runs_with(uint32_t budget, weir_stream *future, const char *name)
{
    weir_error error;
    uint64_t n = 0;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.budget = budget), NULL);
    alarm(20); /* a turn that makes no step is repeated for ever */
    if (weir_rt_run(rt, future, &n, &error) != WEIR_READY)
        fail_msg("%s, budget %u: %s", name, budget, WEIR_ERROR_TEXT(&error));
    alarm(0);
    assert_true(n > 0);
    weir_rt_drop(rt);
}

static void test_each_turn_makes_a_step(void **state)
{
    (void)state;
    for (uint32_t budget = 1; budget < 5; budget++) {
        for (size_t i = 0; i < KINDS; i++)
            for (size_t stages = 1; stages < 12; stages += 5)
                runs_with(budget, weir_count(deep(&kinds[i], stages)), kinds[i].name);
        for (int64_t levels = 1; levels < 12; levels += 5)
            runs_with(budget, counted(levels, NULL), "count in count");
    }
    runs_with(32, counted(80, NULL), "count in count");
}

int proofs_p6(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hundred),      cmocka_unit_test(test_a_thousand),
        cmocka_unit_test(test_one_too_many),   cmocka_unit_test(test_a_hundred_thousand),
        cmocka_unit_test(test_nested_streams), cmocka_unit_test(test_readers),
        cmocka_unit_test(test_borrowed),       cmocka_unit_test(test_each_turn_makes_a_step)};
    return cmocka_run_group_tests_name("p6", tests, NULL, NULL);
}
