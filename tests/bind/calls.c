/* Functions of another language as stages: errors at their item, and `gone` told once. */

#include "../driver/rig.h"
#include "doubles.h"

static weir_rt *rt;
static unsigned gone_n, called_n;

static void gone(void *arg)
{
    assert_string_equal(arg, "arg");
    gone_n++;
}

static int begin(void **state)
{
    (void)state;
    gone_n = called_n = 0;
    memory_begin(0, false);
    rt = rig_rt("epoll");
    return 0;
}

static int end(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(memory_end(), 0);
    return 0;
}

static char arg_text[] = "arg";

/* Ten times as much; 3 fails with words, 4 without. */
static int tenfold(const void *in, void *out, void *arg, weir_error *error)
{
    int64_t value = *(const int64_t *)in;
    assert_string_equal(arg, "arg");
    called_n++;
    if (value == 3)
        weir_error_say(error, WEIR_E_USER, 33, "no threes");
    if (value == 3 || value == 4)
        return -1;
    *(int64_t *)out = value * 10;
    return 1;
}

static int is_odd(const void *in, void *out, void *arg, weir_error *error)
{
    int64_t value = *(const int64_t *)in;
    (void)arg, (void)error;
    assert_null(out);
    called_n++;
    return value == 4 ? -1 : (int)(value & 1);
}

static weir_stream *one(int64_t value)
{
    return weir_once(&weir_type_i64, &value);
}

static int later(const void *in, void *out, void *arg, weir_error *error)
{
    int64_t value = *(const int64_t *)in;
    (void)arg, (void)error;
    called_n++;
    if (value == 3)
        return -1;
    *(weir_stream **)out = value == 4 ? NULL : one(value);
    return 1;
}

/* The stage of that letter over a source. */
static weir_stream *stage(char which, weir_stream *source)
{
    switch (which) {
    case 'm':
        return weir_map_call(source, &weir_type_i64, tenfold, arg_text, gone);
    case 'f':
        return weir_filter_call(source, is_odd, arg_text, gone);
    case 'e':
        return weir_each_call(source, is_odd, arg_text, gone);
    default:
        return weir_then_call(source, &weir_type_i64, later, arg_text, gone);
    }
}

/* What comes of a stream, errors as !NUMBER. */
static void say(weir_stream *stream, char *said, size_t room)
{
    char items[16 * 8];
    size_t n;
    weir_error error;
    weir_state got;
    while ((got = weir_pull(rt, stream, items, room, &n, &error)) != WEIR_END) {
        for (size_t i = 0; i < n; i++)
            said +=
                sprintf(said, "%d ", (int)*(int64_t *)(items + i * weir_type_size(stream->type)));
        weir_type_drop_items(stream->type, items, n);
        if (got == WEIR_ERROR)
            said += sprintf(said, "!%d@%d ", (int)error.number, (int)weir_error_record(&error));
    }
}

static weir_stream *numbers(struct script *script, bool tracked, const char *text)
{
    *script = (struct script){.type = tracked ? &tracked_type : NULL};
    return script_stream(script, text);
}

static const struct {
    char which;
    bool tracked;
    const char *wanted;
} rows[] = {
    {'m', false, "10 20 !33@3 !0@4 50 "}, {'m', true, "10 20 !33@3 !0@4 50 "},
    {'f', false, "1 3 !0@4 5 "},          {'f', true, "1 3 !0@4 5 "},
    {'e', false, "1 2 3 !0@4 5 "},        {'e', true, "1 2 3 !0@4 5 "},
    {'t', false, "1 2 !0@3 !0@4 5 "},     {'t', true, "1 2 !0@3 !0@4 5 "},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void each_fails_at_its_item(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ROWS; i++) {
        struct script script;
        char said[128] = "";
        gone_n = 0;
        weir_stream *stream =
            stage(rows[i / 2].which, numbers(&script, rows[i / 2].tracked, "1 2 P* 3 4 5"));
        /* an `each` says no too: its items go on */
        say(stream, said, i % 2 ? 1 : 8);
        assert_string_equal(said, rows[i / 2].wanted);
        assert_int_equal(gone_n, 0);
        weir_drop(stream);
        assert_int_equal(gone_n, 1);
    }
}

static void the_words_are_the_functions_own(void **state)
{
    (void)state;
    weir_stream *stream = stage('m', weir_range(3, 5));
    int64_t item;
    size_t n;
    weir_error error;
    assert_int_equal(weir_pull(rt, stream, &item, 1, &n, &error), WEIR_ERROR);
    assert_string_equal(weir_error_message(&error), "no threes");
    assert_int_equal(weir_error_code(&error), WEIR_E_USER);
    assert_int_equal(weir_pull(rt, stream, &item, 1, &n, &error), WEIR_ERROR);
    assert_string_equal(weir_error_message(&error), "the function of 'map_call' failed");
    assert_null(weir_error_cure(&error));
    weir_drop(stream);
}

static void dropped_in_the_middle(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct script script;
        char item[16];
        size_t n;
        gone_n = 0;
        weir_stream *stream = stage(rows[i].which, numbers(&script, rows[i].tracked, "1 2 3 4 5"));
        assert_int_equal(weir_pull(rt, stream, item, 1, &n, NULL), WEIR_READY);
        weir_type_drop_items(stream->type, item, 1);
        weir_drop(stream);
        assert_int_equal(gone_n, 1);
        assert_int_equal(tracked_live, 0);
    }
}

static void never_polled_and_never_built(void **state)
{
    (void)state;
    for (const char *which = "mfet"; *which; which++) {
        gone_n = called_n = 0;
        weir_drop(stage(*which, weir_range(0, 3)));
        assert_int_equal(gone_n, 1);
        weir_error error;
        int64_t item;
        size_t n;
        weir_stream *failed = stage(*which, weir_lines(weir_memory_reader("", 0), 0));
        assert_int_equal(gone_n, 2);
        assert_int_equal(weir_pull(rt, failed, &item, 1, &n, &error), WEIR_ERROR);
        weir_drop(failed);
        assert_int_equal(gone_n, 2);
        assert_int_equal(called_n, 0);
    }
}

static void a_type_is_wanted(void **state)
{
    (void)state;
    weir_error error;
    int64_t item;
    size_t n;
    weir_stream *none = weir_map_call(weir_range(0, 3), NULL, tenfold, arg_text, gone);
    assert_int_equal(gone_n, 1);
    assert_int_equal(weir_pull(rt, none, &item, 1, &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "map_call was given no type");
    weir_drop(none);
    assert_int_equal(gone_n, 1);
}

static void a_future_stays_one(void **state)
{
    (void)state;
    int64_t item = 0;
    weir_error error;
    weir_stream *future = stage('e', stage('m', one(7)));
    assert_int_equal(weir_rt_run(rt, future, &item, &error), WEIR_READY);
    assert_int_equal(item, 70);
    assert_int_equal(gone_n, 2);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (const char *which = "mfet"; *which; which++) {
        bool failed = true;
        for (unsigned long k = 1; failed; k++) {
            weir_error error = {0};
            int64_t item;
            size_t n;
            gone_n = 0;
            memory.failed = 0;
            memory.fail_at = memory.calls + k;
            weir_stream *stream = stage(*which, weir_range(0, 3));
            weir_state got;
            while ((got = weir_pull(rt, stream, &item, 1, &n, &error)) != WEIR_END)
                assert_true(got == WEIR_READY || error.code == WEIR_E_MEMORY ||
                            error.code == WEIR_E_USER);
            failed = memory.failed;
            weir_drop(stream);
            assert_int_equal(gone_n, 1);
        }
    }
}

int bind_calls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_fails_at_its_item, begin, end),
        cmocka_unit_test_setup_teardown(the_words_are_the_functions_own, begin, end),
        cmocka_unit_test_setup_teardown(dropped_in_the_middle, begin, end),
        cmocka_unit_test_setup_teardown(never_polled_and_never_built, begin, end),
        cmocka_unit_test_setup_teardown(a_type_is_wanted, begin, end),
        cmocka_unit_test_setup_teardown(a_future_stays_one, begin, end),
        cmocka_unit_test_setup_teardown(every_allocation_fails_once, begin, end),
    };
    return cmocka_run_group_tests_name("bind_calls", tests, NULL, NULL);
}
