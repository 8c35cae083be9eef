/* Types by name: what the macros call a type, which of them are one, and descriptors that say
 * something else than the compiler saw. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

/* ---- numbers ---- */

enum colour { RED, GREEN };
struct req {
    struct req *next;
};
typedef int64_t amount;

#define NAME(T) ((weir_type)WEIR_TYPE(T)).name

static void numbers_are_called_by_size_and_sign(void **state)
{
    (void)state;
    assert_string_equal(NAME(int8_t), "int8_t");
    assert_string_equal(NAME(signed char), "int8_t");
    assert_string_equal(NAME(uint8_t), "uint8_t");
    assert_string_equal(NAME(unsigned char), "uint8_t");
    assert_string_equal(NAME(short), "int16_t");
    assert_string_equal(NAME(unsigned short), "uint16_t");
    assert_string_equal(NAME(int), "int32_t");
    assert_string_equal(NAME(int32_t), "int32_t");
    assert_string_equal(NAME(unsigned), "uint32_t");
    assert_string_equal(NAME(int64_t), "int64_t");
    assert_string_equal(NAME(long long), "int64_t");
    assert_string_equal(NAME(long), sizeof(long) == 8 ? "int64_t" : "int32_t");
    assert_string_equal(NAME(size_t), sizeof(size_t) == 8 ? "uint64_t" : "uint32_t");
    assert_string_equal(NAME(unsigned long long), "uint64_t");
    assert_string_equal(NAME(amount), "int64_t");
    assert_string_equal(NAME(bool), "bool");
}

static void other_types_are_called_as_they_are_written(void **state)
{
    (void)state;
    assert_string_equal(NAME(char), "char");
    assert_string_equal(NAME(float), "float");
    assert_string_equal(NAME(double), "double");
    assert_string_equal(NAME(struct req), "struct req");
    assert_string_equal(NAME(struct req *), "struct req *");
    assert_string_equal(NAME(const char *), "const char *");
    assert_string_equal(NAME(weir_line), "weir_line");
#define reqs struct req
    assert_string_equal(NAME(reqs), "struct req");
}

static void numbers_hold_no_pointer(void **state)
{
    (void)state;
    assert_true(((weir_type)WEIR_TYPE(char)).detached);
    assert_true(((weir_type)WEIR_TYPE(bool)).detached);
    assert_true(((weir_type)WEIR_TYPE(double)).detached);
    assert_true(((weir_type)WEIR_TYPE(enum colour)).detached);
    assert_false(((weir_type)WEIR_TYPE(char *)).detached);
    assert_false(((weir_type)WEIR_TYPE(struct req)).detached);
    assert_false(((weir_type)WEIR_TYPE(weir_line)).detached);
}

static bool fit(weir_type given, weir_type wanted)
{
    return weir_type_fits(&given, &wanted);
}

#define FIT(A, B) fit((weir_type)WEIR_TYPE(A), (weir_type)WEIR_TYPE(B))

static void one_type_by_several_names(void **state)
{
    (void)state;
    assert_true(FIT(long long, int64_t));
    assert_true(FIT(amount, long long));
    assert_int_equal(FIT(long, int64_t), sizeof(long) == 8);
    assert_true(FIT(int, int32_t));
    assert_true(FIT(unsigned char, uint8_t));
    assert_true(FIT(struct req *, struct req *));
    assert_false(FIT(int64_t, uint64_t));
    assert_false(FIT(int64_t, double));
    assert_false(FIT(float, int32_t));
    assert_false(FIT(char, int8_t));
    assert_false(FIT(bool, uint8_t));
    assert_false(FIT(struct req *, struct req));
    assert_false(FIT(struct req *, void *));
    assert_false(FIT(weir_line, weir_owned_line));
}

/* ---- chains of them ---- */

static long long twice(long long x, void *arg)
{
    (void)arg;
    return 2 * x;
}
WEIR_MAP_FN(twice_fn, twice, long long, long long)

static bool positive(signed long long x, void *arg)
{
    (void)arg;
    return x > 0;
}
WEIR_FILTER_FN(positive_fn, positive, signed long long)

static double halve(double x, void *arg)
{
    (void)arg;
    return x / 2;
}
WEIR_MAP_FN(halve_fn, halve, double, double)

/* What the chain says when it is polled first: 0 and nothing, or the code and the message. */
static char said[WEIR_MESSAGE_BYTES];
static weir_code refusal(weir_stream *stream)
{
    static struct test_cx test;
    static unsigned char out[512];
    test_cx_init(&test);
    said[0] = '\0';
    bool failed = weir_poll_next(stream, &test.cx, out, 1).state == WEIR_ERROR;
    if (failed)
        strcpy(said, test.cx.error.message);
    weir_code code = failed ? test.cx.error.code : WEIR_OK;
    weir_drop(stream);
    test_cx_fini(&test);
    return code;
}

static void functions_of_other_names_take_numbers(void **state)
{
    (void)state;
    weir_stream *stream = weir_map(weir_range(-2, 4), &twice_fn, NULL);
    assert_string_equal(trace(weir_filter(stream, &positive_fn, NULL), 3), "2 4 6 $");
    assert_int_equal(refusal(weir_map(weir_range(0, 3), &halve_fn, NULL)), WEIR_E_TYPE);
    assert_string_equal(said, "map 'halve' takes 'double', but 'range' yields 'int64_t'");
}

/* ---- structs of composites ---- */

WEIR_PAIR(int64_t, int64_t, two)
WEIR_PAIR(int64_t, double, mixed)
WEIR_INDEXED(int64_t, counted)
WEIR_INDEXED(double, counted_real)
WEIR_INDEXED(weir_line, counted_line)
WEIR_RESULT(int64_t, maybe)
WEIR_RESULT(uint64_t, maybe_unsigned)
struct plain {
    uint64_t first, second;
};
struct narrow {
    uint32_t all[4];
};

#define COUNTS(name_, T, ...)                                                                      \
    static bool name_##_is_any(struct T item, void *arg)                                           \
    {                                                                                              \
        (void)arg;                                                                                 \
        return sizeof item > 0;                                                                    \
    }                                                                                              \
    WEIR_FILTER_FN(name_##_fn, name_##_is_any, struct T __VA_ARGS__)

COUNTS(two, two, , .of = &two_type)
COUNTS(mixed, mixed, , .of = &mixed_type)
COUNTS(counted, counted, , .of = &counted_type)
COUNTS(counted_real, counted_real, , .of = &counted_real_type)
COUNTS(counted_line, counted_line, , .of = &counted_line_type)
COUNTS(maybe, maybe, , .of = &maybe_type)
COUNTS(maybe_unsigned, maybe_unsigned, , .of = &maybe_unsigned_type)
COUNTS(plain, plain)
COUNTS(narrow, narrow)

static weir_code filtered(weir_stream *source, const weir_filter_fn *fn)
{
    return refusal(weir_filter(source, fn, NULL));
}

static weir_stream *pairs(void)
{
    return weir_zip(weir_range(0, 3), weir_range(4, 9));
}

static weir_stream *indexed(void)
{
    return weir_enumerate(weir_range(0, 3));
}

static weir_stream *results(void)
{
    return weir_results(weir_range(0, 3));
}

static void composites_fit_their_struct_alone(void **state)
{
    (void)state;
    assert_int_equal(filtered(pairs(), &two_fn), WEIR_OK);
    assert_int_equal(filtered(pairs(), &mixed_fn), WEIR_E_TYPE);
    assert_string_equal(said, "filter 'mixed_is_any' takes items whose second member is "
                              "'double', but 'zip' yields those of 'int64_t'");
    assert_int_equal(filtered(pairs(), &counted_fn), WEIR_E_TYPE);
    assert_int_equal(filtered(indexed(), &counted_fn), WEIR_OK);
    assert_int_equal(filtered(indexed(), &counted_real_fn), WEIR_E_TYPE);
    assert_int_equal(filtered(indexed(), &two_fn), WEIR_E_TYPE);
    assert_int_equal(filtered(results(), &maybe_fn), WEIR_OK);
    assert_int_equal(filtered(results(), &maybe_unsigned_fn), WEIR_E_TYPE);
    assert_int_equal(filtered(weir_range(0, 3), &two_fn), WEIR_E_TYPE);
}

/* Members are not known of a plain struct; size and alignment are. */
static void plain_structs_of_the_shape_are_taken(void **state)
{
    (void)state;
    assert_int_equal(filtered(pairs(), &plain_fn), WEIR_OK);
    assert_int_equal(filtered(indexed(), &plain_fn), WEIR_OK);
    if (_Alignof(struct plain) == 4) /* a pointer has 4 bytes there, and 8 bytes are aligned to 4 */
        return;
    assert_int_equal(filtered(results(), &plain_fn), WEIR_OK);
    assert_int_equal(filtered(pairs(), &narrow_fn), WEIR_E_TYPE); /* aligned to 4 */
}

/* A member that is lent fits as its owner would, and what passes is still lent: it may not be
 * held. */
static void composites_of_what_is_lent(void **state)
{
    (void)state;
    weir_stream *lines = weir_lines(weir_memory_reader("a\nb\n", 4), 9);
    weir_stream *stream = weir_filter(weir_enumerate(lines), &counted_line_fn, NULL);
    assert_true(stream->type->lent);
    assert_string_equal(trace(stream, 2), "0:'a' 1:'b' $");
    lines = weir_lines(weir_memory_reader("a\nb\n", 4), 9);
    stream = weir_filter(weir_enumerate(lines), &counted_line_fn, NULL);
    assert_int_equal(refusal(weir_collect(stream, 9)), WEIR_E_TYPE);
    assert_string_equal(said, "collect holds items, but 'filter' only lends its 'indexed'");
    lines = weir_own(weir_lines(weir_memory_reader("a\nb\n", 4), 9));
    assert_int_equal(filtered(weir_enumerate(lines), &counted_line_fn), WEIR_E_TYPE);
}

/* Nested ones are compared down to their leaves. */
static void composites_of_composites(void **state)
{
    (void)state;
    const weir_type *inner = weir_type_pair(&weir_type_i64, &weir_type_i64);
    const weir_type *mixed = weir_type_pair(&weir_type_i64, &weir_type_u64);
    weir_type one = two_type, other = two_type;
    assert_true(weir_type_fits(inner, &two_type));
    assert_true(weir_type_fits(&two_type, inner));
    one.of[0] = inner;
    other.of[0] = &two_type;
    assert_true(weir_type_fits(&one, &other));
    other.of[0] = mixed;
    assert_false(weir_type_fits(&one, &other));
    other.of[0] = NULL; /* a plain one */
    assert_true(weir_type_fits(&one, &other));
    assert_false(weir_type_fits(&other, &one));
}

/* ---- descriptors that lie ---- */

struct large {
    int64_t all[2];
};
static const weir_type small = {.name = "large", .size = 8, .align = 8}; /* it is 16 bytes */

static struct large make_large(struct large x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(honest_map, make_large, struct large, struct large)
WEIR_MAP_FN(map_from, make_large, struct large, struct large, .from = &small)
WEIR_MAP_FN(map_to, make_large, struct large, struct large, .to = &small)

static bool try_large(struct large x, struct large *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = x;
    return true;
}
WEIR_TRY_MAP_FN(try_from, try_large, struct large, struct large, .from = &small)
WEIR_TRY_MAP_FN(try_to, try_large, struct large, struct large, .to = &small)

static void update_large(struct large *x, void *arg)
{
    (void)arg;
    x->all[1] = 1;
}
WEIR_UPDATE_FN(update_from, update_large, struct large, .from = &small)
WEIR_UPDATE_FN(update_to, update_large, struct large, .to = &small)

static bool is_large(struct large x, void *arg)
{
    (void)arg;
    return x.all[1];
}
WEIR_FILTER_FN(filter_of, is_large, struct large, .of = &small)

static bool large_if(struct large x, struct large *out, void *arg)
{
    (void)arg;
    *out = x;
    return true;
}
WEIR_FILTER_MAP_FN(filter_map_from, large_if, struct large, struct large, .from = &small)
WEIR_FILTER_MAP_FN(filter_map_to, large_if, struct large, struct large, .to = &small)

static bool scan_large(struct large *state, struct large x, struct large *out)
{
    *out = *state = x;
    return true;
}
WEIR_SCAN_FN(scan_state, scan_large, struct large, struct large, struct large, .state = &small)
WEIR_SCAN_FN(scan_from, scan_large, struct large, struct large, struct large, .from = &small)
WEIR_SCAN_FN(scan_to, scan_large, struct large, struct large, struct large, .to = &small)

static void fold_large(struct large *acc, struct large x, void *arg)
{
    (void)arg;
    *acc = x;
}
WEIR_FOLD_FN(fold_acc, fold_large, struct large, struct large, .acc = &small)
WEIR_FOLD_FN(fold_of, fold_large, struct large, struct large, .of = &small)

static bool unfold_large(struct large *state, struct large *out)
{
    *out = *state;
    return false;
}
WEIR_UNFOLD_FN(unfold_state, unfold_large, struct large, struct large, .state = &small)
WEIR_UNFOLD_FN(unfold_of, unfold_large, struct large, struct large, .of = &small)

static void each_large(struct large x, void *arg)
{
    (void)arg, (void)x;
}
WEIR_EACH_FN(each_of, each_large, struct large, .of = &small)

static weir_stream *then_large(struct large x, void *arg)
{
    (void)arg;
    return weir_range(x.all[0], x.all[1]);
}
WEIR_THEN_FN(then_from, then_large, struct large, int64_t, .from = &small)

static void start_large(struct large *state, struct large x, void *arg)
{
    (void)arg;
    *state = x;
}
static weir_poll poll_large(struct large *state, weir_cx *cx, struct large *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(async_from, start_large, poll_large, struct large, struct large, struct large,
              .from = &small)
WEIR_ASYNC_FN(async_to, start_large, poll_large, struct large, struct large, struct large,
              .to = &small)

static const struct large items[2];
static const weir_type large_type = WEIR_TYPE(struct large);

static weir_stream *large_ones(void)
{
    return weir_iter(&large_type, items, 2);
}

/* Of the type the lie is about, so that nothing but its size is wrong. */
static weir_stream *small_ones(void)
{
    return weir_iter(&small, items, 2);
}

static void refused(weir_stream *stream, const char *words)
{
    weir_code code = refusal(stream);
    if (code != WEIR_E_TYPE || !strstr(said, words))
        fail_msg("wanted a refusal with '%s', got code %d '%s'", words, (int)code, said);
}

static void lies_about_a_size_are_refused(void **state)
{
    (void)state;
    const char *words = "has items of 16 bytes, which the descriptor 'large' is not for";
    assert_int_equal(refusal(weir_map(large_ones(), &honest_map, NULL)), WEIR_OK);
    refused(weir_map(small_ones(), &map_from, NULL), words);
    refused(weir_map(large_ones(), &map_to, NULL), words);
    refused(weir_map(small_ones(), &try_from, NULL), words);
    refused(weir_map(large_ones(), &try_to, NULL), words);
    refused(weir_map(small_ones(), &update_from, NULL), words);
    refused(weir_map(large_ones(), &update_to, NULL), words);
    refused(weir_filter(small_ones(), &filter_of, NULL), words);
    refused(weir_take_while(small_ones(), &filter_of, NULL), words);
    refused(weir_skip_while(small_ones(), &filter_of, NULL), words);
    refused(weir_any(small_ones(), &filter_of, NULL), words);
    refused(weir_all(small_ones(), &filter_of, NULL), words);
    refused(weir_filter_map(small_ones(), &filter_map_from, NULL), words);
    refused(weir_filter_map(large_ones(), &filter_map_to, NULL), words);
    refused(weir_scan(large_ones(), &scan_state, &items[0]), words);
    refused(weir_scan(small_ones(), &scan_from, &items[0]), words);
    refused(weir_scan(large_ones(), &scan_to, &items[0]), words);
    refused(weir_fold(large_ones(), &fold_acc, &items[0], NULL), words);
    refused(weir_fold(small_ones(), &fold_of, &items[0], NULL), words);
    refused(weir_unfold(&unfold_state, &items[0]), words);
    refused(weir_unfold(&unfold_of, &items[0]), words);
    refused(weir_inspect(small_ones(), &each_of, NULL), words);
    refused(weir_for_each(small_ones(), &each_of, NULL), words);
    refused(weir_then(small_ones(), &then_from, NULL), words);
    refused(weir_flat_map(small_ones(), &then_from, NULL), words);
    refused(weir_then_async(small_ones(), &async_from, NULL), words);
    refused(weir_then_async(large_ones(), &async_to, NULL), words);
    refused(weir_map_async(small_ones(), &async_from, NULL, 2), words);
    refused(weir_map_async(large_ones(), &async_to, NULL, 2), words);
    refused(weir_map_async_ordered(large_ones(), &async_to, NULL, 2), words);
}

int core_names(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_called_by_size_and_sign),
        cmocka_unit_test(other_types_are_called_as_they_are_written),
        cmocka_unit_test(numbers_hold_no_pointer),
        cmocka_unit_test(one_type_by_several_names),
        cmocka_unit_test(functions_of_other_names_take_numbers),
        cmocka_unit_test(composites_fit_their_struct_alone),
        cmocka_unit_test(plain_structs_of_the_shape_are_taken),
        cmocka_unit_test(composites_of_what_is_lent),
        cmocka_unit_test(composites_of_composites),
        cmocka_unit_test(lies_about_a_size_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
