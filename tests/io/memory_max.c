/* What readers and writers of files say that they hold is never passed, on any driver. */

#include "../driver/rig.h"

#include "doubles.h"

enum { FILE_BYTES = 5 * WEIR_BLOCK_BYTES + 17 };

/* What a run takes besides the chain: its task. */
enum { TASK_BYTES = 2048 };

static weir_reader *file(void)
{
    return weir_file_reader(rig_path("a"));
}

static weir_reader *long_minima(void)
{
    weir_reader *reader = file();
    assert_true(weir_reader_reserve(reader, 1 << 20));
    return reader;
}

static weir_reader *one_after_the_other(void)
{
    return weir_chain_reader(weir_chain_reader(file(), file()), file());
}

static void check(const char *driver, const char *name, weir_reader *(*build)(void))
{
    memory_begin(0, false);
    weir_rt *rt = rig_rt(driver);
    size_t before = memory.live_bytes;
    memory.peak_bytes = before;
    weir_stream *copied = weir_copy(build(), weir_file_writer(rig_path("b"), NULL));
    size_t bound = weir_memory_max(copied);
    assert_int_equal(weir_rt_run(rt, copied, NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    size_t held = memory.peak_bytes - before;
    if (held > bound + TASK_BYTES)
        fail_msg("%s on %s: %zu bytes were held, the bound is %zu", name, driver, held, bound);
    /* Half of it where nothing is read ahead; seams between files need no room in a copy. */
    if (bound > 2 * held + 2 * TASK_BYTES && build != one_after_the_other)
        fail_msg("%s on %s: %zu bytes were held, and %zu said", name, driver, held, bound);
}

static void files_keep_their_bounds(void **state)
{
    (void)state;
    rig_make(rig_path("a"), FILE_BYTES);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        check(rig_drivers[d], "a file", file);
        check(rig_drivers[d], "long minima", long_minima);
        check(rig_drivers[d], "three files", one_after_the_other);
    }
}

int io_memory_max(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_keep_their_bounds)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
