/* encode: items as bytes: what is gathered, what is too large, and what becomes of the others when
 * one cannot be encoded. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec_run.h"
#include "my_frame.h"

/* A script's item: kind value % 10, a body of value / 10 bytes. */
static void make_frame(void *out, int64_t value, void *arg)
{
    *(struct my_frame *)out = (struct my_frame){(uint8_t)(value % 10), {arg, (size_t)value / 10}};
}

/* The bytes as text, "1:aa", with "!" and the error's record for each error; P for waits. */
static const char *text_of(weir_reader *reader, size_t min)
{
    static char text[2048];
    static struct test_cx test;
    size_t n = 0;
    test_cx_init(&test);
    for (;;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, min);
        size_t in_hand;
        const unsigned char *bytes = weir_peek(reader, &in_hand);
        assert_true(got.state != WEIR_READY || in_hand >= min);
        for (size_t i = 0; i < in_hand; i++)
            n += weir_format(text + n, sizeof text - n, bytes[i] < 10 ? "%d" : "%c", bytes[i]);
        weir_consume(reader, in_hand);
        if (got.state == WEIR_ERROR)
            n += weir_format(text + n, sizeof text - n, "!%llu ",
                             (unsigned long long)test.cx.error.record);
        if (got.state == WEIR_END)
            break;
        assert_true(got.state != WEIR_PENDING || test_cx_woken(&test));
    }
    weir_drop(reader);
    test_cx_fini(&test);
    return text;
}

/* An error in the middle of a batch takes nothing with it. */
static void items_come_as_bytes(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {
        {"$", ""},
        {"1 $", "100"},
        {"21 2 13 $", "102aa200301a"},
        {"1 P 2 P P 3 $", "100200300"},
        {"11 4 12 $", "101a!2 201a"},
        {"4 4 12 4 $", "!1 !2 201a!4 "},
        {"81 12 $", "!1 201a"}, /* over the limit of 10 bytes */
        {"71 12 $", "107aaaaaaa201a"},
    };
    static char body[] = "aaaaaaaaa";
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t min = 1; min < 4; min++) {
            struct script script = {.type = &my_frame_type, .make = make_frame, .arg = body};
            weir_stream *source = script_stream(&script, table[i].script);
            weir_reader *reader = weir_encode(source, &my_frame_encoder, NULL, 10);
            if (min > 1 && strchr(table[i].wanted, '!'))
                weir_drop(reader); /* what is in hand comes behind an error then */
            else
                assert_string_equal(text_of(reader, min), table[i].wanted);
        }
}

/* Both ways. */
static void a_round_trip(void **state)
{
    static const char wanted[] = "1:abc 2: 3:abcdefghi $";
    static const struct my_frame frames[] = {{1, {"abc", 3}}, {2, {"", 0}}, {3, {"abcdefghi", 9}}};
    (void)state;
    for (size_t demand = 1; demand < 5; demand++) {
        weir_stream *source = weir_iter(&my_frame_type, frames, 3);
        weir_reader *bytes = weir_encode(source, &my_frame_encoder, NULL, 100);
        assert_string_equal(trace(weir_decode(bytes, &my_frame_decoder, NULL, 100), demand),
                            wanted);
    }
}

/* ---- blocks ---- */

static char large[3 << 20];

/* What has no room in a block begins the next, and what is larger has one of its size. */
static void items_of_all_sizes(void **state)
{
    static const size_t sizes[] = {0,     1,     60000, 5531,  5532,  5533,
                                   65530, 65533, 3,     65535, 40000, 40000};
    enum { N = sizeof sizes / sizeof *sizes };
    static const size_t mins[] = {1, 2, 3000, 70000, 200000};
    struct my_frame frames[N];
    size_t all = 0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        frames[i] = (struct my_frame){(uint8_t)(i % 4), {large + i, sizes[i]}};
        all += 3 + sizes[i];
    }
    for (unsigned m = 0; m < sizeof mins / sizeof *mins; m++)
        for (unsigned waits = 0; waits < 2; waits++) {
            struct test_cx test;
            size_t bytes = 0, n = 0;
            memory_begin(0, false);
            test_cx_init(&test);
            weir_stream *source = weir_iter(&my_frame_type, frames, N);
            weir_reader *reader = weir_encode(waits ? pending_once(source) : source,
                                              &my_frame_encoder, NULL, 1 << 20);
            assert_true(weir_reader_reserve(reader, 200000));
            size_t bound = weir_memory_max(reader);
            for (weir_poll got = {0}; got.state != WEIR_END;) {
                test_cx_turn(&test);
                got = weir_poll_fill(reader, &test.cx, mins[m]);
                assert_int_not_equal(got.state, WEIR_ERROR);
                if (got.state == WEIR_PENDING)
                    continue;
                weir_peek(reader, &n);
                assert_true(n >= mins[m] || got.state == WEIR_END);
                size_t used = n < mins[m] ? n : mins[m] - mins[m] / 3;
                weir_consume(reader, used);
                bytes += used;
            }
            assert_int_equal(bytes, all);
            weir_drop(reader);
            test_cx_fini(&test);
            assert_in_range(memory.peak_bytes, 1, bound);
            assert_int_equal(memory_end(), 0);
        }
}

/* While it waits for the first item of a block it holds none. */
static void nothing_is_held_while_it_waits(void **state)
{
    struct script script = {.type = &my_frame_type, .make = make_frame, .arg = large};
    struct test_cx test;
    size_t n;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    weir_reader *reader =
        weir_encode(script_stream(&script, "P 1 2 P 3 $"), &my_frame_encoder, NULL, 99);
    size_t idle = memory.live_bytes;
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    assert_int_equal(memory.live_bytes, idle);
    assert_true(test_cx_woken(&test));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 6); /* nothing is kept back */
    weir_peek(reader, &n);
    weir_consume(reader, n);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    assert_int_equal(memory.live_bytes, idle);
    weir_drop(reader);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
}

/* ---- state, options and the end ---- */

struct list {
    const char *between;
    size_t n; /* items */
    int *finis;
};

static bool list_init(void *state, const void *options, weir_error *error)
{
    *(struct list *)state = *(const struct list *)options;
    if (((struct list *)state)->between)
        return true;
    weir_error_set(error, WEIR_E_USER, "nothing stands between");
    return false;
}

static size_t list_encode(void *state, const void *item, unsigned char *out, size_t size,
                          weir_error *error)
{
    struct list *self = state;
    (void)error;
    if (*(const int64_t *)item < 0)
        return 0; /* takes no bytes */
    size_t n = weir_format((char *)out, size, "%s%d", self->n ? self->between : "[",
                           (int)*(const int64_t *)item);
    if (n >= size) /* the NUL */
        return n + 1;
    self->n++;
    return n;
}

static size_t list_end(void *state, unsigned char *out, size_t size)
{
    struct list *self = state;
    size_t n = weir_format((char *)out, size, "%s]", self->n ? "" : "[");
    return n < size ? n : n + 1;
}

static void list_fini(void *state)
{
    ++*((struct list *)state)->finis;
}

static const weir_encoder list_encoder = {.name = "list",
                                          .type = &weir_type_i64,
                                          .state_size = sizeof(struct list),
                                          .init = list_init,
                                          .encode = list_encode,
                                          .end = list_end,
                                          .fini = list_fini};

static void what_stands_behind_the_last_item(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {{"$", "[]"},
                 {"1 $", "[1]"},
                 {"1 P 20 3 $", "[1, 20, 3]"},
                 {"-1 P -1 -1 2 -1 $", "[2]"},
                 {"P $", "[]"},
                 {"1 !7 2 $", "[1!18446744073709551615 , 2]"},
                 {"1 !!7", "[1!18446744073709551615 "}};
    int finis = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t early = 0; early < 2; early++) {
            struct script script = {.early_end = early};
            struct list options = {", ", 0, &finis};
            weir_reader *reader =
                weir_encode(script_stream(&script, table[i].script), &list_encoder, &options, 10);
            memset(&options, 0xdd, sizeof options);
            assert_string_equal(text_of(reader, 1), table[i].wanted);
        }
    assert_int_equal(finis, 14);
}

/* What is over the limit had no room: it did not begin the list. */
static void what_is_refused_changes_no_state(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } table[] = {{"1234 5 $", "!1 [5]"},
                 {"1234 1234 $", "!1 !2 []"},
                 {"5 123456 6 $", "[5!2 , 6]"},
                 {"123 12 $", "[123, 12]"}};
    int finis = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct script script = {0};
        struct list options = {", ", 0, &finis};
        weir_reader *reader =
            weir_encode(script_stream(&script, table[i].script), &list_encoder, &options, 5);
        assert_string_equal(text_of(reader, 1), table[i].wanted);
    }
}

/* An item and an end of so many bytes; what room each was offered last. */
struct sized {
    size_t bytes, offered, end_offered;
};

static bool sized_init(void *state, const void *options, weir_error *error)
{
    (void)error;
    *(struct sized **)state = *(struct sized *const *)options;
    return true;
}

static size_t sized_put(size_t n, unsigned char *out, size_t size)
{
    if (n <= size)
        memset(out, 'a', n);
    return n;
}

static size_t sized_encode(void *state, const void *item, unsigned char *out, size_t size,
                           weir_error *error)
{
    struct sized *self = *(struct sized **)state;
    (void)item, (void)error;
    self->offered = size;
    return sized_put(self->bytes, out, size);
}

static size_t sized_end(void *state, unsigned char *out, size_t size)
{
    struct sized *self = *(struct sized **)state;
    self->end_offered = size;
    return sized_put(self->bytes, out, size);
}

/* No more than is taken, and all that is taken. */
static void room_up_to_the_limit(void **state)
{
    static const weir_encoder sized = {.name = "sized",
                                       .type = &weir_type_i64,
                                       .state_size = sizeof(struct sized *),
                                       .init = sized_init,
                                       .encode = sized_encode,
                                       .end = sized_end};
    static const size_t limits[] = {1, 7, 65535, 65536, 65537, 100000};
    (void)state;
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
        for (size_t over = 0; over < 2; over++) {
            struct sized self = {.bytes = limits[i] + over}, *options = &self;
            weir_reader *reader = weir_encode(weir_range(0, 1), &sized, &options, limits[i]);
            weir_error error;
            struct bytes got = reader_bytes(reader, &error);
            assert_int_equal(got.n, over ? 0 : 2 * limits[i]);
            assert_int_equal(got.state, over ? WEIR_ERROR : WEIR_END);
            assert_in_range(self.offered, 1, limits[i]);
            assert_true(over || self.end_offered <= limits[i]);
            free(got.data);
        }
}

static void what_cannot_be_built(void **state)
{
    weir_error error;
    int finis = 0;
    (void)state;
    struct bytes got = reader_bytes(
        weir_encode(weir_range(0, 3), &list_encoder, &(struct list){NULL, 0, &finis}, 9), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_string_equal(error.message, "nothing stands between");
    assert_int_equal(finis, 0);
    got = reader_bytes(weir_encode(weir_range(0, 3), &my_frame_encoder, NULL, 9), &error);
    assert_int_equal(error.code, WEIR_E_TYPE);
    weir_stream *failed = weir_stream_refused(WEIR_E_USER, NULL, "no %s", "stream", NULL, 0);
    got = reader_bytes(weir_encode(failed, &my_frame_encoder, NULL, 9), &error);
    assert_string_equal(error.message, "no stream");
    static const size_t limits[] = {0, (size_t)WEIR_MIN_MAX + 1};
    for (unsigned i = 0; i < 2; i++) {
        got = reader_bytes(
            weir_encode(weir_empty(&my_frame_type), &my_frame_encoder, NULL, limits[i]), &error);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
    }
}

/* ---- memory ---- */

static void every_allocation_fails_once(void **state)
{
    struct my_frame frames[] = {{1, {large, 60000}}, {2, {large, 10}}, {3, {large, 65535}}};
    (void)state;
    for (unsigned long at = 1, failed = 1; failed; at++) {
        weir_error error;
        memory_begin(at, true);
        weir_reader *reader =
            weir_encode(weir_iter(&my_frame_type, frames, 3), &my_frame_encoder, NULL, 1 << 20);
        struct bytes got = reader_bytes(reader, &error);
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (failed)
            assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

static size_t tracked_encode(void *state, const void *item, unsigned char *out, size_t size,
                             weir_error *error)
{
    const struct tracked *tracked = item;
    (void)state, (void)error;
    if (size)
        out[0] = (unsigned char)tracked->value;
    return 1;
}

/* Items that own something are dropped once. */
static void dropped_at_each_step(void **state)
{
    static const weir_encoder owning = {
        .name = "owning", .type = &tracked_type, .encode = tracked_encode};
    (void)state;
    for (unsigned steps = 0; steps < 20; steps++) {
        struct script script = {.type = &tracked_type};
        struct test_cx test;
        unsigned before = tracked_live;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader =
            weir_encode(script_stream(&script, "1 2 P 3 !7 4 5 6 P 7 8 9 $"), &owning, NULL, 1);
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_fill(reader, &test.cx, 1 + steps % 12));
            test_cx_woken(&test);
        }
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, before);
    }
}

int codec_encode(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_as_bytes),
        cmocka_unit_test(a_round_trip),
        cmocka_unit_test(items_of_all_sizes),
        cmocka_unit_test(nothing_is_held_while_it_waits),
        cmocka_unit_test(what_stands_behind_the_last_item),
        cmocka_unit_test(what_is_refused_changes_no_state),
        cmocka_unit_test(room_up_to_the_limit),
        cmocka_unit_test(what_cannot_be_built),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
    };
    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
