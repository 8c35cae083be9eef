/* Types by name, and errors by their functions. */

#include "../driver/rig.h"
#include <pthread.h>

#include "doubles.h"

static unsigned drops;

static void drop(void *item, void *arg)
{
    (void)item;
    drops++;
    assert_ptr_equal(arg, &drops);
}

static void built_in_ones_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(weir_type_named("int64_t"), &weir_type_i64);
    assert_ptr_equal(weir_type_named("weir_line"), &weir_type_line);
    assert_null(weir_type_named("of nobody"));
    assert_null(weir_type_make("int64_t", 8, 8, NULL, NULL));
    weir_stream *numbers = weir_range(0, 1);
    assert_string_equal(weir_type_name(weir_stream_type(numbers)), "int64_t");
    assert_int_equal(weir_type_size(weir_stream_type(numbers)), 8);
    weir_drop(numbers);
}

static void one_a_name_found_again(void **state)
{
    (void)state;
    char name[] = "bind point";
    const weir_type *type = weir_type_make(name, 16, 8, drop, &drops);
    name[0] = 'x'; /* the name was copied */
    assert_non_null(type);
    assert_ptr_equal(weir_type_named("bind point"), type);
    assert_ptr_equal(weir_type_make("bind point", 16, 8, drop, &drops), type);
    assert_null(weir_type_make("bind point", 24, 8, drop, &drops));
    assert_null(weir_type_make("bind point", 16, 8, NULL, NULL));
    assert_null(weir_type_make("bind odd", 12, 8, NULL, NULL));
    assert_null(weir_type_make("bind odd", 12, 3, NULL, NULL));
    assert_null(weir_type_make("bind odd", 0, 8, NULL, NULL));
    char items[32];
    weir_type_drop_items(type, items, 2);
    assert_int_equal(drops, 2);
}

static void odd_sizes_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t size, align;
    } rows[] = {{0, 1}, {8, 0}, {12, 3}, {12, 8}, {1, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_null(weir_type_make("bind refused", rows[i].size, rows[i].align, NULL, NULL));
    assert_null(weir_type_named("bind refused"));
    const weir_type *plain = weir_type_make("bind plain", 4, 4, NULL, NULL);
    assert_non_null(plain);
    assert_null(weir_type_make("bind plain", 4, 2, NULL, NULL));
    assert_null(weir_type_make("bind plain", 4, 4, drop, NULL));
    assert_null(weir_type_make("bind plain", 4, 4, NULL, &drops));
    char items[8];
    weir_type_drop_items(plain, items, 2); /* there is nothing to do */
}

/* Two threads that make the same one have the same. */
enum { NAMES = 2000 };

static void *make_all(void *types)
{
    const weir_type **out = types;
    for (unsigned i = 0; i < NAMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "bind raced %u", i);
        out[i] = weir_type_make(name, 8, 8, NULL, NULL);
    }
    return NULL;
}

static void made_by_two_at_once(void **state)
{
    (void)state;
    static const weir_type *made[2][NAMES];
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, make_all, made[1]), 0);
    make_all(made[0]);
    pthread_join(other, NULL);
    for (unsigned i = 0; i < NAMES; i++) {
        assert_non_null(made[0][i]);
        assert_ptr_equal(made[0][i], made[1][i]);
    }
}

static void no_memory_for_one(void **state)
{
    (void)state;
    memory_begin(1, false);
    assert_null(weir_type_make("bind later", 8, 8, NULL, NULL));
    memory.fail_at = memory.calls + 1;
    assert_null(weir_error_new());
    assert_int_equal(memory_end(), 0);
}

static void errors_by_functions(void **state)
{
    (void)state;
    weir_error *error = weir_error_new();
    assert_int_equal(weir_error_code(error), WEIR_OK);
    weir_error_say(error, WEIR_E_USER, -5, "100% wrong");
    assert_int_equal(weir_error_code(error), WEIR_E_USER);
    assert_int_equal(weir_error_number(error), -5);
    assert_string_equal(weir_error_message(error), "100% wrong");
    assert_string_equal(weir_error_place(error), "");
    assert_true(weir_error_byte(error) == WEIR_NOWHERE);
    error->byte = 7;
    assert_true(weir_error_byte(error) == 7);
    assert_true(weir_error_record(error) == WEIR_NOWHERE);
    weir_error_drop(error);
}

int bind_types(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_ones_have_names), cmocka_unit_test(odd_sizes_are_refused),
        cmocka_unit_test(made_by_two_at_once),      cmocka_unit_test(one_a_name_found_again),
        cmocka_unit_test(no_memory_for_one),        cmocka_unit_test(errors_by_functions),
    };
    return cmocka_run_group_tests_name("bind_types", tests, NULL, NULL);
}
