/* Readers and writers have rows with a time of their own: the compressor is busy, on whichever side
 * of the copy it stands. */

#include "rows.h"

enum { BYTES = 8 << 20 };

static unsigned char *noise(void)
{
    unsigned char *bytes = malloc(BYTES);
    uint64_t seed = 1;
    for (size_t i = 0; i < BYTES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        bytes[i] = (unsigned char)(seed >> 60);
    }
    return bytes;
}

static void the_compressor_is_busy(bool writes)
{
    static struct rows rows;
    weir_error error;
    unsigned char *bytes = noise();
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, true);
    weir_reader *reader = weir_memory_reader(bytes, BYTES);
    weir_writer *writer = weir_null_writer();
    weir_stream *copy = writes ? weir_copy(reader, weir_gzip_writer(writer, NULL))
                               : weir_copy(weir_gzip(reader, 6), writer);
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_READY);
    rows_read(rt, &rows);
    assert_int_equal(rows.n, 4);
    const weir_inspect_row *row = NULL, *over = rows_find(&rows, "copy", NULL);
    for (size_t i = 0; i < rows.n; i++)
        if (strstr(rows.all[i].stage, "gzip"))
            row = &rows.all[i];
    assert_non_null(row);
    assert_true(!row->input_of == !writes);
    assert_string_equal(row->unit, "bytes");
    assert_string_equal(over->unit, "items");
    assert_true(row->busy_ns > rows_sum_ns(row) * 8 / 10);
    assert_true((writes ? over->blocked_ns : over->starved_ns) > rows_sum_ns(over) * 8 / 10);
    rows_add_up(&rows, rows_sum_ns(over));
    assert_true(row->service_n);
    weir_rt_drop(rt);
    free(bytes);
}

static void readers_and_writers(void **state)
{
    (void)state;
    the_compressor_is_busy(false);
    the_compressor_is_busy(true);
}

int inspect_bytes(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readers_and_writers)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
