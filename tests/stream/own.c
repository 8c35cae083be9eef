/* own: copies what was lent; one copy that fails is one error. */

#include "stages.h"

static const weir_line lines[] = {{"ab", 2}, {"", 0}, {"cde", 3}};

static weir_stream *lent(void)
{
    return weir_iter(&weir_type_line, lines, 3);
}

/* What owns its items is not wrapped. */
static weir_stream *the_same(weir_stream *stream)
{
    weir_stream *own = weir_own(stream);
    assert_ptr_equal(own, stream);
    return own;
}

static void test_copies(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        memory_begin(0, false);
        assert_string_equal(trace(weir_own(lent()), demand), "'ab' '' 'cde' $");
        assert_int_equal(memory_end(), 0);
    }
    weir_stream *stream = weir_own(lent());
    assert_ptr_equal(stream->type, &weir_type_owned_line);
    weir_drop(stream);
}

static void test_nothing_lent(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 3);
    weir_drop(the_same(stream));
}

/* The arena is one block; the copies come behind it. */
static void test_no_memory(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        memory_begin(3, false);
        weir_stream *stream = weir_own(lent());
        unsigned long made = memory.calls;
        memory.fail_at = made + 2;
        /* A copy that failed behind others is tried again; one that fails first is given up. */
        assert_string_equal(trace(stream, demand),
                            demand == 1 ? "'ab' !MEMORY 'cde' $" : "'ab' '' 'cde' $");
        assert_int_equal(memory_end(), 0);
    }
}

static void test_count(void **state)
{
    (void)state;
    uint64_t n = 0;
    memory_begin(0, false);
    weir_stream *stream = weir_count(weir_own(lent()));
    unsigned long made = memory.calls;
    assert_int_equal(await(stream, &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_int_equal(memory.calls, made); /* no copies to be counted */
    assert_int_equal(memory_end(), 0);
}

/* ---- lending is a word about the item type, and nothing else about a stream ---- */

static bool is_long(weir_line line, void *arg)
{
    (void)arg;
    return line.size > 1;
}
WEIR_FILTER_FN(long_fn, is_long, weir_line)

/* A plain stream passes wherever a lending one does: there is no stage between, and no copy. It may
 * be held besides, which a lending one may not. */
static void test_plain_passes_where_a_lending_one_does(void **state)
{
    (void)state;
    static weir_type plain;
    plain = weir_type_line;
    plain.lent = false; /* these stand in the program for ever */
    memory_begin(0, false);
    weir_stream *source = weir_iter(&plain, lines, 3);
    unsigned long made = memory.calls;
    weir_stream *stream = weir_filter(source, &long_fn, NULL);
    assert_int_equal(memory.calls, made); /* in the arena of its source */
    assert_ptr_equal(stream->stage.source, &source->stage);
    assert_string_equal(trace(weir_collect_string(stream, 9), 1), "'abcde' $");
    assert_string_equal(trace(weir_filter(lent(), &long_fn, NULL), 1), "'ab' 'cde' $");
    assert_string_equal(trace(weir_count(weir_collect(weir_iter(&plain, lines, 3), 9)), 1), "1 $");
    assert_string_equal(trace(weir_collect(lent(), 9), 1), "!!TYPE $");
    assert_int_equal(memory_end(), 0);
}

/* ---- the way back, of a view of the user's ---- */

struct field {
    const char *data; /* stands in the line it was cut from */
    int64_t n;
};

static void field_drop(const weir_type *type, void *item)
{
    struct field *field = item;
    (void)type;
    weir_release((void *)(uintptr_t)field->data, (size_t)field->n);
}

static bool field_own(const weir_type *type, void *out, const void *in)
{
    struct field field = *(const struct field *)in;
    char *copy = weir_allocate((size_t)field.n);
    (void)type;
    if (copy)
        memcpy(copy, field.data, (size_t)field.n);
    *(struct field *)out = (struct field){copy, field.n};
    return copy != NULL;
}
static const weir_type owned_field_type = {.name = "owned_field",
                                           .size = sizeof(struct field),
                                           .align = _Alignof(struct field),
                                           .drop = field_drop};
static const weir_type field_type = {.name = "field",
                                     .size = sizeof(struct field),
                                     .align = _Alignof(struct field),
                                     .lent = true,
                                     .owned = &owned_field_type,
                                     .own = field_own};

static struct field first_field(weir_line line, void *arg)
{
    (void)arg;
    return (struct field){line.data, 1};
}
WEIR_MAP_FN(first_field_fn, first_field, weir_line, struct field, .to = &field_type)

static void test_a_view_of_the_users(void **state)
{
    (void)state;
    static const weir_line words[] = {{"ab", 2}, {"cd", 2}};
    weir_vec vec;
    memory_begin(0, false);
    weir_stream *fields = weir_map(weir_iter(&weir_type_line, words, 2), &first_field_fn, NULL);
    assert_int_equal(await(weir_collect(weir_own(fields), 9), &vec, NULL), WEIR_READY);
    assert_ptr_equal(vec.of, &owned_field_type);
    assert_int_equal(((struct field *)vec.items)[1].data[0], 'c');
    weir_vec_drop(&vec);
    assert_int_equal(memory_end(), 0);
}

/* There is one way to own, said in the chain: a stream that is owned already stays as it is, also
 * one that came out of a box (a stream as an item), and is not wrapped twice. */
static void test_own_is_explicit(void **state)
{
    (void)state;
    weir_stream *owned = weir_own(lent());
    owned = the_same(owned);
    weir_stream *boxed = weir_once(&weir_type_stream, &owned);
    boxed = the_same(boxed);
    weir_stream *unboxed = weir_flatten(boxed, &weir_type_owned_line);
    unboxed = the_same(unboxed);
    assert_string_equal(trace(unboxed, 1), "'ab' '' 'cde' $");
    weir_stream *lending = lent();
    weir_stream *of_box = weir_flatten(weir_once(&weir_type_stream, &lending), &weir_type_line);
    assert_true(of_box->type->lent); /* the box changes nothing about what is inside */
    assert_string_equal(trace(weir_own(of_box), 1), "'ab' '' 'cde' $");
}

int stage_own(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_copies),
                                       cmocka_unit_test(test_nothing_lent),
                                       cmocka_unit_test(test_no_memory),
                                       cmocka_unit_test(test_count),
                                       cmocka_unit_test(test_plain_passes_where_a_lending_one_does),
                                       cmocka_unit_test(test_a_view_of_the_users),
                                       cmocka_unit_test(test_own_is_explicit)};
    return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
