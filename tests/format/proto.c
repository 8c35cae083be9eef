/* proto: messages of structs, both ways; the corpora of good and bad ones, at every split. */

#include "weir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stream/stages.h"
#include "corpus.h"

struct pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2))

enum { MESSAGE_MAX = 1 << 20, TEXT_MAX = 1 << 16 };

/* ---- what comes of a reader, as text ---- */

struct answer {
    char text[TEXT_MAX];
    size_t n;
    size_t pets;
};

__attribute__((format(printf, 2, 3))) static void say(struct answer *answer, const char *format,
                                                      ...)
{
    va_list args;
    va_start(args, format);
    answer->n += (size_t)vsnprintf(answer->text + answer->n, TEXT_MAX - answer->n, format, args);
    va_end(args);
    assert_true(answer->n < TEXT_MAX);
}

static void say_pet(struct answer *answer, const struct pet *pet)
{
    say(answer, "[");
    for (size_t i = 0; i < pet->name.size; i++)
        say(answer, "%c", pet->name.data[i]);
    say(answer, " %lld]", (long long)pet->age);
    answer->pets++;
}

static void answer_of(weir_reader *reader, struct answer *answer, weir_error *error)
{
    struct test_cx test;
    struct pet pets[4];
    *answer = (struct answer){0};
    *error = (weir_error){0};
    test_cx_init(&test);
    weir_stream *stream = weir_proto_records(reader, &pet_record, MESSAGE_MAX);
    weir_poll got;
    do {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, pets, 4);
        for (uint32_t i = 0; i < got.n; i++)
            say_pet(answer, &pets[i]);
        if (got.state == WEIR_ERROR) {
            *error = test.cx.error;
            say(answer, "!%d byte %lld record %lld%s", (int)error->code, (long long)error->byte,
                (long long)error->record, error->fatal ? " fatal" : "");
        }
    } while (got.state != WEIR_END);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Whole, byte by byte with and without waits, and cut once at each place. */
static void answer_any_way(const unsigned char *in, size_t n, struct answer *whole,
                           weir_error *error)
{
    static struct answer other;
    weir_error another;
    answer_of(weir_memory_reader(in, n), whole, error);
    for (int pending = 0; pending < 2; pending++) {
        answer_of(one_byte_reader(in, n, pending), &other, &another);
        assert_string_equal(other.text, whole->text);
    }
    for (size_t at = 1; at < n && n < 512; at++) {
        answer_of(
            weir_chain_reader(weir_memory_reader(in, at), weir_memory_reader(in + at, n - at)),
            &other, &another);
        assert_string_equal(other.text, whole->text);
    }
}

/* ---- the corpora ---- */

static void check_good(const struct corpus_value *test, void *arg)
{
    (void)arg;
    static struct answer got, wanted;
    weir_error error;
    const struct corpus_value *in = corpus_get(test, "in"), *pets = corpus_get(test, "pets");
    wanted = (struct answer){0};
    for (size_t i = 0; i < pets->n; i++) {
        const struct corpus_value *row = &pets->parts[i];
        struct pet pet = {{row->parts[0].bytes, row->parts[0].n}, row->parts[1].whole};
        say_pet(&wanted, &pet);
    }
    answer_any_way((const unsigned char *)in->bytes, in->n, &got, &error);
    assert_string_equal(got.text, wanted.text);
}

static void test_good(void **state)
{
    (void)state;
    corpus_for_each("proto-delimited.jsonl", check_good, NULL);
}

static void check_bad(const struct corpus_value *test, void *arg)
{
    (void)arg;
    static struct answer got;
    weir_error error;
    const struct corpus_value *in = corpus_get(test, "in");
    answer_any_way((const unsigned char *)in->bytes, in->n, &got, &error);
    if ((error.code == WEIR_OK) != corpus_is(test, "ok"))
        fail_msg("%s: %s %s", corpus_get(test, "name")->bytes, got.text, error.message);
}

static void test_bad(void **state)
{
    (void)state;
    corpus_for_each("proto-bad.jsonl", check_bad, NULL);
}

/* ---- places ---- */

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t n;
        const char *answer;
        const char *message;
    } cases[] = {
        {"\x03\x0a\x01\xff\x02\x10\x07", 7, "!6 byte 3 record 1[ 7]",
         "'name' (field 1) is no UTF-8"},
        {"\x02\x10\x01\x02\x0a", 5, "[ 1]!7 byte 3 record 2 fatal",
         "the input ends inside a frame, 2 bytes after its beginning"},
        {"\x02\x08\x01\x00", 4, "!6 byte 1 record 1[ 0]",
         "'name' (field 1) has another wire type than its member"},
        {"\xff\xff\xff\x0f", 4, "!5 byte 0 record 1 fatal",
         "a message of 33554431 bytes; message_bytes_max = 1048576"},
        {"\x02\x0a\x05\x00", 4, "!6 byte 2 record 1[ 0]",
         "a field of 5 bytes, where the message has 0 left"},
        {"\x02\x1b\x24\x02\x1b\x1c", 6, "!6 byte 2 record 1[ 0]", "group 3 ends as 4"},
    };
    static struct answer got;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_error error;
        answer_any_way((const unsigned char *)cases[i].in, cases[i].n, &got, &error);
        assert_string_equal(error.message, cases[i].message);
        assert_string_equal(got.text, cases[i].answer);
    }
}

/* Groups are passed, but not too deep. */
static void test_groups(void **state)
{
    (void)state;
    unsigned char message[2 * (WEIR_PROTO_DEPTH_MAX + 1)];
    weir_error error;
    struct pet pet;
    for (size_t depth = WEIR_PROTO_DEPTH_MAX; depth <= WEIR_PROTO_DEPTH_MAX + 1; depth++) {
        memset(message, 0x1b, depth);
        memset(message + depth, 0x1c, depth);
        weir_text text = {(const char *)message, 2 * depth};
        assert_int_equal(weir_proto_read(&pet_record, text, &pet, &error),
                         depth <= WEIR_PROTO_DEPTH_MAX);
    }
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.byte, WEIR_PROTO_DEPTH_MAX);
}

/* ---- every kind of member, both ways ---- */

struct inner {
    weir_text text;
    int64_t zigzag;
};
struct outer {
    int64_t i64, zigzag, fixed64, fixed32;
    uint64_t u64, ufixed64, ufixed32, u32;
    int64_t i32, s32;
    double f64, f32;
    bool truth;
    weir_text bytes;
    struct inner inner;
    bool has_u64, has_inner;
};
WEIR_RECORD(inner_record, struct inner, WEIR_MEMBER(struct inner, text, 1),
            WEIR_MEMBER(struct inner, zigzag, 2, .as = WEIR_AS_ZIGZAG))
WEIR_RECORD(outer_record, struct outer, WEIR_MEMBER(struct outer, i64, 1),
            WEIR_MEMBER(struct outer, zigzag, 2, .as = WEIR_AS_ZIGZAG),
            WEIR_MEMBER(struct outer, fixed64, 3, .as = WEIR_AS_FIXED64),
            WEIR_MEMBER(struct outer, fixed32, 4, .as = WEIR_AS_FIXED32),
            WEIR_MEMBER(struct outer, u64, 5, .has = WEIR_HAS(struct outer, has_u64)),
            WEIR_MEMBER(struct outer, ufixed64, 6, .as = WEIR_AS_FIXED64),
            WEIR_MEMBER(struct outer, ufixed32, 7, .as = WEIR_AS_FIXED32),
            WEIR_MEMBER(struct outer, u32, 13, .as = WEIR_AS_INT32),
            WEIR_MEMBER(struct outer, i32, 14, .as = WEIR_AS_INT32),
            WEIR_MEMBER(struct outer, s32, 15, .as = WEIR_AS_SINT32),
            WEIR_MEMBER(struct outer, f64, 8),
            WEIR_MEMBER(struct outer, f32, 900, .as = WEIR_AS_FIXED32),
            WEIR_MEMBER(struct outer, truth, 10),
            WEIR_MEMBER(struct outer, bytes, 536870911, .as = WEIR_AS_BYTES),
            WEIR_NESTED(struct outer, inner, 12, &inner_record,
                        .has = WEIR_HAS(struct outer, has_inner)))

static void test_kinds(void **state)
{
    (void)state;
    const struct outer given = {.i64 = INT64_MIN,
                                .zigzag = -3,
                                .fixed64 = -1,
                                .fixed32 = INT32_MIN,
                                .has_u64 = true, /* and it is zero */
                                .ufixed64 = UINT64_MAX,
                                .ufixed32 = UINT32_MAX,
                                .u32 = UINT32_MAX,
                                .i32 = INT32_MIN,
                                .s32 = INT32_MIN,
                                .f64 = -0.5,
                                .f32 = 0.25,
                                .truth = true,
                                .bytes = {"\xff\0", 2},
                                .inner = {{"deep", 4}, INT64_MAX},
                                .has_inner = true};
    unsigned char message[256];
    size_t n = weir_proto_write(&outer_record, &given, message, sizeof message);
    assert_true(n < sizeof message);
    assert_int_equal(weir_proto_write(&outer_record, &given, NULL, 0), n);
    struct outer got;
    weir_error error;
    assert_true(
        weir_proto_read(&outer_record, (weir_text){(const char *)message, n}, &got, &error));
    assert_int_equal(got.bytes.size, 2);
    assert_memory_equal(got.bytes.data, "\xff\0", 2);
    assert_memory_equal(got.inner.text.data, "deep", 4);
    got.bytes = given.bytes;
    got.inner.text = given.inner.text;
    assert_memory_equal(&got, &given, sizeof got);
    for (size_t i = 0; i < n; i++) /* whatever is cut off: no more than an error */
        weir_proto_read(&outer_record, (weir_text){(const char *)message, i}, &got, &error);
}

/* Of a longer varint int32 and its like keep the lower half, as protobuf's own readers do. */
static void test_long_int32(void **state)
{
    (void)state;
    static const char message[] = "\x68\x85\x80\x80\x80\x10\x70\x85\x80\x80\x80\x10\x78\x85"
                                  "\x80\x80\x80\x10";
    struct outer got;
    weir_error error;
    weir_text text = {message, sizeof message - 1};
    assert_true(weir_proto_read(&outer_record, text, &got, &error));
    assert_true(got.u32 == 5 && got.i32 == 5 && got.s32 == -3);
}

/* What is zero is not there; an empty message is nothing at all. */
static void test_zero(void **state)
{
    (void)state;
    struct outer zero = {0};
    unsigned char byte;
    assert_int_equal(weir_proto_write(&outer_record, &zero, &byte, 1), 0);
    zero.has_inner = true;
    assert_int_equal(weir_proto_write(&outer_record, &zero, NULL, 0), 2);
}

/* ---- and back ---- */

static void check_back(const struct corpus_value *test, void *arg)
{
    (void)arg;
    static struct answer first, again;
    weir_error error;
    const struct corpus_value *in = corpus_get(test, "in");
    weir_stream *pets =
        weir_proto_records(weir_memory_reader(in->bytes, in->n), &pet_record, MESSAGE_MAX);
    struct bytes bytes = reader_bytes(weir_to_proto(pets, MESSAGE_MAX), &error);
    assert_int_equal(bytes.state, WEIR_END);
    answer_of(weir_memory_reader(in->bytes, in->n), &first, &error);
    answer_of(weir_memory_reader(bytes.data, bytes.n), &again, &error);
    assert_string_equal(again.text, first.text);
    free(bytes.data);
}

static void test_back(void **state)
{
    (void)state;
    corpus_for_each("proto-delimited.jsonl", check_back, NULL);
}

static void test_refused(void **state)
{
    (void)state;
    weir_error error;
    weir_reader *reader = weir_to_proto(weir_lines(weir_memory_reader("a\n", 2), 10), MESSAGE_MAX);
    struct bytes bytes = reader_bytes(reader, &error);
    assert_string_equal(error.message, "to_proto: items of 'weir_line' have no fields");
    free(bytes.data);
}

static struct outer outer_of(int64_t i, void *arg)
{
    (void)arg;
    struct outer outers[] = {{.fixed32 = (int64_t)INT32_MAX + 1},
                             {.ufixed32 = (uint64_t)UINT32_MAX + 1},
                             {.f32 = 1e300},
                             {.inner.text = {"\xff", 1}, .has_inner = true},
                             {.u32 = (uint64_t)UINT32_MAX + 1},
                             {.i32 = (int64_t)INT32_MIN - 1},
                             {.s32 = (int64_t)INT32_MAX + 1},
                             {.fixed32 = 1}};
    return outers[i];
}
WEIR_MAP_FN(outer_fn, outer_of, int64_t, struct outer, .to = &outer_record.type)

static const char *const misfits[] = {
    "'fixed32' (field 4) does not fit in 32 bits", "'ufixed32' (field 7) does not fit in 32 bits",
    "'f32' (field 900) does not fit in 32 bits",   "'text' (field 1) is no UTF-8",
    "'u32' (field 13) does not fit in 32 bits",    "'i32' (field 14) does not fit in 32 bits",
    "'s32' (field 15) does not fit in 32 bits"};
enum { MISFITS = sizeof misfits / sizeof *misfits };

static void test_misfits(void **state)
{
    (void)state;
    weir_error error;
    for (int64_t i = 0; i <= MISFITS; i++) {
        weir_reader *one =
            weir_to_proto(weir_map(weir_range(i, i + 1), &outer_fn, NULL), MESSAGE_MAX);
        struct bytes bytes = reader_bytes(one, &error);
        assert_int_equal(bytes.state, i < MISFITS ? WEIR_ERROR : WEIR_END);
        if (i < MISFITS)
            assert_string_equal(error.message, misfits[i]);
        free(bytes.data);
    }
}

/* ---- no memory, and dropped ---- */

static const char two_pets[] = "\x0e\x0a\x0a"
                               "Daffy Duck\x10\x18\x0e\x0a\x0a"
                               "Bugs Bunny\x10\x16";

static void test_no_memory(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        weir_error error;
        memory_begin(at, false);
        weir_reader *pieces = pieces_reader(two_pets, sizeof two_pets - 1, 5);
        struct bytes bytes =
            reader_bytes(weir_to_proto(weir_proto_records(pieces, &pet_record, 100), 100), &error);
        unsigned long failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        bool whole = bytes.state == WEIR_END && bytes.n == sizeof two_pets - 1;
        free(bytes.data);
        if (!failed) {
            assert_true(whole);
            return;
        }
        assert_true(whole || error.code == WEIR_E_MEMORY);
    }
}

int format_proto(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_bad),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_groups),
        cmocka_unit_test(test_kinds),     cmocka_unit_test(test_long_int32),
        cmocka_unit_test(test_zero),      cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_back),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("proto", tests, NULL, NULL);
}
