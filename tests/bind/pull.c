/* What bindings pull: items, lines, bytes, in batches, of chains that stay theirs. */

#include "../driver/rig.h"
#include "doubles.h"

static weir_rt *rt;

static int begin(void **state)
{
    (void)state;
    memory_begin(0, false);
    rt = rig_rt("epoll");
    return 0;
}

static int end(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    return 0;
}

static void batches_to_the_end(void **state)
{
    (void)state;
    weir_stream *numbers = weir_range(0, 150);
    int64_t items[64], sum = 0;
    size_t n;
    unsigned calls = 0;
    weir_error error;
    while (weir_pull(rt, numbers, items, 64, &n, &error) == WEIR_READY) {
        calls++;
        for (size_t i = 0; i < n; i++)
            sum += items[i];
    }
    assert_int_equal(sum, 149 * 150 / 2);
    assert_int_equal(calls, 3);
    assert_int_equal(n, 0);
    assert_int_equal(error.code, WEIR_OK);
    assert_true(weir_stream_is_done(numbers));
    assert_int_equal(weir_pull(rt, numbers, items, 64, &n, NULL), WEIR_END);
    weir_drop(numbers);
}

static void errors_stand_behind_their_items(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = script_stream(&script, "1 2 !7 P* 3 !!8");
    int64_t items[8];
    size_t n;
    weir_error error;
    assert_int_equal(weir_pull(rt, stream, items, 8, &n, &error), WEIR_READY);
    assert_int_equal(n, 2);
    assert_int_equal(weir_pull(rt, stream, items, 8, &n, &error), WEIR_ERROR);
    assert_int_equal(weir_error_number(&error), 7);
    assert_false(weir_error_is_fatal(&error));
    assert_int_equal(weir_pull(rt, stream, items, 8, &n, &error), WEIR_READY);
    assert_int_equal(items[0], 3);
    assert_int_equal(weir_pull(rt, stream, items, 8, &n, &error), WEIR_ERROR);
    assert_true(weir_error_is_fatal(&error));
    assert_int_equal(weir_pull(rt, stream, items, 8, &n, &error), WEIR_END);
    weir_drop(stream);
}

static void what_cannot_be_pulled_is_told(void **state)
{
    (void)state;
    weir_stream *numbers = weir_range(0, 3);
    int64_t item;
    uint32_t line_end;
    char bytes[8];
    size_t n = 1;
    weir_error error;
    assert_int_equal(weir_pull(rt, numbers, &item, 0, &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "weir_pull was given no room");
    n = 1;
    assert_int_equal(weir_pull_lines(rt, numbers, bytes, 8, &line_end, &n, &error), WEIR_ERROR);
    assert_string_equal(error.message,
                        "weir_pull_lines takes 'weir_line', but 'range' yields 'int64_t'");
    assert_int_equal(weir_pull(rt, numbers, &item, 1, &n, &error), WEIR_READY); /* as it was */
    weir_drop(numbers);
    weir_stream *never = weir_pending(&weir_type_i64);
    assert_int_equal(weir_pull(rt, never, &item, 1, &n, &error), WEIR_ERROR);
    weir_drop(never);
}

/* Who does not want to know why is not told. */
static void refused_without_an_error(void **state)
{
    (void)state;
    weir_stream *numbers = weir_range(0, 3);
    weir_stream *lines = weir_lines(weir_memory_reader("a\nb", 3), 10);
    int64_t item;
    uint32_t ends[2];
    char bytes[8];
    size_t n = 1;
    assert_int_equal(weir_pull(rt, numbers, &item, 0, &n, NULL), WEIR_ERROR);
    n = 2;
    assert_int_equal(weir_pull_lines(rt, numbers, bytes, 8, ends, &n, NULL), WEIR_ERROR);
    assert_int_equal(n, 0);
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 8, ends, &n, NULL), WEIR_ERROR);
    n = 2;
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 1, ends, &n, NULL), WEIR_ERROR);
    n = 2;
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 8, ends, &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    assert_memory_equal(bytes, "ab", 2);
    weir_drop(lines);
    weir_drop(numbers);
}

/* A batch ends where the next line would have to be waited for. */
static void lines_that_wait(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *lines = weir_lines(script_reader(&script, "\"a\nb\n\" P* \"c\n\" !7 $"), 10);
    uint32_t ends[8];
    char bytes[64];
    size_t n = 8;
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 64, ends, &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    n = 8;
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 64, ends, &n, NULL), WEIR_ERROR);
    assert_int_equal(n, 1);
    assert_int_equal(bytes[0], 'c');
    weir_drop(lines);
}

/* ---- lines ---- */

/* Each line in [], errors as !, all calls one after the other. */
static void read_all(weir_stream *lines, size_t size, size_t max, char *said)
{
    char bytes[64];
    uint32_t ends[8];
    weir_state got = WEIR_READY;
    weir_error error;
    for (size_t n = max; got != WEIR_END; n = max) {
        got = weir_pull_lines(rt, lines, bytes, size, ends, &n, &error);
        for (size_t i = 0, at = 0; i < n; at = ends[i++])
            said += sprintf(said, "[%.*s]", (int)(ends[i] - at), bytes + at);
        if (got == WEIR_ERROR)
            said += sprintf(said, "!");
        assert_true(got != WEIR_READY || n);
    }
}

static void assert_lines(const char *text, size_t size, size_t max, bool owned, const char *wanted)
{
    char said[256] = "";
    weir_stream *lines = weir_lines(one_byte_reader(text, strlen(text), false), 99);
    lines = owned ? weir_own(lines) : lines;
    read_all(lines, size, max, said);
    assert_string_equal(said, wanted);
    weir_drop(lines);
}

static void lines_as_a_block(void **state)
{
    (void)state;
    for (int owned = 0; owned < 2; owned++) {
        assert_lines("a\n\nbcd\nlast", 64, 8, owned, "[a][][bcd][last]");
        assert_lines("a\n\nbcd\nlast", 8, 1, owned, "[a][][bcd][last]");
        assert_lines("ab\ncd\nef\ngh\n", 4, 8, owned, "[ab][cd][ef][gh]");
        assert_lines("a\ntoo long\nb\n", 8, 8, owned, "[a]![b]");
        assert_lines("", 64, 8, owned, "");
    }
}

static void the_message_says_how_long(void **state)
{
    (void)state;
    weir_stream *lines = weir_lines(weir_memory_reader("123456\n7\n", 9), 99);
    char bytes[8];
    uint32_t ends[8];
    size_t n = 8;
    weir_error error;
    assert_int_equal(weir_pull_lines(rt, lines, bytes, 8, ends, &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "a line of 6 bytes, 4 are allowed");
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_drop(lines); /* in the middle */
}

static void bytes_as_they_come(void **state)
{
    (void)state;
    weir_reader *reader = pieces_reader("abcdefgh", 8, 3);
    char out[4];
    char said[16] = "";
    size_t n;
    weir_error error;
    while (weir_pull_bytes(rt, reader, out, sizeof out, &n, &error) == WEIR_READY)
        strncat(said, out, n);
    assert_string_equal(said, "abcdefgh");
    assert_int_equal(weir_pull_bytes(rt, reader, out, 0, &n, &error), WEIR_ERROR);
    weir_drop(reader);
    reader = weir_file_reader("/nonexistent");
    assert_int_equal(weir_pull_bytes(rt, reader, out, 4, &n, &error), WEIR_ERROR);
    assert_string_equal(weir_error_place(&error), "/nonexistent");
    assert_int_equal(weir_error_number(&error), ENOENT);
    weir_drop(reader);
}

static void inline_ones_are_functions(void **state)
{
    (void)state;
    weir_reader *reader = weir_memory_reader("abc", 3);
    size_t n;
    assert_int_equal(weir_peek_bytes(reader, &n)[0], 'a');
    assert_int_equal(n, 3);
    weir_consume_bytes(reader, 2);
    assert_int_equal(weir_peek_bytes(reader, &n)[0], 'c');
    assert_int_equal(n, 1);
    weir_drop(reader);
    int items[3] = {1, 2, 3};
    weir_vec vec = {.items = items, .n = 3};
    assert_ptr_equal(weir_vec_items(&vec, &n), items);
    assert_int_equal(n, 3);
    char version[32];
    uint32_t said = weir_version();
    snprintf(version, sizeof version, "%u.%u.%u", said / 10000, said / 100 % 100, said % 100);
    assert_string_equal(version, WEIR_PROJECT_VERSION);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long k = 1; failed; k++) {
        weir_rt *other = rig_rt("epoll");
        weir_stream *numbers = weir_range(0, 3);
        int64_t items[8];
        size_t n, all = 0;
        weir_error error;
        memory.failed = 0;
        memory.fail_at = memory.calls + k;
        for (weir_state got; (got = weir_pull(other, numbers, items, 2, &n, &error)) != WEIR_END;) {
            assert_true(got == WEIR_READY || error.code == WEIR_E_MEMORY);
            all += n;
        }
        failed = memory.failed;
        assert_int_equal(all, 3); /* the call that failed took nothing */
        weir_drop(numbers);
        weir_rt_drop(other);
    }
}

int bind_pull(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batches_to_the_end, begin, end),
        cmocka_unit_test_setup_teardown(errors_stand_behind_their_items, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_pulled_is_told, begin, end),
        cmocka_unit_test_setup_teardown(refused_without_an_error, begin, end),
        cmocka_unit_test_setup_teardown(lines_that_wait, begin, end),
        cmocka_unit_test_setup_teardown(lines_as_a_block, begin, end),
        cmocka_unit_test_setup_teardown(the_message_says_how_long, begin, end),
        cmocka_unit_test_setup_teardown(bytes_as_they_come, begin, end),
        cmocka_unit_test_setup_teardown(inline_ones_are_functions, begin, end),
        cmocka_unit_test_setup_teardown(every_allocation_fails_once, begin, end),
    };
    return cmocka_run_group_tests_name("bind_pull", tests, NULL, NULL);
}
