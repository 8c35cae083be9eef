/* Tables of system calls from older headers and from newer ones. */

#include "../driver/rig.h"

/* The base counts what reaches it. */
static struct {
    weir_sys sys;
    unsigned calls;
} base;

static int base_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    base.calls++;
    return sys->base->epoll_ctl(sys->base, epoll, op, fd, event);
}

static int base_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    base.calls++;
    return sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static void base_begin(void)
{
    base.calls = 0;
    weir_sys_wrap(&base.sys, NULL);
    base.sys.epoll_ctl = base_ctl;
    base.sys.ring_wait = base_wait;
}

static unsigned opens;

static int count_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    opens++;
    return sys->base->open(sys->base, dir, path, flags, mode);
}

/* A program that was compiled against an older header knows fewer entries. Those it does not know
 * go to its base, with the base as their first argument. */
static void older_tables(void **state)
{
    (void)state;
    volatile size_t first = offsetof(weir_sys, random) + sizeof(void (*)(void));
    size_t old_size = first; /* hidden: to this compiler a table has all of today's entries */
    weir_sys *sys = malloc(old_size); /* the sanitizer watches what stands behind it */
    base_begin();
    weir_sys_fill(sys, old_size, &base.sys);
    assert_int_equal(sys->size, old_size);
    sys->open = count_open;
    rig_make(rig_path("a"), 100000);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        opens = 0;
        base.calls = 0;
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = rig_drivers[d], .sys = sys}, NULL);
        uint64_t n = 0;
        weir_stream *copy =
            weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), NULL));
        assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 100000);
        assert_int_equal(opens, 3); /* the file, the directory, the new file */
        bool sim = strcmp(rig_drivers[d], "sim") == 0;
        assert_true(sim || base.calls); /* the base's own functions were called */
        weir_rt_drop(rt);
        unlink(rig_path("b"));
    }
    free(sys);
}

/* A newer header than the library's: what it does not know is empty, and said to be. */
static void newer_tables(void **state)
{
    (void)state;
    unsigned char bytes[sizeof(weir_sys) + 64];
    memset(bytes, 0x5a, sizeof bytes);
    weir_sys *sys = (weir_sys *)(void *)bytes;
    weir_sys_fill(sys, sizeof bytes, NULL);
    assert_int_equal(sys->size, sizeof(weir_sys));
    assert_ptr_equal(sys->base, &weir_sys_posix);
    for (size_t i = sizeof(weir_sys); i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0);
}

/* Every entry of a wrapped table passes on; none was forgotten. */
static void no_entry_is_empty(void **state)
{
    (void)state;
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    void (*const *entries)(void) = (void (*const *)(void))(void *)&sys.open;
    size_t n = (sizeof sys - offsetof(weir_sys, open)) / sizeof *entries;
    for (size_t i = 0; i < n; i++)
        assert_true(entries[i] != NULL);
    entries = (void (*const *)(void))(const void *)&weir_sys_posix.open;
    for (size_t i = 0; i < n; i++)
        assert_true(entries[i] != NULL);
}

int driver_tables(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_tables),
        cmocka_unit_test(newer_tables),
        cmocka_unit_test(no_entry_is_empty),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
