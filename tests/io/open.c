/* weir_open: a file that is compressed, one that is not, one that is not there. */

#include "../driver/rig.h"

#include <stdio.h>
#include <zlib.h>

static void write_file(const char *path, const void *bytes, size_t n, bool compress)
{
    gzFile file = gzopen(path, compress ? "wb" : "wbT");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(file), Z_OK);
}

/* The file's bytes are the text. */
static void gives(const char *path, const char *text)
{
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d]}, NULL);
        weir_vec out = {0};
        weir_error error;
        weir_state ran = weir_rt_run(rt, weir_copy(weir_open(path), weir_memory_writer(&out, 1000)),
                                     NULL, &error);
        assert_int_equal(ran, WEIR_READY);
        assert_int_equal(out.n, strlen(text));
        assert_memory_equal(out.items, text, out.n);
        weir_vec_drop(&out);
        weir_rt_drop(rt);
    }
}

static void compressed_or_not(void **state)
{
    static const char text[] = "what stands in it\n";
    (void)state;
    unsigned fds = rig_open_fds();
    write_file(rig_path("a.gz"), text, strlen(text), true);
    write_file(rig_path("b"), text, strlen(text), true);
    write_file(rig_path("c.txt"), text, strlen(text), false);
    gives(rig_path("a.gz"), text);
    gives(rig_path("b"), text);
    gives(rig_path("c.txt"), text);
    assert_int_equal(rig_open_fds(), fds);
}

static void what_is_wrong_has_the_path(void **state)
{
    static const char text[] = "a name that promises more";
    weir_error error;
    (void)state;
    write_file(rig_path("d.gz"), text, strlen(text), false);
    assert_int_equal(
        weir_run(weir_copy(weir_open(rig_path("d.gz")), weir_null_writer()), NULL, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_int_equal(error.byte, 0);
    assert_string_equal(error.place, rig_path("d.gz"));
    assert_int_equal(
        weir_run(weir_copy(weir_open(rig_path("nothing")), weir_null_writer()), NULL, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
}

int io_open(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_or_not),
        cmocka_unit_test(what_is_wrong_has_the_path),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
