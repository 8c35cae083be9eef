/* A kernel whose moves are counted, cut short and refused. */
#ifndef WEIR_TESTS_KERNEL_H
#define WEIR_TESTS_KERNEL_H

#include "ends.h"

static const char *driver; /* of the runtimes made here */

static struct {
    weir_sys sys;
    unsigned moves;       /* copy_range and splice */
    unsigned blocks;      /* that we wrote to something else than a file */
    unsigned file_blocks; /* and to one */
    unsigned write_backs; /* and how many of them fail */
    unsigned failing_write_backs;
    unsigned fail_from, fail_to; /* these moves answer `error` */
    int error;
    size_t at_most; /* bytes a move; 0: any */
    void (*before)(void);
} kernel;

static inline int64_t may_move(size_t *n)
{
    kernel.moves++;
    if (kernel.before)
        kernel.before();
    if (kernel.moves >= kernel.fail_from && kernel.moves < kernel.fail_to)
        return -kernel.error;
    if (kernel.at_most && *n > kernel.at_most)
        *n = kernel.at_most;
    return 0;
}

static inline int64_t count_copy(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    int64_t error = may_move(&n);
    return error ? error : sys->base->copy_range(sys->base, from, offset, to, n);
}

static inline int64_t count_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    int64_t error = may_move(&n);
    return error ? error : sys->base->splice(sys->base, from, offset, to, n);
}

static inline int64_t count_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    struct stat about;
    bool file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    *(file ? &kernel.file_blocks : &kernel.blocks) += 1;
    return sys->base->write(sys->base, fd, bytes, n);
}

static inline int64_t count_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    kernel.blocks++;
    return sys->base->write_now(sys->base, fd, bytes, n);
}

static inline int count_write_back(const weir_sys *sys, int fd)
{
    if (++kernel.write_backs <= kernel.failing_write_backs)
        return -EIO;
    return sys->base->write_back(sys->base, fd);
}

/* What is written need not reach a disk. */
static inline int count_sync(const weir_sys *sys, int fd)
{
    (void)sys, (void)fd;
    return 0;
}

static inline weir_rt *kernel_rt(void)
{
    weir_sys_wrap(&kernel.sys, NULL);
    kernel.sys.copy_range = count_copy;
    kernel.sys.splice = count_splice;
    kernel.sys.write = count_write;
    kernel.sys.write_now = count_write_now;
    kernel.sys.write_back = count_write_back;
    kernel.sys.sync = count_sync;
    kernel.sys.sync_data = count_sync;
    return weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &kernel.sys, .seed = 1}, NULL);
}

static inline void kernel_begin(void)
{
    memset(&kernel, 0, sizeof kernel);
}

static inline weir_state copy_file(weir_writer *writer, uint64_t *n, weir_error *error)
{
    weir_rt *rt = kernel_rt();
    weir_state ran = weir_rt_run(rt, weir_copy(weir_file_reader(rig_path("a")), writer), n, error);
    weir_rt_drop(rt);
    return ran;
}

/* The tests on each driver that works here. */
#define ON_EACH_DRIVER(tests)                                                                      \
    ({                                                                                             \
        int failed = 0;                                                                            \
        rig_find_drivers();                                                                        \
        for (size_t i = 0; i < rig_drivers_n; i++) {                                               \
            driver = rig_drivers[i];                                                               \
            failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);         \
        }                                                                                          \
        failed;                                                                                    \
    })

#endif
