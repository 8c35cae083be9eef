/* collect_into: a collection of the caller's, and hash maps (weir/hash.h). */

#include "stages.h"

#include "weir/hash.h"

/* ---- a table of one's own: a stack of limited depth ---- */

struct stack {
    int64_t values[4];
    int n;
    size_t reserved;
    bool closed;
};

static bool stack_reserve(void *into, size_t n, weir_error *error)
{
    (void)error;
    ((struct stack *)into)->reserved = n;
    return n < 50;
}

static bool stack_add(void *into, void *item, weir_error *error)
{
    struct stack *stack = into;
    struct tracked one = *(struct tracked *)item;
    tracked_drop(one);
    if (one.value == 9)
        return false; /* for no reason that it says */
    if (stack->n == 4)
        weir_error_set(error, WEIR_E_LIMIT, "the stack is full")->number = 4;
    else
        stack->values[stack->n++] = one.value;
    return !error->code;
}

static bool stack_finish(void *into, void *out, weir_error *error)
{
    struct stack *stack = into;
    (void)error;
    *(int64_t *)out = stack->n ? stack->values[stack->n - 1] : 0;
    return !stack->closed;
}

static const weir_into_ops stack_ops = {.size = sizeof stack_ops,
                                        .name = "stack",
                                        .of = &tracked_type,
                                        .reserve = stack_reserve,
                                        .add = stack_add,
                                        .finish = stack_finish,
                                        .gives = &weir_type_i64};
static const weir_into_ops mute_ops = {
    .size = sizeof mute_ops, .name = "mute", .of = &tracked_type, .add = stack_add};

static struct stack stack;

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    stack = (struct stack){0};
    return weir_collect_into(a, &stack_ops, &stack, 4);
}

static weir_stream *build_mute(weir_stream *a, weir_stream *b)
{
    (void)b;
    stack = (struct stack){0};
    return weir_collect_into(a, &mute_ops, &stack, 9);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2"}, "P 2 $", {4}, {2}, true},
        {{""}, "0 $", {1}, {0}, false},
        {{"1 2 3 4 5"}, "!!LIMIT $", {3}, {5}, true},
    };
    static const struct stage_case mute[] = {
        {{"1 P 2"}, "P () $", {4}, {2}, true},
        {{"1 2 3 4 5"}, "!!4 $", {3}, {5}, true},
        {{"1 9 2"}, "!!USER $", {2}, {3}, true},
    };
    check_table(rows, build);
    check_table(mute, build_mute);
}

static void test_reserve(void **state)
{
    (void)state;
    assert_int_equal(await(build(source("1 2 3"), NULL), NULL, NULL), WEIR_READY);
    assert_int_equal(stack.reserved, 3);
    assert_int_equal(await(build(source("1 2 3 4 5 6"), NULL), NULL, NULL), WEIR_ERROR);
    assert_int_equal(stack.reserved, 4); /* no more than there may be */
    assert_int_equal(tracked_live, 0);
}

static void test_errors(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build_mute(source("1 2 9 4"), NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "mute failed");
    assert_int_equal(error.record, 3);
    assert_int_equal(stack.n, 2); /* what was added stays */
    weir_stream *future = build(source("1"), NULL);
    stack.closed = true;
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "stack failed");
    assert_int_equal(await(build(source("1 !7 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(stack.n, 1);
    assert_int_equal(tracked_live, 0);
}

/* ---- hash maps ---- */

struct square {
    int64_t key;
    int64_t of;
};
WEIR_HASH_MAP(squares, struct square, key)

static struct square square_of(int64_t x, void *arg)
{
    (void)arg;
    return (struct square){x * x % 1000, x};
}
WEIR_MAP_FN(square_fn, square_of, int64_t, struct square)

static void test_hash_map(void **state)
{
    (void)state;
    struct squares *map = NULL, *each, *next;
    size_t n = 0;
    memory_begin(0, false);
    weir_stream *items = weir_map(weir_range(0, 500), &square_fn, NULL);
    assert_int_equal(await(weir_collect_into(items, &squares_into, &map, 500), NULL, NULL),
                     WEIR_READY);
    struct square *found = squares_find(map, &(int64_t){4});
    assert_non_null(found);
    assert_int_equal(found->of, 498); /* of 2 and 498 the last */
    assert_null(squares_find(map, &(int64_t){3}));
    HASH_ITER(hh, map, each, next)
    {
        assert_int_equal(each->item.of * each->item.of % 1000, each->item.key);
        n++;
    }
    assert_int_equal(n, HASH_COUNT(map));
    squares_drop(&map);
    assert_null(map);
    assert_int_equal(memory_end(), 0);
}

static void test_hash_map_limit(void **state)
{
    (void)state;
    struct squares *map = NULL;
    weir_error error;
    weir_stream *items = weir_map(weir_range(0, 500), &square_fn, NULL);
    assert_int_equal(await(weir_collect_into(items, &squares_into, &map, 20), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message, "more than 20 items to collect");
    assert_int_equal(HASH_COUNT(map), 20);
    squares_drop(&map);
}

WEIR_HASH_MAP(things, struct tracked, value, .of = &tracked_type)

/* Whichever allocation fails: nothing is lost, nothing is dropped twice. */
static void test_hash_map_memory(void **state)
{
    (void)state;
    for (unsigned long k = 1; k < 60; k++) {
        struct things *map = NULL;
        weir_error error = {0};
        memory_begin(k, false);
        weir_stream *future =
            weir_collect_into(source("1 2 3 1 2 4 5 6 7 8 9 10 11 12 13"), &things_into, &map, 99);
        weir_state end = await(future, NULL, &error);
        assert_true(end == WEIR_READY || error.code == WEIR_E_MEMORY);
        assert_int_equal(tracked_live, HASH_COUNT(map));
        assert_int_equal(end == WEIR_READY, HASH_COUNT(map) == 13);
        things_drop(&map);
        assert_int_equal(tracked_live, 0);
        assert_int_equal(memory_end(), 0);
    }
}

int stage_collect_into(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),          cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_hash_map),
        cmocka_unit_test(test_hash_map_limit), cmocka_unit_test(test_hash_map_memory)};
    return cmocka_run_group_tests_name("collect_into", tests, NULL, NULL);
}
