/* What is read into a vec: to the end, as text, up to a delimiter; and all futures that read,
 * dropped at each wait and with each allocation failing. */

#include <string.h>
#include <sys/uio.h>

#include "one_cx.h"

static void expect_vec(const weir_vec *vec, const char *wanted)
{
    assert_int_equal(vec->n, strlen(wanted));
    if (vec->n)
        assert_memory_equal(vec->items, wanted, vec->n);
}

/* ---- to the end ---- */

static void to_the_end_appends(void **state)
{
    weir_vec out = {0};
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" P* \"cd\" !7 \"e\" $");
    (void)state;
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 9), WEIR_PENDING, 0);
    expect_vec(&out, "ab"); /* who stops here has these */
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 9), WEIR_ERROR, 0);
    expect_vec(&out, "abcd");
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 9), WEIR_READY, 1);
    expect_vec(&out, "abcde");
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 9), WEIR_READY, 0);
    weir_drop(reader);
    weir_vec_drop(&out);
}

static void more_than_the_limit_stays(void **state)
{
    weir_vec out = {0};
    weir_reader *reader = weir_memory_reader("abcdef", 6);
    size_t n;
    (void)state;
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 4), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    assert_string_equal(test.cx.error.message, "more than bytes_max = 4 bytes");
    assert_int_equal(test.cx.error.byte, 4);
    expect_vec(&out, "abcd");
    assert_memory_equal(weir_peek(reader, &n), "ef", 2);
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 6), WEIR_READY, 2);
    expect_vec(&out, "abcdef"); /* exactly as many are no error */
    weir_drop(reader);
    weir_vec_drop(&out);
}

static void only_vecs_of_bytes(void **state)
{
    static const weir_type number = WEIR_TYPE(int64_t);
    weir_vec out = {.of = &number};
    weir_reader *reader = weir_memory_reader("a", 1);
    (void)state;
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 9), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    weir_drop(reader);
    assert_null(out.items);
}

/* What a size hint says is made room for once. */
static void room_is_made_once(void **state)
{
    static char bytes[100000];
    weir_vec out = {0};
    (void)state;
    weir_reader *reader = weir_memory_reader(bytes, sizeof bytes);
    memory_begin(0, false);
    expect(weir_poll_read_to_end(reader, &test.cx, &out, 1 << 20), WEIR_READY, sizeof bytes);
    assert_int_equal(memory.calls, 1);
    weir_vec_drop(&out);
    assert_int_equal(memory_end(), 0);
    weir_drop(reader);
}

/* ---- text ---- */

struct text_row {
    const char *bytes;
    int good; /* bytes of text before the first that is none; -1: all of it is */
};

static const struct text_row texts[] = {
    {"", -1},
    {"plain ascii, more than eight", -1},
    {"gr\xc3\xbc\xc3\x9f", -1},
    {"\xe2\x82\xac \xf0\x9f\x98\x80", -1},
    {"\xed\x9f\xbf\xee\x80\x80", -1}, /* around the surrogates */
    {"\xf4\x8f\xbf\xbf", -1},         /* the last there is */
    {"\xff", 0},
    {"12345678\xff", 8},
    {"a\x80", 1},             /* goes on with nothing */
    {"a\xc3", 1},             /* cut */
    {"\xe2\x82", 0},          /* cut */
    {"\xf0\x9f\x98", 0},      /* cut */
    {"\xc0\xaf", 0},          /* too long a form */
    {"\xe0\x80\xaf", 0},      /* too long a form */
    {"\xf0\x80\x80\xaf", 0},  /* too long a form */
    {"\xed\xa0\x80", 0},      /* a surrogate */
    {"\xf4\x90\x80\x80", 0},  /* past the last */
    {"\xf5\x80\x80\x80", 0},  /* past the last */
    {"ab\xe2\x28\xa1", 2},    /* the second byte is wrong */
    {"ab\xe2\x82\x28", 2},    /* the third */
    {"ab\xf0\x9f\x98\x28", 2} /* the fourth */
};

static void text_is_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct text_row *row = &texts[i];
        weir_vec out = {0};
        test_cx_turn(&test);
        weir_reader *mark = weir_memory_reader("<", 1);
        expect(weir_poll_read_to_end(mark, &test.cx, &out, 99), WEIR_READY, 1);
        weir_drop(mark);
        size_t n = strlen(row->bytes);
        weir_reader *reader = one_byte_reader(row->bytes, n, false);
        weir_poll got = weir_poll_read_to_string(reader, &test.cx, &out, 1, 99);
        if (row->good < 0) {
            expect(got, WEIR_READY, (uint32_t)n);
            assert_string_equal((char *)out.items + 1, row->bytes); /* with its NUL */
        } else {
            expect(got, WEIR_ERROR, 0);
            assert_int_equal(test.cx.error.code, WEIR_E_CORRUPT);
            char wanted[99];
            weir_format(wanted, sizeof wanted, "no UTF-8: byte 0x%x behind %d bytes of text",
                        (unsigned char)row->bytes[row->good], row->good);
            assert_string_equal(test.cx.error.message, wanted);
            expect_vec(&out, "<");
        }
        weir_drop(reader);
        weir_vec_drop(&out);
    }
}

/* ---- up to a delimiter ---- */

static void until_has_its_delimiter(void **state)
{
    static const char *const pieces[] = {"123", "3", "3", ""};
    struct script script = {0};
    weir_vec out = {0};
    weir_reader *reader = script_reader(&script, "\"12\" P* \"33\" P* \"3\" $");
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        weir_poll got;
        out.n = 0;
        while ((got = weir_poll_read_until(reader, &test.cx, '3', &out, 9)).state == WEIR_PENDING)
            ;
        assert_int_equal(got.state, WEIR_READY);
        expect_vec(&out, pieces[i]);
    }
    weir_drop(reader);
    weir_vec_drop(&out);
}

static void a_piece_that_was_cut_by_the_limit(void **state)
{
    weir_vec out = {0};
    weir_reader *reader = weir_memory_reader("12345\n6", 7);
    (void)state;
    expect(weir_poll_read_until(reader, &test.cx, '\n', &out, 3), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    expect_vec(&out, "123");
    expect(weir_poll_read_until(reader, &test.cx, '\n', &out, 6), WEIR_READY, 3);
    expect_vec(&out, "12345\n"); /* it went on where it stopped */
    weir_drop(reader);
    weir_vec_drop(&out);
}

/* A delimiter at each place of a long run, on each side of the words that are looked at. */
static void a_delimiter_is_found_wherever_it_stands(void **state)
{
    char bytes[40];
    (void)state;
    for (size_t at = 0; at < sizeof bytes; at++)
        for (int high = 0; high < 2; high++) {
            weir_vec out = {0};
            memset(bytes, high ? 0x80 : 0x0b, sizeof bytes); /* neighbours of what is looked for */
            bytes[at] = '\n';
            weir_reader *reader = weir_memory_reader(bytes, sizeof bytes);
            expect(weir_poll_read_until(reader, &test.cx, '\n', &out, 99), WEIR_READY,
                   (uint32_t)at + 1);
            weir_drop(reader);
            weir_vec_drop(&out);
        }
}

static void lines_are_text(void **state)
{
    struct script script = {0};
    weir_vec out = {0};
    weir_reader *reader = script_reader(&script, "\"12\" P* \"\\n\\n\" \"x\\n\" $");
    (void)state;
    expect(weir_poll_read_line(reader, &test.cx, &out, 0, 9), WEIR_PENDING, 0);
    expect(weir_poll_read_line(reader, &test.cx, &out, 0, 9), WEIR_READY, 1);
    assert_string_equal(out.items, "12\n");
    expect(weir_poll_read_line(reader, &test.cx, &out, 3, 9), WEIR_READY, 1);
    assert_string_equal(out.items, "12\n\n");
    expect(weir_poll_read_line(reader, &test.cx, &out, 4, 9), WEIR_READY, 2);
    expect(weir_poll_read_line(reader, &test.cx, &out, 6, 9), WEIR_READY, 0); /* the end */
    weir_drop(reader);
    reader = weir_memory_reader("12\xff\nok", 6);
    out.n = 3;
    expect(weir_poll_read_line(reader, &test.cx, &out, 3, 99), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CORRUPT);
    expect_vec(&out, "12\n");
    expect(weir_poll_read_line(reader, &test.cx, &out, 3, 99), WEIR_READY, 2); /* the next one */
    weir_drop(reader);
    weir_vec_drop(&out);
}

/* A future that was dropped inside of a character: the next one reads the rest as text. */
static void a_character_is_read_in_two(void **state)
{
    static const char *const scripts[] = {"\"x\xc3\" P* \"\xa9\\n\" $",
                                          "\"x\xe2\x82\" P* \"\xac\\n\" $",
                                          "\"x\xf0\x9f\x98\" P* \"\x80\\n\" $"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof scripts / sizeof *scripts; i++) {
        struct script script = {0};
        weir_vec out = {0};
        uint64_t n;
        weir_reader *reader = script_reader(&script, scripts[i / 2]);
        weir_stream *first = weir_read_line(reader, &out, 99);
        expect(weir_poll_next(first, &test.cx, &n, 1), WEIR_PENDING, 0);
        weir_drop(first);
        weir_stream *second =
            i % 2 ? weir_read_to_string(reader, &out, 99) : weir_read_line(reader, &out, 99);
        assert_int_equal(await(second, &n, NULL), WEIR_READY);
        assert_int_equal(n, 2);
        assert_int_equal(out.n, 2 + i / 2 + 2);
        weir_drop(reader);
        weir_vec_drop(&out);
    }
}

/* ---- the futures ---- */

struct future_row {
    const char *name;
    const char *script;
    const char *wanted; /* of its trace, without the Pendings; what it gives is a number of bytes */
    size_t read;        /* by then */
};

static const struct future_row futures[] = {
    {"read", "P \"abc\" $", "3 $", 3},
    {"read", "P $", "0 $", 0},
    {"read", "P !7 \"a\"", "!!7 $", 0},
    {"readv", "P \"abcdef\" $", "6 $", 6},
    {"read_exact", "\"ab\" P \"cdef\" $", "4 $", 4},
    {"read_exact", "\"ab\" P $", "!!TRUNCATED $", 2},
    {"read_exact", "\"ab\" P !9 \"cd\"", "!!9 $", 2},
    {"read_to_end", "\"ab\" P \"cdef\" $", "6 $", 6},
    {"read_to_end", "\"ab\" P \"0123456789\" $", "!!LIMIT $", 8},
    {"read_to_string", "P \"ab\" P \"c\" $", "3 $", 3},
    {"read_until", "\"ab\" P \"c;d\" $", "4 $", 4},
    {"read_line", "\"ab\" P \"c\\nd\" $", "4 $", 4},
    {"discard", "\"ab\" P \"cdef\" $", "5 $", 5},
    {"discard", "\"ab\" P \"c\" $", "3 $", 3},
    {"u32", "\"\\0\\0\" P \"\\0\\tdef\" $", "9 $", 4},
    {"u32", "\"ab\" P \"c\" $", "!!TRUNCATED $", 0},
};

enum { FUTURES = sizeof futures / sizeof futures[0] };

/* What a future reads into. */
struct target {
    char bytes[8];
    weir_read_buf buf;
    weir_vec vec;
    struct iovec pieces[2];
};

static void target_begin(struct target *to)
{
    *to = (struct target){0};
    to->buf = weir_read_buf_of(to->bytes, 4);
    to->pieces[0] = (struct iovec){to->bytes, 3};
    to->pieces[1] = (struct iovec){to->bytes + 3, 5};
}

static weir_stream *future_of(const struct future_row *row, weir_reader *reader, struct target *to)
{
    const char *name = row->name;
    if (!strcmp(name, "read"))
        return weir_read(reader, &to->buf);
    if (!strcmp(name, "readv"))
        return weir_readv(reader, to->pieces, 2);
    if (!strcmp(name, "read_exact"))
        return weir_read_exact(reader, &to->buf);
    if (!strcmp(name, "read_to_end"))
        return weir_read_to_end(reader, &to->vec, 8);
    if (!strcmp(name, "read_to_string"))
        return weir_read_to_string(reader, &to->vec, 8);
    if (!strcmp(name, "read_until"))
        return weir_read_until(reader, ';', &to->vec, 8);
    if (!strcmp(name, "read_line"))
        return weir_read_line(reader, &to->vec, 8);
    if (!strcmp(name, "discard"))
        return weir_discard(reader, 5);
    return weir_read_u32_be(reader);
}

static void futures_give_how_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < FUTURES; i++) {
        const struct future_row *row = &futures[i];
        struct script script = {0};
        struct target to;
        target_begin(&to);
        weir_reader *reader = script_reader(&script, row->script);
        weir_stream *future = future_of(row, reader, &to);
        assert_true(future->stage.one);
        assert_string_equal(trace_items(future, 1), row->wanted);
        assert_int_equal(reader->offset, row->read);
        assert_int_equal(script.finis, 0); /* the reader stays the caller's */
        weir_drop(reader);
        weir_vec_drop(&to.vec);
    }
}

/* Dropped at its n-th wait, a second one goes on: together they read what one would have. What is
 * counted stands in the buffers. */
static void dropped_futures_lose_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < FUTURES; i++) {
        const struct future_row *row = &futures[i];
        struct script script = {0};
        struct target to;
        uint64_t item;
        weir_poll got;
        target_begin(&to);
        weir_reader *reader = script_reader(&script, row->script);
        uint64_t all = 0; /* bytes of a discard that was dropped are counted by the reader */
        for (;;) {
            weir_stream *future = future_of(row, reader, &to);
            test_cx_turn(&test);
            got = weir_poll_next(future, &test.cx, &item, 1);
            weir_drop(future);
            if (got.state != WEIR_PENDING)
                break;
            all = reader->offset;
            assert_int_equal(to.buf.filled + to.vec.n,
                             strcmp(row->name, "discard") ? all : 0); /* not one is missing */
            doubles_wake_all();
        }
        if (row->wanted[0] != '!' && strcmp(row->name, "discard"))
            assert_int_equal(got.n, 1);
        if (strcmp(row->name, "discard"))
            assert_int_equal(reader->offset, row->read);
        weir_drop(reader);
        weir_vec_drop(&to.vec);
    }
}

static void without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < FUTURES; i++)
        for (unsigned long k = 1; k < 20; k++) {
            const struct future_row *row = &futures[i];
            struct script script = {0};
            struct target to;
            target_begin(&to);
            memory_begin(k, true);
            weir_reader *reader = script_reader(&script, row->script);
            const char *said = trace_items(future_of(row, reader, &to), 1);
            bool failed = memory.failed;
            weir_drop(reader);
            weir_vec_drop(&to.vec);
            assert_int_equal(memory_end(), 0);
            if (failed)
                assert_non_null(strstr(said, "!!MEMORY"));
            else
                assert_string_equal(said, row->wanted);
            if (!failed)
                break;
        }
}

static void limits_of_nothing(void **state)
{
    weir_vec out = {0};
    weir_reader *reader = weir_memory_reader("a", 1);
    (void)state;
    assert_string_equal(trace(weir_read_to_end(reader, &out, 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_read_line(reader, &out, 0), 1), "!!ARGUMENT $");
    weir_drop(reader);
}

/* What a reader that could not be built has to say is said by the future. */
static void over_a_failed_reader(void **state)
{
    weir_vec out = {0};
    weir_reader *reader = weir_reader_refused(WEIR_E_ARGUMENT, NULL, "no", NULL, NULL, 0);
    (void)state;
    assert_string_equal(trace(weir_read_to_end(reader, &out, 9), 1), "!!ARGUMENT $");
    weir_drop(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_read_into(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(to_the_end_appends),
        TEST(more_than_the_limit_stays),
        TEST(only_vecs_of_bytes),
        TEST(room_is_made_once),
        TEST(text_is_utf8),
        TEST(until_has_its_delimiter),
        TEST(a_piece_that_was_cut_by_the_limit),
        TEST(a_delimiter_is_found_wherever_it_stands),
        TEST(lines_are_text),
        TEST(a_character_is_read_in_two),
        TEST(futures_give_how_much),
        TEST(dropped_futures_lose_nothing),
        TEST(without_memory),
        TEST(limits_of_nothing),
        TEST(over_a_failed_reader),
    };
    return cmocka_run_group_tests_name("read_into", tests, NULL, NULL);
}
