/* The keyed table: held to an array that is searched from one end to the other. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/table.h"
#include "doubles.h"

enum { MANY = 300, STEPS = 20000 };

struct value {
    int64_t number;
};

static struct value *put(struct weir_table *table, uint64_t key, int64_t number)
{
    struct value *value = weir_table_add(table, &key);
    if (value)
        value->number = number;
    return value;
}

static void what_is_added_is_found(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct weir_table table;
    weir_table_init(&table, sizeof(uint64_t), sizeof(struct value), 3, 1);
    assert_null(weir_table_find(&table, &(uint64_t){1}));
    assert_null(weir_table_next(&table, NULL));
    assert_int_equal(memory.calls, 0);
    struct value *one = put(&table, 1, 10), *two = put(&table, 2, 20), *three = put(&table, 3, 30);
    assert_ptr_equal(weir_table_find(&table, &(uint64_t){2}), two);
    assert_int_equal((uintptr_t)two % WEIR_ALIGN, 0);
    assert_memory_equal(weir_table_key(&table, two), &(uint64_t){2}, sizeof(uint64_t));
    assert_null(weir_table_find(&table, &(uint64_t){4}));
    assert_null(put(&table, 4, 40)); /* it is full */
    weir_table_remove(&table, two);
    assert_null(weir_table_find(&table, &(uint64_t){2}));
    struct value *again = put(&table, 2, 21);
    assert_int_equal(again->number, 21);
    assert_ptr_equal(weir_table_next(&table, NULL), one); /* in the order in which they came */
    assert_ptr_equal(weir_table_next(&table, one), three);
    assert_ptr_equal(weir_table_next(&table, three), again);
    assert_null(weir_table_next(&table, again));
    weir_table_fini(&table);
    assert_int_equal(memory_end(), 0);
}

/* Sizes of keys that are no whole number of words, and a value of none. */
static void keys_of_any_size(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 33; size++) {
        struct weir_table table;
        unsigned char key[33] = {0};
        memory_begin(0, false);
        weir_table_init(&table, size, 0, 2 * size, 0);
        for (size_t i = 0; i < size; i++) {
            key[i] = 1;
            assert_non_null(weir_table_add(&table, key));
            key[i] = 0;
        }
        for (size_t i = 0; i < size; i++) {
            key[i] = 1;
            assert_non_null(weir_table_find(&table, key));
            key[i] = 2;
            assert_null(weir_table_find(&table, key));
            key[i] = 0;
        }
        weir_table_fini(&table);
        assert_int_equal(memory_end(), 0);
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* The same adds and removes as an array of what is there. */
static void random_steps(uint64_t seed)
{
    struct weir_table table;
    struct value *there[MANY] = {NULL};
    size_t n = 0;
    weir_table_init(&table, sizeof(uint64_t), sizeof(struct value), MANY, seed);
    for (int step = 0; step < STEPS; step++) {
        uint64_t key = next_random(&seed) % MANY;
        assert_ptr_equal(weir_table_find(&table, &key), there[key]);
        if (there[key] && next_random(&seed) % 4) {
            assert_int_equal(there[key]->number, (int64_t)key);
            weir_table_remove(&table, there[key]);
            there[key] = NULL;
            n--;
        } else if (!there[key]) {
            there[key] = put(&table, key, (int64_t)key);
            assert_non_null(there[key]);
            n++;
        }
        assert_int_equal(table.n, n);
    }
    size_t seen = 0;
    for (struct value *at = NULL; (at = weir_table_next(&table, at)); seen++)
        assert_ptr_equal(there[at->number], at);
    assert_int_equal(seen, n);
    weir_table_fini(&table);
}

static void it_is_as_the_array_says(void **state)
{
    (void)state;
    memory_begin(0, false);
    for (uint64_t seed = 1; seed <= 5; seed++)
        random_steps(seed);
    assert_int_equal(memory_end(), 0);
}

/* No memory for more buckets only makes chains longer; none for an entry is told. */
static void memory_may_fail(void **state)
{
    (void)state;
    for (unsigned long fail_at = 1; fail_at <= 40; fail_at++) {
        struct weir_table table;
        memory_begin(fail_at, false);
        weir_table_init(&table, sizeof(uint64_t), sizeof(struct value), MANY, 7);
        size_t refused = 0;
        for (uint64_t key = 0; key < 40; key++)
            refused += !put(&table, key, (int64_t)key);
        assert_true(refused <= 1);
        assert_int_equal(table.n, 40 - refused);
        for (uint64_t key = 0, found = 0; key < 40; key++) {
            found += weir_table_find(&table, &key) != NULL;
            if (key == 39)
                assert_int_equal(found, table.n);
        }
        weir_table_fini(&table);
        assert_int_equal(memory_end(), 0);
    }
}

static void it_takes_no_more_than_it_says(void **state)
{
    (void)state;
    for (size_t max = 1; max < 2000; max = max * 3 + 1) {
        struct weir_table table;
        memory_begin(0, false);
        weir_table_init(&table, sizeof(uint64_t), sizeof(struct value), max, 7);
        for (uint64_t key = 0; put(&table, key, 0); key++)
            ;
        assert_int_equal(table.n, max);
        assert_true(memory.peak_bytes <= weir_table_memory_max(&table));
        assert_true(memory.live_bytes * 2 > weir_table_memory_max(&table) || max < 8);
        weir_table_fini(&table);
        assert_int_equal(memory_end(), 0);
    }
    struct weir_table table;
    weir_table_init(&table, SIZE_MAX, 16, SIZE_MAX, 7);
    assert_int_equal(weir_table_memory_max(&table), SIZE_MAX);
    assert_null(weir_table_add(&table, "x")); /* of a size that nothing has */
}

int core_table(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_found),        cmocka_unit_test(keys_of_any_size),
        cmocka_unit_test(it_is_as_the_array_says),       cmocka_unit_test(memory_may_fail),
        cmocka_unit_test(it_takes_no_more_than_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
