/* Places where results wait: in a line, aligned, used again, and dropped where nobody was given
 * them. */

#include "stages.h"
#include "stream/places.h"

static void keep(struct weir_places *places, int64_t value)
{
    assert_true(weir_places_reserve(places));
    struct weir_place *place = weir_places_add(places);
    struct tracked item = tracked_make(value);
    memcpy(weir_place_item(places, place), &item, sizeof item);
    weir_place_settle(place, (weir_poll){1, WEIR_END}, NULL);
}

static int64_t give(struct weir_places *places)
{
    struct tracked item;
    assert_int_equal(weir_places_give(places, NULL, &item), WEIR_ITEM);
    int64_t value = item.value;
    tracked_drop(item);
    return value;
}

static void test_order(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct weir_places places = {.type = &tracked_type};
    for (int round = 0; round < 3; round++) {
        for (int64_t value = 1; value <= 3; value++)
            keep(&places, value);
        assert_int_equal(places.n, 3);
        for (int64_t value = 1; value <= 3; value++)
            assert_int_equal(give(&places), value);
        assert_null(places.first);
    }
    assert_int_equal(memory.calls, 3); /* the first round's places, again and again */
    assert_true(memory.live_bytes <= weir_places_memory_max(&places, 3));
    keep(&places, 7);
    weir_places_fini(&places);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(tracked_live, 0);
}

static void test_outcomes(void **state)
{
    (void)state;
    struct weir_places places = {.type = &tracked_type};
    struct test_cx test;
    struct tracked unused;
    test_cx_init(&test);
    weir_fail(&test.cx, WEIR_E_USER, "the first");
    for (int i = 0; i < 3; i++) {
        assert_true(weir_places_reserve(&places));
        struct weir_place *place = weir_places_add(&places);
        assert_int_equal(place->outcome, WEIR_RUNNING);
        if (i < 2)
            weir_place_settle(place, (weir_poll){0, i ? WEIR_END : WEIR_ERROR}, &test.cx);
    }
    weir_fail(&test.cx, WEIR_E_USER, "another");
    assert_int_equal(weir_places_give(&places, &test.cx, &unused), WEIR_FAILED);
    assert_string_equal(test.cx.error.message, "the first");
    assert_int_equal(weir_places_give(&places, &test.cx, &unused), WEIR_NOTHING);
    assert_int_equal(places.first->outcome, WEIR_RUNNING);
    weir_places_fini(&places);
    test_cx_fini(&test);
}

struct wide {
    _Alignas(128) char bytes[128];
};

static void test_alignment(void **state)
{
    (void)state;
    static const weir_type wide = WEIR_TYPE(struct wide);
    struct weir_places places = {.type = &wide};
    for (int i = 0; i < 5; i++) {
        assert_true(weir_places_reserve(&places));
        struct weir_place *place = weir_places_add(&places);
        struct wide *item = weir_place_item(&places, place);
        assert_int_equal((uintptr_t)item % 128, 0);
        memset(item, i, sizeof *item); /* the sanitizer sees one that goes past its place */
    }
    weir_places_fini(&places);
}

static void test_memory(void **state)
{
    (void)state;
    struct weir_places places = {.type = &tracked_type};
    memory_begin(1, false);
    assert_false(weir_places_reserve(&places));
    assert_true(weir_places_reserve(&places));
    assert_true(weir_places_reserve(&places)); /* it is there */
    assert_int_equal(memory.calls, 2);
    weir_places_fini(&places);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(weir_places_memory_max(&places, SIZE_MAX), SIZE_MAX);
}

int stage_places(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_alignment), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
