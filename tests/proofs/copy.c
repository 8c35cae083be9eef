/* The library's descriptors are the same objects in the program and in the library, also where the
 * linker copies them into the program; such an object may never grow. tests/abi.sh has their list.
 */

#include "proofs.h"

static int64_t square(int64_t x, void *arg)
{
    (void)arg;
    return x * x;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static weir_owned_line keep(weir_owned_line line, void *arg)
{
    (void)arg;
    return line;
}
WEIR_MAP_FN(keep_fn, keep, weir_owned_line, weir_owned_line)

static const weir_type *type_of(weir_stream *stream)
{
    const weir_type *type = stream->type;
    weir_drop(stream);
    return type;
}

static weir_stream *lines(void)
{
    return weir_lines(weir_memory_reader("a\n", 2), 9);
}

static void test_one_object(void **state)
{
    (void)state;
    assert_ptr_equal(type_of(weir_range(0, 1)), &weir_type_i64);
    assert_ptr_equal(type_of(weir_count(weir_range(0, 1))), &weir_type_u64);
    assert_ptr_equal(type_of(lines()), &weir_type_line);
    assert_ptr_equal(type_of(weir_own(lines())), &weir_type_owned_line);
    assert_ptr_equal(type_of(weir_map(weir_own(lines()), &keep_fn, NULL)), &weir_type_owned_line);
    assert_ptr_equal(type_of(weir_collect(weir_range(0, 1), 9)), &weir_type_vec);
    assert_ptr_equal(weir_type_line.owned, &weir_type_owned_line);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL);
    assert_ptr_equal(weir_rt_sys(rt), &weir_sys_posix);
    weir_rt_drop(rt);
}

/* A program's own descriptor of the same type, in another file or of another library. */
static void test_equal_where_it_is_not_one(void **state)
{
    static const weir_type mine = WEIR_TYPE(int64_t);
    static const int64_t items[] = {1, 2, 3};
    (void)state;
    assert_true(weir_type_fits(&mine, &weir_type_i64));
    assert_true(weir_type_fits(&weir_type_i64, &mine));
    proof_counts(weir_count(weir_map(weir_iter(&mine, items, 3), &square_fn, NULL)), 3);
    proof_counts(weir_count(weir_map(weir_iter(&weir_type_i64, items, 3), &square_fn, NULL)), 3);
}

/* Copied objects are cut to what the program knew: they have room to grow in place. */
static void test_room(void **state)
{
    (void)state;
    assert_true(sizeof weir_type_i64.reserved >= 3 * sizeof(void *));
    for (size_t i = 0; i < 3; i++)
        assert_null(weir_type_line.reserved[i]);
}

int proofs_copy(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_object),
                                       cmocka_unit_test(test_equal_where_it_is_not_one),
                                       cmocka_unit_test(test_room)};
    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
