/* Types: what fits what, composites made once, and items dropped once. */

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

struct small {
    int32_t a;
};
static const weir_type small_type = WEIR_TYPE(struct small);
static const weir_type small_again = WEIR_TYPE(struct small);
static const weir_type byte_type = {.name = "byte", .size = 1, .align = 1};

static void names_and_sizes_fit(void **state)
{
    (void)state;
    static const weir_type same_name = {.name = "int64_t", .size = 4, .align = 4};
    static const weir_type same_size = {.name = "double", .size = 8, .align = 8};
    assert_true(weir_type_fits(&weir_type_i64, &weir_type_i64));
    assert_true(weir_type_fits(&small_type, &small_again));
    assert_false(weir_type_fits(&weir_type_i64, &weir_type_u64));
    assert_false(weir_type_fits(&weir_type_i64, &same_name));
    assert_false(weir_type_fits(&weir_type_i64, &same_size));
    assert_false(weir_type_fits(&weir_type_line, &weir_type_owned_line)); /* a C type of its own */
}

static void composites_fit_structs_of_their_shape(void **state)
{
    (void)state;
    struct both {
        int64_t first;
        struct small second;
    };
    static const weir_type both_type = WEIR_TYPE(struct both);
    const weir_type *pair = weir_type_pair(&weir_type_i64, &small_type);
    const weir_type *other = weir_type_pair(&small_type, &weir_type_i64);
    assert_true(weir_type_fits(pair, &both_type));
    assert_false(weir_type_fits(pair, &weir_type_i64));
    assert_false(weir_type_fits(&both_type, pair));
    assert_true(weir_type_fits(pair, pair));
    assert_false(weir_type_fits(pair, other));
    assert_false(weir_type_fits(pair, weir_type_indexed(&small_type)));
}

static void layout_is_that_of_c(void **state)
{
    (void)state;
    struct {
        struct small first;
        int64_t second;
    } a;
    struct {
        uint64_t index;
        bool item;
    } b;
    struct {
        weir_error *error;
        struct tracked item;
    } c;
    const weir_type *pair = weir_type_pair(&small_type, &weir_type_i64);
    const weir_type *indexed = weir_type_indexed(&weir_type_bool);
    const weir_type *result = weir_type_result(&tracked_type);
    const weir_type *bytes = weir_type_pair(&byte_type, &byte_type);
    assert_int_equal(pair->size, sizeof a);
    assert_int_equal(weir_type_second_offset(pair), (char *)&a.second - (char *)&a);
    assert_int_equal(indexed->size, sizeof b);
    assert_int_equal(weir_type_second_offset(indexed), (char *)&b.item - (char *)&b);
    assert_int_equal(result->size, sizeof c);
    assert_int_equal(weir_type_second_offset(result), (char *)&c.item - (char *)&c);
    assert_int_equal(bytes->size, 2);
    assert_int_equal(bytes->align, 1);
}

static void composites_are_made_once(void **state)
{
    (void)state;
    const weir_type *pair = weir_type_pair(&weir_type_i64, &small_type);
    assert_ptr_equal(pair, weir_type_pair(&weir_type_i64, &small_type));
    assert_ptr_not_equal(pair, weir_type_pair(&small_type, &weir_type_i64));
    assert_ptr_equal(weir_type_chunk(pair), weir_type_chunk(pair));
    assert_ptr_equal(weir_type_indexed(pair), weir_type_indexed(pair));
    assert_ptr_equal(weir_type_result(pair), weir_type_result(pair));
    assert_ptr_not_equal(weir_type_result(pair), weir_type_indexed(pair));
}

enum { THREADS = 2, TYPES = 200 };
static weir_type many[TYPES];
static const weir_type *made[THREADS][TYPES];
static pthread_barrier_t start;

static void *make_all(void *arg)
{
    size_t thread = (size_t)(uintptr_t)arg;
    pthread_barrier_wait(&start);
    for (size_t i = 0; i < TYPES; i++) {
        size_t at = thread ? TYPES - 1 - i : i;
        made[thread][at] = weir_type_chunk(&many[at]);
    }
    return NULL;
}

static void composites_are_made_once_by_two_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; i < TYPES; i++)
        many[i] = (weir_type){.name = "one of many", .size = 8, .align = 8};
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_all, (void *)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < TYPES; i++) {
        assert_non_null(made[0][i]);
        assert_ptr_equal(made[0][i], made[1][i]);
        assert_ptr_equal(made[0][i]->of[0], &many[i]);
    }
    pthread_barrier_destroy(&start);
}

static void composites_need_memory_once(void **state)
{
    (void)state;
    static const weir_type fresh = {.name = "fresh", .size = 8, .align = 8};
    memory_begin(1, true);
    assert_null(weir_type_chunk(&fresh));
    assert_null(weir_type_pair(&fresh, &fresh));
    assert_int_equal(memory_end(), 0);
    assert_non_null(weir_type_chunk(&fresh));
    memory_begin(1, true);
    assert_non_null(weir_type_chunk(&fresh));
    assert_int_equal(memory_end(), 0);
}

static void composites_drop_what_they_hold(void **state)
{
    (void)state;
    struct {
        struct tracked first, second;
    } pair = {tracked_make(1), tracked_make(2)};
    const weir_type *type = weir_type_pair(&tracked_type, &tracked_type);
    weir_type_drop_items(type, &pair, 1);
    assert_int_equal(tracked_live, 0);

    struct {
        uint64_t index;
        struct tracked item;
    } indexed[2] = {{0, tracked_make(1)}, {1, tracked_make(2)}};
    weir_type_drop_items(weir_type_indexed(&tracked_type), indexed, 2);
    assert_int_equal(tracked_live, 0);
    assert_null(weir_type_indexed(&weir_type_i64)->drop);
    assert_null(weir_type_pair(&weir_type_i64, &weir_type_i64)->drop);
}

static void results_drop_item_or_error(void **state)
{
    (void)state;
    struct {
        weir_error *error;
        struct tracked item;
    } results[2] = {{NULL, tracked_make(1)}, {NULL, {0, 0}}};
    memory_begin(0, false);
    results[1].error = weir_allocate(sizeof *results[1].error);
    weir_error_set(results[1].error, WEIR_E_USER, "kept");
    weir_type_drop_items(weir_type_result(&tracked_type), results, 2);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(memory_end(), 0);
}

static void options_drop_what_is_there(void **state)
{
    (void)state;
    struct {
        bool some;
        struct tracked item;
    } options[2] = {{true, tracked_make(1)}, {false, {0, 0}}};
    const weir_type *type = weir_type_option(&tracked_type);
    assert_int_equal(type->size, sizeof *options);
    weir_type_drop_items(type, options, 2);
    assert_int_equal(tracked_live, 0);
    assert_null(weir_type_option(&weir_type_i64)->drop);
}

static void vectors_drop_items_and_array(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_vec vec = {weir_allocate(4 * sizeof(struct tracked)), 2, 4, &tracked_type};
    ((struct tracked *)vec.items)[0] = tracked_make(1);
    ((struct tracked *)vec.items)[1] = tracked_make(2);
    weir_vec_drop(&vec);
    assert_null(vec.items);
    weir_vec_drop(&vec);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(memory_end(), 0);
}

static void lines_are_owned_by_copy(void **state)
{
    (void)state;
    char text[] = "lent";
    weir_line lent = {text, 4}, owned, none = {NULL, 0};
    memory_begin(0, false);
    assert_true(weir_type_line.own(&weir_type_line, &owned, &lent));
    text[0] = 'x';
    assert_int_equal(owned.size, 4);
    assert_string_equal(owned.data, "lent");
    weir_type_drop_items(&weir_type_owned_line, &owned, 1);
    assert_true(weir_type_line.own(&weir_type_line, &owned, &none));
    assert_int_equal(owned.size, 0);
    weir_type_drop_items(&weir_type_owned_line, &owned, 1);
    memory.fail_at = memory.calls + 1;
    assert_false(weir_type_line.own(&weir_type_line, &owned, &lent));
    assert_int_equal(memory_end(), 0);
}

static void streams_are_items_too(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_stream *streams[2] = {weir_range(0, 3), weir_empty(&weir_type_i64)};
    weir_type_drop_items(&weir_type_stream, streams, 2);
    assert_int_equal(memory_end(), 0);
}

int core_types(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_sizes_fit),
        cmocka_unit_test(composites_fit_structs_of_their_shape),
        cmocka_unit_test(layout_is_that_of_c),
        cmocka_unit_test(composites_are_made_once),
        cmocka_unit_test(composites_are_made_once_by_two_threads),
        cmocka_unit_test(composites_need_memory_once),
        cmocka_unit_test(composites_drop_what_they_hold),
        cmocka_unit_test(results_drop_item_or_error),
        cmocka_unit_test(options_drop_what_is_there),
        cmocka_unit_test(vectors_drop_items_and_array),
        cmocka_unit_test(lines_are_owned_by_copy),
        cmocka_unit_test(streams_are_items_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
