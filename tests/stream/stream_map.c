/* stream_map: streams that are known by keys. */

#include "sets.h"

enum { FOO = 11, BAR = 22 };

struct fixture {
    struct test_cx test;
    struct trace seen;
    struct script scripts[4];
    weir_keyed *map;
    weir_stream *stream;
};

static struct fixture *begin(size_t limit)
{
    static struct fixture f;
    f = (struct fixture){0};
    test_cx_init(&f.test);
    f.stream = weir_stream_map(&tracked_type, limit, &f.map);
    return &f;
}

static weir_stream *script(struct fixture *f, int i, const char *text)
{
    f->scripts[i] = (struct script){.type = &tracked_type};
    return script_stream(&f->scripts[i], text);
}

static void insert(struct fixture *f, uint64_t key, int i, const char *text)
{
    weir_stream *replaced;
    assert_true(weir_stream_map_insert(f->map, key, script(f, i, text), &replaced));
    assert_null(replaced);
}

static const char *poll(struct fixture *f)
{
    f->seen = (struct trace){0};
    trace_poll(&f->seen, f->stream, &f->test, 4);
    return f->seen.text;
}

static void end(struct fixture *f)
{
    weir_drop(f->stream);
    test_cx_fini(&f->test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void test_items_have_keys(void **state)
{
    (void)state;
    struct fixture *f = begin(2);
    assert_string_equal(poll(f), "$");
    insert(f, FOO, 0, "1 2 3");
    insert(f, BAR, 1, "4");
    assert_int_equal(weir_stream_map_len(f->map), 2);
    assert_true(weir_stream_map_contains(f->map, BAR));
    assert_string_equal(poll(f), "11:1 22:4 11:2");
    f->seen = (struct trace){0};
    trace_run(&f->seen, f->stream, &f->test, 1);
    assert_string_equal(f->seen.text, "11:3 $");
    assert_false(weir_stream_map_contains(f->map, BAR)); /* it went with its stream */
    assert_int_equal(weir_stream_map_len(f->map), 0);
    insert(f, BAR, 2, "5");
    assert_string_equal(poll(f), "22:5");
    assert_string_equal(poll(f), "$");
    end(f);
}

/* What was removed wakes nobody, and gives its items under the key it is inserted with next. */
static void test_removed(void **state)
{
    (void)state;
    struct fixture *f = begin(2);
    insert(f, FOO, 0, "P 1");
    assert_string_equal(poll(f), "P");
    assert_string_equal(poll(f), "P");
    weir_stream *foo = weir_stream_map_remove(f->map, FOO);
    assert_non_null(foo);
    assert_null(weir_stream_map_remove(f->map, FOO));
    assert_false(weir_stream_map_contains(f->map, FOO));
    assert_string_equal(poll(f), "$");
    assert_true(script_wake(&f->scripts[0]));
    assert_int_equal(f->test.waker->wakes, 0);
    assert_string_equal(poll(f), "$");
    assert_true(weir_stream_map_insert(f->map, BAR, foo, NULL));
    assert_string_equal(poll(f), "22:1");
    end(f);
}

static void test_replaced(void **state)
{
    (void)state;
    struct fixture *f = begin(1);
    insert(f, FOO, 0, "P 1");
    assert_string_equal(poll(f), "P");
    assert_string_equal(poll(f), "P");
    weir_stream *old, *fresh = script(f, 1, "P 2");
    assert_true(weir_stream_map_insert(f->map, FOO, fresh, &old)); /* it needs no room */
    assert_int_equal(weir_stream_map_len(f->map), 1);
    poll(f);
    assert_string_equal(poll(f), "P");
    assert_true(script_wake(&f->scripts[0]));
    assert_int_equal(f->test.waker->wakes, 0);
    assert_string_equal(poll(f), "P");
    assert_true(script_wake(&f->scripts[1]));
    assert_int_equal(f->test.waker->wakes, 1);
    assert_string_equal(poll(f), "11:2");
    assert_int_equal(f->scripts[0].finis, 0);
    weir_drop(old);
    weir_stream *third = script(f, 2, "3");
    assert_true(weir_stream_map_insert(f->map, FOO, third, NULL));
    assert_int_equal(f->scripts[1].finis, 1); /* nobody asked for it back */
    assert_string_equal(poll(f), "11:3");
    end(f);
}

static void test_limit(void **state)
{
    (void)state;
    struct fixture *f = begin(2);
    insert(f, 1, 0, "P~");
    insert(f, 2, 1, "P~");
    weir_stream *third = script(f, 2, "3");
    assert_false(weir_stream_map_insert(f->map, 3, third, NULL));
    assert_false(weir_stream_map_contains(f->map, 3));
    weir_stream_map_clear(f->map);
    assert_int_equal(f->scripts[0].finis + f->scripts[1].finis, 2);
    assert_int_equal(weir_stream_map_len(f->map), 0);
    assert_true(weir_stream_map_insert(f->map, 3, third, NULL));
    assert_string_equal(poll(f), "3:3");
    end(f);
}

/* A stream that does not fit has an error to give, and no key. */
static void test_refused(void **state)
{
    (void)state;
    struct fixture *f = begin(2);
    insert(f, FOO, 0, "1 P~");
    assert_true(weir_stream_map_insert(f->map, FOO, weir_range(0, 3), NULL));
    assert_int_equal(f->scripts[0].finis, 1);
    assert_false(weir_stream_map_contains(f->map, FOO));
    assert_string_equal(poll(f), "!TYPE");
    assert_string_equal(poll(f), "$");
    end(f);
}

/* No memory, now or later: it is as it was, and nothing is lost. */
static void test_memory(void **state)
{
    (void)state;
    for (unsigned long call = 1; call < 20; call++) {
        memory_begin(call, true);
        struct fixture *f = begin(4);
        for (int i = 0; i < 3; i++) {
            weir_stream *stream = script(f, i, "1");
            if (!weir_stream_map_insert(f->map, (uint64_t)i, stream, NULL)) {
                assert_false(weir_stream_map_contains(f->map, (uint64_t)i));
                weir_drop(stream);
            }
        }
        f->seen = (struct trace){.no_pending = true};
        trace_run(&f->seen, f->stream, &f->test, 1);
        end(f);
        assert_int_equal(memory_end(), 0);
    }
}

/* What comes and goes between two polls takes no more than what is said. */
static void test_churn(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct fixture *f = begin(4);
    size_t before = memory.live_bytes;
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(weir_stream_map_insert(f->map, i, weir_empty(&tracked_type), NULL));
        if (i >= 2)
            weir_drop(weir_stream_map_remove(f->map, i - 2));
    }
    weir_drop(weir_stream_map_remove(f->map, 998));
    weir_drop(weir_stream_map_remove(f->map, 999));
    assert_true(memory.live_bytes <= before + weir_memory_max(f->stream));
    assert_string_equal(poll(f), "$");
    end(f);
    assert_int_equal(memory_end(), 0);
}

/* One that is moved from key to key for ever takes no more than once. */
static void test_moves(void **state)
{
    (void)state;
    struct fixture *f = begin(4);
    weir_stream *stream = script(f, 0, "1 2");
    size_t before = weir_arena_bytes(stream->stage.arena);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(weir_stream_map_insert(f->map, i, stream, NULL));
        stream = weir_stream_map_remove(f->map, i);
    }
    assert_int_equal(weir_arena_bytes(stream->stage.arena), before);
    assert_true(weir_stream_map_insert(f->map, 7, stream, NULL));
    assert_string_equal(poll(f), "7:1 7:2");
    end(f);
}

int stage_stream_map(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_have_keys), cmocka_unit_test(test_removed),
        cmocka_unit_test(test_replaced),        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_memory),
        cmocka_unit_test(test_churn),           cmocka_unit_test(test_moves)};
    return cmocka_run_group_tests_name("stream_map", tests, NULL, NULL);
}
