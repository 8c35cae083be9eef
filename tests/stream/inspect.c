/* inspect: fn sees each item once, in order, and takes none. */

#include "stages.h"

static char seen[64];

static void see(struct tracked item, void *arg)
{
    (void)arg;
    size_t n = strlen(seen);
    weir_item_text(seen + n, sizeof seen - n, &tracked_type, &item);
}
WEIR_EACH_FN(see_fn, see, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    seen[0] = '\0';
    return weir_inspect(a, &see_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 !7 3"}, "1 P 2 !7 3 $", {6}, {3}, false},
    };
    check_table(rows, build);
    assert_string_equal(seen, "123");
}

/* Counting does not make it blind. */
static void test_count(void **state)
{
    (void)state;
    uint64_t n = 0;
    assert_int_equal(await(weir_count(build(source("4 5"), NULL)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    assert_string_equal(seen, "45");
    assert_int_equal(tracked_live, 0);
}

int stage_inspect(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_count)};
    return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
