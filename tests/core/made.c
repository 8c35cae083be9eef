/* Types that are made of others while the program runs, what functions make of lent and of bound
 * items, and lines that own their bytes. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/stage.h"
#include "doubles.h"

/* ---- what is made of lent items is lent ---- */

struct row {
    weir_line name, age;
};
static const weir_type row_type = WEIR_TYPE(struct row);
static const weir_type view_type = WEIR_TYPE_VIEW(struct row);
static const weir_type detached_type = {.name = "struct row",
                                        .size = sizeof(struct row),
                                        .align = _Alignof(struct row),
                                        .detached = true};
static const weir_type number_type = WEIR_TYPE(int32_t);

static void what_is_made_of_owned_items_is_as_it_says(void **state)
{
    (void)state;
    const weir_type *owned = &weir_type_owned_line;
    assert_ptr_equal(weir_type_made_of(owned, &row_type, false), &row_type);
    assert_ptr_equal(weir_type_made_of(owned, &view_type, false), &view_type);
    assert_ptr_equal(weir_type_made_of(owned, &weir_type_line, false), &weir_type_line);
    assert_ptr_equal(weir_type_made_of(&number_type, &tracked_type, false), &tracked_type);
}

static void what_may_hold_a_view_is_lent(void **state)
{
    (void)state;
    const weir_type *lent = weir_type_made_of(&weir_type_line, &row_type, false);
    assert_ptr_not_equal(lent, &row_type);
    assert_true(lent->lent);
    assert_string_equal(lent->name, row_type.name);
    assert_int_equal(lent->size, row_type.size);
    assert_int_equal(lent->align, row_type.align);
    assert_true(weir_type_fits(lent, &row_type));
    assert_false(row_type.lent);
    assert_ptr_equal(weir_type_made_of(&weir_type_line, &row_type, false), lent);
    assert_ptr_equal(weir_type_seen_through(&weir_type_line, &row_type), lent);
    assert_ptr_equal(weir_type_seen_through(lent, &row_type), lent); /* and so on */
    assert_true(weir_type_made_of(&weir_type_line, &view_type, false)->lent);
    assert_ptr_equal(weir_type_made_of(&weir_type_line, &weir_type_line, true), &weir_type_line);
}

static void what_can_hold_none_is_not(void **state)
{
    (void)state;
    const weir_type *line = &weir_type_line;
    assert_ptr_equal(weir_type_made_of(line, &number_type, false), &number_type);
    assert_ptr_equal(weir_type_made_of(line, &weir_type_bool, false), &weir_type_bool);
    assert_ptr_equal(weir_type_made_of(line, &weir_type_unit, false), &weir_type_unit);
    assert_ptr_equal(weir_type_made_of(line, &tracked_type, false), &tracked_type);
    assert_ptr_equal(weir_type_made_of(line, &weir_type_owned_line, false), &weir_type_owned_line);
    assert_ptr_equal(weir_type_made_of(line, &detached_type, false), &detached_type);
    assert_ptr_equal(weir_type_made_of(line, &row_type, true), &row_type); /* fn says so */
}

static void composites_are_as_their_members(void **state)
{
    (void)state;
    const weir_type *numbers = weir_type_pair(&number_type, &weir_type_bool);
    const weir_type *lines = weir_type_indexed(&weir_type_line);
    assert_true(numbers->detached && !numbers->lent);
    assert_ptr_equal(weir_type_made_of(&weir_type_line, numbers, false), numbers);
    assert_true(lines->lent && !lines->detached);
    assert_false(weir_type_indexed(&row_type)->lent);
    assert_true(weir_type_made_of(lines, weir_type_indexed(&row_type), false)->lent);
    assert_true(weir_type_pair(&view_type, &number_type)->view);
}

/* ---- what is made of bound items is bound ---- */

static void what_may_hold_what_is_bound_is_bound(void **state)
{
    (void)state;
    static weir_type kept;
    kept = row_type;
    kept.name = "bound";
    kept.bound = true;
    const weir_type *made = weir_type_made_of(&kept, &row_type, false);
    assert_true(made->bound && !made->lent);
    assert_ptr_equal(weir_type_seen_through(&kept, &row_type), made);
    assert_true(weir_type_fits(made, &row_type));
    assert_ptr_equal(weir_type_made_of(made, &kept, false), &kept);
    assert_ptr_equal(weir_type_made_of(&kept, &row_type, true), &row_type);
    assert_ptr_equal(weir_type_made_of(&kept, &number_type, false), &number_type);
    assert_ptr_equal(weir_type_made_of(&kept, &tracked_type, false), &tracked_type);
    assert_true(weir_type_made_of(made, &weir_type_line, false)->lent);
    const weir_type *both = weir_type_pair(&weir_type_line, &kept);
    assert_true(both->lent && both->bound);
    assert_true(weir_type_made_of(both, &view_type, false)->lent);
    assert_true(weir_type_indexed(&kept)->bound && weir_type_chunk(&kept)->bound);
    assert_false(weir_type_indexed(&row_type)->bound || weir_type_chunk(&row_type)->bound);
    assert_true(weir_type_alike(&row_type, made)); /* what is free may be taken for bound */
    assert_false(weir_type_alike(made, &row_type));
}

/* ---- one for each combination ---- */

enum { MANY = 20000 };
static weir_type many[MANY];
static char names[MANY][12];
static const weir_type *indexed[MANY];

/* As a binding does that makes a type for each column of each table it meets. */
static void many_thousands_are_made_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "t%u", i);
        many[i] = (weir_type){.name = names[i], .size = 1 + i % 64, .align = 1};
        indexed[i] = weir_type_indexed(&many[i]);
        assert_non_null(indexed[i]);
        assert_ptr_equal(indexed[i]->of[1], &many[i]);
        assert_true(weir_type_made_of(&weir_type_line, &many[i], false)->lent);
    }
    for (unsigned i = 0; i < MANY; i++)
        assert_ptr_equal(weir_type_indexed(&many[i]), indexed[i]);
    memory_begin(1, true); /* nothing more is needed for what was made already */
    for (unsigned i = 0; i < MANY; i += 7)
        assert_ptr_equal(weir_type_indexed(&many[i]), indexed[i]);
    assert_int_equal(memory.calls, 0);
    memory_end();
}

enum { THREADS = 4, PAIRS = 48 };
static const weir_type *made[THREADS][PAIRS][PAIRS];
static pthread_barrier_t barrier;

static void *make_pairs(void *arg)
{
    size_t me = (size_t)(uintptr_t)arg;
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < PAIRS; i++)
        for (size_t k = 0; k < PAIRS; k++)
            made[me][i][k] = weir_type_pair(&many[i], &many[k]);
    return NULL;
}

static void threads_make_the_same_ones(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_pairs, (void *)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    for (size_t i = 1; i < THREADS; i++)
        assert_memory_equal(made[i], made[0], sizeof made[0]);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_ptr_equal(made[0][i][1]->of[0], &many[i]);
        assert_ptr_equal(made[0][i][1]->of[1], &many[1]);
    }
}

static void of_nothing_nothing_is_made(void **state)
{
    (void)state;
    static const weir_type once = {.name = "made once", .size = 24, .align = 8};
    assert_null(weir_type_pair(NULL, &once));
    assert_null(weir_type_pair(&once, NULL));
    assert_null(weir_type_indexed(NULL));
    assert_null(weir_type_result(NULL));
    assert_null(weir_type_option(NULL));
    assert_null(weir_type_chunk(NULL));
    memory_begin(1, false);
    assert_null(weir_type_made_of(&weir_type_line, &once, false)); /* no memory */
    memory_end();
    assert_non_null(weir_type_made_of(&weir_type_line, &once, false));
}

/* ---- lines that own their bytes ---- */

static void owned_lines_come_and_go(void **state)
{
    (void)state;
    memory_begin(0, false);
    char text[] = "a\0b";
    weir_owned_line line = weir_owned_line_new(text, 3), empty = weir_owned_line_new(NULL, 0);
    text[0] = 'x';
    assert_int_equal(line.size, 3);
    assert_memory_equal(line.data, "a\0b", 4); /* with a NUL behind it */
    assert_non_null(empty.data);
    assert_string_equal(empty.data, "");
    assert_ptr_equal(weir_line_of(line).data, line.data);
    assert_int_equal(weir_line_of(line).size, 3);
    weir_owned_line_drop(&line);
    assert_true(!line.data && !line.size);
    weir_owned_line_drop(&line); /* it has none any more */
    weir_owned_line_drop(&empty);
    memory.fail_at = memory.calls + 1;
    line = weir_owned_line_new("abc", 3);
    assert_true(!line.data && !line.size);
    weir_owned_line_drop(&line);
    assert_int_equal(memory_end(), 0);
}

static void owned_lines_are_cloned(void **state)
{
    (void)state;
    const weir_type *type = &weir_type_owned_line;
    memory_begin(0, false);
    weir_owned_line line = weir_owned_line_new("line", 4), copy;
    assert_true(type->clone(type, &copy, &line));
    assert_ptr_not_equal(copy.data, line.data);
    assert_true(type->same(type, &copy, &line));
    weir_type_drop_items(type, &line, 1);
    assert_string_equal(copy.data, "line");
    memory.fail_at = memory.calls + 1;
    assert_false(type->clone(type, &line, &copy));
    weir_type_drop_items(type, &copy, 1);
    assert_int_equal(memory_end(), 0);
}

static void lines_are_compared_by_their_bytes(void **state)
{
    (void)state;
    const weir_type *type = &weir_type_line;
    weir_line a = {"one", 3}, b = {"one more", 3}, c = {"one more", 4}, d = {"onf", 3};
    weir_line none = {NULL, 0}, empty = {"x", 0};
    assert_true(type->same(type, &a, &b));
    assert_false(type->same(type, &b, &c));
    assert_false(type->same(type, &a, &d));
    assert_true(type->same(type, &none, &empty));
    assert_false(type->same(type, &none, &a));
    weir_owned_line owned = weir_owned_line_new("one", 3);
    assert_true(weir_type_owned_line.same(type, &owned, &a));
    weir_owned_line_drop(&owned);
}

int core_made(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_of_owned_items_is_as_it_says),
        cmocka_unit_test(what_may_hold_a_view_is_lent),
        cmocka_unit_test(what_may_hold_what_is_bound_is_bound),
        cmocka_unit_test(what_can_hold_none_is_not),
        cmocka_unit_test(composites_are_as_their_members),
        cmocka_unit_test(many_thousands_are_made_once),
        cmocka_unit_test(threads_make_the_same_ones),
        cmocka_unit_test(of_nothing_nothing_is_made),
        cmocka_unit_test(owned_lines_come_and_go),
        cmocka_unit_test(owned_lines_are_cloned),
        cmocka_unit_test(lines_are_compared_by_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
