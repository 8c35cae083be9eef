/* Types by name, and errors by their functions. */

#include "../driver/rig.h"
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
    assert_true(weir_error_record(error) == WEIR_NOWHERE);
    weir_error_drop(error);
}

int bind_types(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_ones_have_names),
        cmocka_unit_test(one_a_name_found_again),
        cmocka_unit_test(no_memory_for_one),
        cmocka_unit_test(errors_by_functions),
    };
    return cmocka_run_group_tests_name("bind_types", tests, NULL, NULL);
}
