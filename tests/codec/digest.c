/* weir_hash: what is known of each kind, the bytes untouched, and the digest at the end alone. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codec_run.h"
#include "weir/digest.h"

static const weir_hash_kind kinds[] = {WEIR_SHA256, WEIR_XXH3, WEIR_CRC32};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- what is known ---- */

static const struct known {
    weir_hash_kind kind;
    const char *in, *text;
} known[] = {
    {WEIR_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {WEIR_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {WEIR_XXH3, "", "2d06800538d394c2"},
    {WEIR_XXH3, "abc", "78af5f94892f3950"},
    {WEIR_CRC32, "", "00000000"},
    {WEIR_CRC32, "123456789", "cbf43926"},
};
enum { KNOWN = sizeof known / sizeof *known };

static weir_reader *source_of(const char *in, unsigned way)
{
    size_t n = strlen(in);
    return way == 0   ? weir_memory_reader(in, n)
           : way == 1 ? one_byte_reader(in, n, true)
                      : pieces_reader(in, n, 2);
}

static void known_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN; i++) {
        if (!weir_hash_is_there(known[i].kind))
            continue;
        for (unsigned way = 0; way < 3; way++) {
            weir_digest digest;
            weir_reader *reader = weir_hash(source_of(known[i].in, way), known[i].kind, &digest);
            struct bytes got = reader_bytes(reader, NULL);
            assert_int_equal(got.n, strlen(known[i].in));
            assert_memory_equal(got.n ? (char *)got.data : "", known[i].in, got.n);
            assert_true(digest.done);
            assert_string_equal(digest.text, known[i].text);
            assert_int_equal(digest.n * 2, strlen(known[i].text));
            assert_int_equal(digest.bytes, got.n);
            uint64_t number = digest.n > 8 ? 0 : strtoull(known[i].text, NULL, 16);
            assert_true(digest.number == number);
            free(got.data);
        }
    }
}

static void the_same_however_it_comes(void **state)
{
    uint64_t seed = 41;
    size_t n = 900000;
    (void)state;
    unsigned char *bytes = draw_bytes(&seed, n);
    for (size_t i = 0; i < KINDS; i++) {
        weir_digest whole, split;
        if (!weir_hash_is_there(kinds[i]))
            continue;
        struct bytes got =
            reader_bytes(weir_hash(weir_memory_reader(bytes, n), kinds[i], &whole), NULL);
        assert_int_equal(got.n, n);
        assert_memory_equal(got.data, bytes, n);
        free(got.data);
        weir_reader *source = ragged_reader(bytes, n, (struct ragged){5000, 2, false}, 7);
        got = reader_bytes(weir_hash(source, kinds[i], &split), NULL);
        assert_memory_equal(got.data, bytes, n);
        free(got.data);
        assert_string_equal(whole.text, split.text);
        if (kinds[i] == WEIR_CRC32)
            assert_int_equal(whole.number, crc32(0, bytes, (unsigned)n));
    }
    free(bytes);
}

/* ---- what passes ---- */

/* All of them stand in hand at once, so each piece is lent from where it stands; no piece is
 * larger than what one turn should do. */
static void lent_as_they_stand(void **state)
{
    static struct test_cx test;
    static unsigned char bytes[1 << 20];
    weir_digest digest;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_hash(weir_memory_reader(bytes, sizeof bytes), WEIR_CRC32, &digest);
    for (size_t at = 0; at < sizeof bytes;) {
        size_t n;
        test_cx_turn(&test);
        uint32_t before = test.cx.budget;
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_READY);
        assert_true(weir_peek(reader, &n) == bytes + at);
        assert_in_range(n, 1, 256 << 10);
        assert_in_range(before - test.cx.budget, n / (32 << 10), n / (32 << 10) + 2);
        assert_false(digest.done);
        weir_consume(reader, n);
        at += n;
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    assert_true(digest.done);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* Blocks that may be kept are. */
static void its_block_may_be_kept(void **state)
{
    static struct test_cx test;
    weir_digest digest;
    (void)state;
    test_cx_init(&test);
    weir_block *block = weir_block_new(0, 100);
    memset(block->data, 'x', 100);
    weir_reader *reader = weir_hash(weir_block_reader(block, 0, 100), WEIR_CRC32, &digest);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 100).state, WEIR_READY);
    assert_true(reader->block == block);
    weir_drop(reader);
    test_cx_fini(&test);
}

static void what_is_asked_for_at_once_comes_whole(void **state)
{
    static struct test_cx test;
    weir_digest digest;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_hash(pieces_reader("abcdefgh", 8, 3), WEIR_CRC32, &digest);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 7).n, 8);
    weir_consume(reader, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 8).state, WEIR_END);
    assert_true(digest.done);
    assert_int_equal(reader->end - reader->begin, 7);
    weir_drop(reader);
    test_cx_fini(&test);
}

/* Asked for more than there is, the source ends with all of it in hand: all of it is hashed. */
static void a_large_end_is_hashed_whole(void **state)
{
    static struct test_cx test;
    static unsigned char bytes[600000];
    weir_digest digest;
    weir_poll got;
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    test_cx_init(&test);
    weir_reader *source = pieces_reader(bytes, sizeof bytes, 200000);
    weir_reader *reader = weir_hash(source, WEIR_CRC32, &digest);
    assert_true(weir_reader_reserve(reader, 700000));
    do {
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, 700000);
    } while (got.state == WEIR_PENDING);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, sizeof bytes);
    assert_int_equal(digest.bytes, sizeof bytes);
    assert_int_equal(digest.number, crc32(0, bytes, sizeof bytes));
    weir_drop(reader);
    test_cx_fini(&test);
}

static void no_digest_of_less_than_all(void **state)
{
    weir_error error;
    weir_digest digest;
    (void)state;
    struct bytes got =
        reader_bytes(weir_hash(failing_reader("abc", 3), WEIR_CRC32, &digest), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.n, 3);
    assert_false(digest.done);
    assert_string_equal(digest.text, "");
    free(got.data);
    weir_reader *whole = weir_hash(weir_memory_reader("abc", 3), WEIR_CRC32, &digest);
    got = reader_bytes(weir_take_reader(whole, 3), &error);
    assert_int_equal(got.n, 3);
    assert_false(digest.done);
    free(got.data);
}

/* ---- what is refused ---- */

static void refused(weir_reader *reader, const char *message)
{
    weir_error error;
    struct bytes got = reader_bytes(reader, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, message);
    assert_non_null(error.cure);
    free(got.data);
}

static void a_kind_that_is_not_there(void **state)
{
    weir_digest digest;
    (void)state;
    refused(weir_hash(weir_memory_reader("a", 1), (weir_hash_kind)0, &digest),
            "hash: there is no kind 0");
    refused(weir_hash(weir_memory_reader("a", 1), (weir_hash_kind)99, &digest),
            "hash: there is no kind 99");
    if (!weir_hash_is_there(WEIR_SHA256))
        refused(weir_hash(weir_memory_reader("a", 1), WEIR_SHA256, &digest),
                "hash: no sha256: built without OpenSSL");
    if (!weir_hash_is_there(WEIR_XXH3))
        refused(weir_hash(weir_memory_reader("a", 1), WEIR_XXH3, &digest),
                "hash: no xxh3: built without xxhash");
    assert_string_equal(weir_hash_name(WEIR_SHA256), "sha256");
    assert_null(weir_hash_name((weir_hash_kind)0));
    assert_null(weir_hash_name((weir_hash_kind)99));
    assert_true(weir_hash_is_there(WEIR_CRC32));
    assert_false(weir_hash_is_there((weir_hash_kind)99));
}

static void a_failed_source_keeps_its_own_words(void **state)
{
    weir_error error;
    weir_digest digest;
    (void)state;
    weir_reader *failed = weir_gzip(weir_memory_reader("a", 1), 10);
    free(reader_bytes(weir_hash(failed, WEIR_CRC32, &digest), &error).data);
    assert_string_equal(error.message, "gzip: there is no such level");
}

/* ---- memory ---- */

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    weir_digest digest;
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        for (unsigned long at = weir_hash_is_there(kinds[i]); at; at++) {
            memory_begin(at, false);
            struct bytes got = reader_bytes(
                weir_hash(one_byte_reader("abcdefg", 7, true), kinds[i], &digest), &error);
            bool failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            free(got.data);
            assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
            assert_int_equal(digest.done, !failed);
            if (!failed)
                break;
            assert_int_equal(error.code, WEIR_E_MEMORY);
        }
    }
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned steps = 0; steps < 40; steps++) {
        weir_digest digest;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_hash_kind kind = kinds[steps % KINDS];
        weir_reader *reader = weir_hash(one_byte_reader("abcdefghijklmn", 14, true), kind, &digest);
        for (unsigned i = 0; i < steps / 2; i++) {
            test_cx_turn(&test);
            weir_consume(reader, weir_poll_fill(reader, &test.cx, 1).n);
        }
        weir_drop(reader);
        doubles_wake_all();
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

int codec_digest(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),
        cmocka_unit_test(the_same_however_it_comes),
        cmocka_unit_test(lent_as_they_stand),
        cmocka_unit_test(its_block_may_be_kept),
        cmocka_unit_test(what_is_asked_for_at_once_comes_whole),
        cmocka_unit_test(a_large_end_is_hashed_whole),
        cmocka_unit_test(no_digest_of_less_than_all),
        cmocka_unit_test(a_kind_that_is_not_there),
        cmocka_unit_test(a_failed_source_keeps_its_own_words),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
