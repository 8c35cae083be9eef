/* par_fold: batches are folded at once and combined in the order of their items, so that what
 * depends on that order comes out as in one loop, however they were cut (K13). */

#include "bodies.h"

/* A polynomial in 31: it tells every order from every other. */
struct hash {
    uint64_t sum, power;
};

static const struct hash nothing = {0, 1};

static void add(struct hash *hash, struct thing thing, void *arg)
{
    if (arg)
        enter(arg, thing.value);
    hash->sum = hash->sum * 31 + (uint64_t)thing.value;
    hash->power *= 31;
    thing_end(thing);
    if (arg)
        leave(arg);
}
WEIR_FOLD_FN(add_fn, add, struct hash, struct thing, .of = &thing_type)

static bool try_add(struct hash *hash, struct thing thing, void *arg, weir_error *error)
{
    bool fails = is_to_fail(arg, thing.value, error);
    add(hash, thing, arg);
    return !fails;
}
WEIR_TRY_FOLD_FN(try_add_fn, try_add, struct hash, struct thing, .of = &thing_type)

static void combine(struct hash *hash, struct hash later, void *arg)
{
    (void)arg;
    hash->sum = hash->sum * later.power + later.sum;
    hash->power *= later.power;
}
WEIR_FOLD_FN(combine_fn, combine, struct hash, struct hash)

static uint64_t expected(int64_t n)
{
    uint64_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum = sum * 31 + (uint64_t)i;
    return sum;
}

static void fold_all(weir_rt *rt, uint32_t workers)
{
    for (int64_t n = 0; n < 1000; n = 3 * n + 1)
        for (int tries = 0; tries < 2; tries++) {
            struct shared shared;
            struct hash zero = {0, 1}, hash = {9, 9};
            shared_begin(&shared);
            weir_stream *all = weir_par_fold(things_of(n), &zero, tries ? &try_add_fn : &add_fn,
                                             &combine_fn, &shared, workers + 1, NULL);
            zero.sum = 77; /* it was copied */
            assert_int_equal(weir_rt_run(rt, all, &hash, NULL), WEIR_READY);
            assert_true(hash.sum == expected(n));
            assert_int_equal(shared.ended, n);
            shared_end(&shared);
            assert_int_equal(things, 0);
        }
}

static void batches_are_combined_in_order(void **state)
{
    (void)state;
    everywhere(fold_all);
}

static _Atomic size_t kernel_items;

static void kernel(void *acc, const void *in, size_t n, void *arg)
{
    (void)arg;
    kernel_items += n;
    for (size_t i = 0; i < n; i++)
        *(int64_t *)acc += ((const int64_t *)in)[i];
}

static void never(int64_t *acc, int64_t item, void *arg)
{
    (void)arg, (void)item, (void)acc;
    abort();
}
WEIR_FOLD_FN(kernel_fn, never, int64_t, int64_t, .batch = {kernel, kernel, kernel})

static void plus(int64_t *acc, int64_t item, void *arg)
{
    (void)arg;
    *acc += item;
}
WEIR_FOLD_FN(plus_fn, plus, int64_t, int64_t)

static void fold_by_kernel(weir_rt *rt, uint32_t workers)
{
    int64_t sum = -1;
    kernel_items = 0;
    weir_stream *all = weir_par_fold(weir_range(0, 3000), &(int64_t){0}, &kernel_fn, &plus_fn, NULL,
                                     workers, NULL);
    assert_int_equal(weir_rt_run(rt, all, &sum, NULL), WEIR_READY);
    assert_int_equal(sum, 3000 * 2999 / 2);
    assert_int_equal(kernel_items, 3000);
}

static void kernels_are_used(void **state)
{
    (void)state;
    everywhere(fold_by_kernel);
}

static void fail_some(weir_rt *rt, uint32_t workers)
{
    for (int64_t every = 5; every < 200; every *= 5) {
        struct shared shared;
        struct hash hash;
        weir_error error;
        shared_begin(&shared);
        shared.fails_every = every;
        weir_stream *all = weir_par_fold(things_of(300), &nothing, &try_add_fn, &combine_fn,
                                         &shared, workers + 1, NULL);
        assert_int_equal(weir_rt_run(rt, all, &hash, &error), WEIR_ERROR);
        assert_int_equal(error.number, every - 1); /* the first in the order of the items */
        assert_int_equal(error.record, every);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void the_first_failure_ends_it(void **state)
{
    (void)state;
    everywhere(fail_some);
}

static bool fold_without(unsigned long fail_at, bool tries)
{
    struct shared shared;
    struct hash hash;
    weir_error error;
    memory_begin(0, false);
    weir_rt *rt = world_of(&(struct world){"sim", 4, 2});
    shared_begin(&shared);
    shared.fails_every = tries ? 15 : 0;
    memory.fail_at = memory.calls + fail_at;
    weir_stream *all = weir_par_fold(things_of(20), &nothing, tries ? &try_add_fn : &add_fn,
                                     &combine_fn, &shared, 3, NULL);
    weir_state state = weir_rt_run(rt, all, &hash, &error);
    bool failed = memory.failed;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    if (state == WEIR_READY)
        assert_true(!tries && hash.sum == expected(20));
    else
        assert_true(error.code == WEIR_E_MEMORY || (tries && error.code == WEIR_E_USER));
    shared_end(&shared);
    assert_int_equal(things, 0);
    return failed;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    for (int tries = 0; tries < 2; tries++) {
        unsigned long fail_at = 1;
        while (fold_without(fail_at, tries))
            assert_true(++fail_at < 1000);
        assert_true(fail_at > 10);
    }
}

/* ---- refused ---- */

static void gather(struct thing *acc, struct thing item, void *arg)
{
    (void)arg;
    acc->value += item.value;
    thing_end(item);
}
WEIR_FOLD_FN(gather_fn, gather, struct thing, struct thing, .of = &thing_type, .acc = &thing_type)

static void refuse(weir_stream *all, weir_code code)
{
    weir_error error;
    struct hash hash;
    assert_int_equal(weir_run(all, &hash, &error), WEIR_ERROR);
    assert_int_equal(error.code, code);
    assert_int_equal(things, 0);
}

struct larger {
    struct hash hash;
    int64_t more[4];
};

static void combine_larger(struct larger *larger, struct hash later, void *arg)
{
    combine(&larger->hash, later, arg);
}
WEIR_FOLD_FN(combine_larger_fn, combine_larger, struct larger, struct hash)

static void combine_from_larger(struct hash *hash, struct larger later, void *arg)
{
    combine(hash, later.hash, arg);
}
WEIR_FOLD_FN(combine_from_larger_fn, combine_from_larger, struct hash, struct larger)

/* ... in words of par_fold's own, and not of the stages that it is made of. */
static void what_combines_something_else_is_refused(void **state)
{
    static const weir_fold_fn *const wrong[] = {&combine_larger_fn, &combine_from_larger_fn};
    static const char *const names[] = {"combine_larger", "combine_from_larger"};
    struct hash zero = {0, 1};
    weir_error error;
    char message[200];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        weir_stream *all = weir_par_fold(things_of(3), &zero, &add_fn, wrong[i], NULL, 2, NULL);
        assert_int_equal(weir_run(all, NULL, &error), WEIR_ERROR);
        snprintf(message, sizeof message,
                 "par_fold folds to 'struct hash' with 'add', but '%s' combines 'struct larger'",
                 names[i]);
        assert_string_equal(error.message, message);
        assert_string_equal(error.trail[0], "par_fold");
        assert_int_equal(things, 0);
    }
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    struct hash zero = {0, 1};
    struct thing empty = {0};
    volatile size_t none = 0;
    refuse(weir_par_fold(things_of(3), &zero, &add_fn, &combine_fn, NULL, none, NULL),
           WEIR_E_ARGUMENT);
    refuse(weir_par_fold(things_of(3), NULL, &add_fn, &combine_fn, NULL, 2, NULL), WEIR_E_ARGUMENT);
    refuse(weir_par_fold(weir_range(0, 3), &zero, &add_fn, &combine_fn, NULL, 2, NULL),
           WEIR_E_TYPE);
    refuse(weir_par_fold(things_of(3), &zero, &add_fn, &plus_fn, NULL, 2, NULL), WEIR_E_TYPE);
    refuse(weir_par_fold(things_of(3), &empty, &gather_fn, &gather_fn, NULL, 2, NULL),
           WEIR_E_TYPE); /* what zero owned would be owned by each batch */
}

int task_par_fold(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_combined_in_order),
        cmocka_unit_test(kernels_are_used),
        cmocka_unit_test(the_first_failure_ends_it),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(what_combines_something_else_is_refused),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
