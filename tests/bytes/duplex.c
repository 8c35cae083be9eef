/* Duplexes: dropped together, given up together, put together again; and writers that are given
 * blocks, or pieces. */

#include <string.h>
#include <sys/uio.h>

#include "one_cx.h"
#include "weir/duplex.h"

/* ---- a pair whose halves tell what became of them ---- */

struct both {
    unsigned readers_gone, writers_gone, given_up;
};

struct near {
    weir_reader reader;
    struct both *both;
};

struct far {
    weir_writer writer;
    struct both *both;
    weir_block *kept;
    size_t taken, calls;
};

static weir_poll near_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)cx, (void)min;
    return (weir_poll){0, WEIR_END};
}

static void near_fini(weir_reader *reader)
{
    ((struct near *)reader)->both->readers_gone++;
}

static const void *near_half_of(const weir_reader *reader)
{
    return ((const struct near *)reader)->both;
}

static weir_poll far_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)cx, (void)bytes;
    ((struct far *)writer)->calls++;
    ((struct far *)writer)->taken += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll far_give(weir_writer *writer, weir_cx *cx, weir_block *block, const void *bytes,
                          size_t n)
{
    ((struct far *)writer)->kept = weir_block_ref(block);
    return far_write(writer, cx, bytes, n);
}

static weir_poll far_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces, size_t n)
{
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += pieces[i].iov_len;
    return far_write(writer, cx, NULL, all);
}

static void far_fini(weir_writer *writer)
{
    struct far *far = (struct far *)writer;
    far->both->writers_gone++;
    far->both->given_up += writer->stage.ending;
    weir_block_unref(far->kept);
}

static const void *far_half_of(const weir_writer *writer)
{
    return ((const struct far *)writer)->both;
}

static const weir_reader_ops near_ops = {.size = sizeof near_ops,
                                         .name = "near",
                                         .poll_fill = near_fill,
                                         .fini = near_fini,
                                         .half_of = near_half_of};
static const weir_writer_ops far_ops = {.size = sizeof far_ops,
                                        .name = "far",
                                        .poll_write = far_write,
                                        .fini = far_fini,
                                        .poll_give = far_give,
                                        .poll_writev = far_writev,
                                        .half_of = far_half_of};
static const weir_writer_ops plain_ops = {.size = offsetof(weir_writer_ops, poll_give),
                                          .name = "plain",
                                          .poll_write = far_write,
                                          .fini = far_fini};

static weir_duplex make(struct both *both, const weir_writer_ops *ops)
{
    weir_duplex out = {weir_reader_new(sizeof(struct near), &near_ops),
                       weir_writer_new(sizeof(struct far), ops)};
    ((struct near *)out.reader)->both = both;
    ((struct far *)out.writer)->both = both;
    return out;
}

static void halves_are_dropped_together(void **state)
{
    (void)state;
    struct both both = {0};
    weir_duplex_drop(make(&both, &far_ops));
    assert_int_equal(both.readers_gone, 1);
    assert_int_equal(both.writers_gone, 1);
    assert_int_equal(both.given_up, 0);
    weir_duplex one = make(&both, &far_ops);
    weir_type_duplex.drop(&weir_type_duplex, &one);
    assert_int_equal(both.writers_gone, 2);
    weir_duplex_drop((weir_duplex){0});
}

static void giving_up_is_told_to_the_writer(void **state)
{
    (void)state;
    struct both both = {0};
    weir_duplex_abort(make(&both, &far_ops));
    assert_int_equal(both.readers_gone, 1);
    assert_int_equal(both.given_up, 1);
    weir_duplex_abort((weir_duplex){0});
}

static void halves_of_one_object_alone_are_put_together(void **state)
{
    (void)state;
    struct both a = {0}, b = {0};
    weir_duplex one = make(&a, &far_ops), other = make(&b, &far_ops), out = {0};
    assert_false(weir_reunite(one.reader, other.writer, &out));
    assert_null(out.reader);
    assert_true(weir_reunite(one.reader, one.writer, &out));
    assert_ptr_equal(out.reader, one.reader);
    assert_ptr_equal(out.writer, one.writer);
    weir_reader *source = weir_memory_reader("x", 1);
    assert_false(weir_reunite(source, one.writer, &out));
    weir_drop(source);
    weir_duplex_drop(one);
    weir_duplex_drop(other);
}

/* ---- blocks and pieces ---- */

static void what_is_given_is_kept_and_not_copied(void **state)
{
    (void)state;
    struct both both = {0};
    weir_duplex one = make(&both, &far_ops);
    weir_block *block = weir_block_new(16, 100);
    weir_poll got = weir_poll_give(one.writer, &test.cx, block, block->data + block->head, 7);
    assert_int_equal(got.n, 7);
    assert_int_equal(block->refs, 2);
    weir_duplex_drop(one);
    assert_int_equal(block->refs, 1);
    weir_block_unref(block);
    weir_block_unref(NULL);
}

static void a_writer_that_keeps_no_blocks_is_written_to(void **state)
{
    (void)state;
    struct both both = {0};
    weir_duplex one = make(&both, &plain_ops);
    weir_block *block = weir_block_new(0, 100);
    assert_int_equal(weir_poll_give(one.writer, &test.cx, block, block->data, 7).n, 7);
    assert_int_equal(block->refs, 1);
    weir_block_unref(block);
    weir_duplex_drop(one);
}

static void pieces_go_together_or_the_first_alone(void **state)
{
    (void)state;
    struct both both = {0};
    struct iovec pieces[] = {
        {NULL, 0}, {(void *)(uintptr_t) "ab", 2}, {NULL, 0}, {(void *)(uintptr_t) "cde", 3}};
    weir_duplex one = make(&both, &far_ops), plain = make(&both, &plain_ops);
    assert_int_equal(weir_poll_writev(one.writer, &test.cx, pieces, 4).n, 5);
    assert_int_equal(((struct far *)one.writer)->calls, 1);
    assert_int_equal(weir_poll_writev(plain.writer, &test.cx, pieces, 4).n, 2);
    weir_poll none = weir_poll_writev(one.writer, &test.cx, pieces, 1);
    assert_int_equal(none.state, WEIR_READY);
    assert_int_equal(none.n, 0);
    assert_int_equal(((struct far *)one.writer)->calls, 1);
    weir_duplex_drop(one);
    weir_duplex_drop(plain);
}

static void a_reader_passes_on_what_it_has(void **state)
{
    (void)state;
    struct both both = {0};
    weir_duplex one = make(&both, &plain_ops);
    weir_reader *source = weir_memory_reader("hello", 5);
    assert_int_equal(weir_poll_fill(source, &test.cx, 1).state, WEIR_READY);
    assert_int_equal(weir_poll_pass(one.writer, &test.cx, source).n, 5);
    assert_int_equal(source->offset, 5);
    weir_drop(source);
    weir_duplex_drop(one);
}

static void a_block_that_there_is_no_memory_for(void **state)
{
    (void)state;
    assert_null(weir_block_new(SIZE_MAX, 1));
    assert_null(weir_block_new(1, SIZE_MAX));
}

int bytes_duplex(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_dropped_together),
        cmocka_unit_test(giving_up_is_told_to_the_writer),
        cmocka_unit_test(halves_of_one_object_alone_are_put_together),
        cmocka_unit_test_setup_teardown(what_is_given_is_kept_and_not_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_that_keeps_no_blocks_is_written_to, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pieces_go_together_or_the_first_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_passes_on_what_it_has, setup, teardown),
        cmocka_unit_test(a_block_that_there_is_no_memory_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
