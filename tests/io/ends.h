/* Both ends of everything that can be full or empty: pipes, sockets, FIFOs, terminals. */
#ifndef WEIR_TESTS_ENDS_H
#define WEIR_TESTS_ENDS_H

#include "../driver/rig.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

enum ends_kind { ENDS_PIPE, ENDS_SOCKET, ENDS_FIFO, ENDS_TERMINAL, ENDS_KINDS };

/* A terminal that passes bytes on as they are. */
static inline void ends_terminal(int ends[2])
{
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(ends[0] >= 0);
    assert_int_equal(grantpt(ends[0]), 0);
    assert_int_equal(unlockpt(ends[0]), 0);
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    assert_true(ends[1] >= 0);
    struct termios raw;
    assert_int_equal(tcgetattr(ends[1], &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(ends[1], TCSANOW, &raw), 0);
}

/* ends[0] is to be read from, ends[1] written to; both wait. */
static inline void ends_make(enum ends_kind kind, int ends[2])
{
    if (kind == ENDS_PIPE)
        assert_int_equal(pipe(ends), 0);
    if (kind == ENDS_SOCKET)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    if (kind == ENDS_TERMINAL)
        ends_terminal(ends);
    if (kind != ENDS_FIFO)
        return;
    unlink(rig_path("ends"));
    assert_int_equal(mkfifo(rig_path("ends"), 0600), 0);
    ends[0] = open(rig_path("ends"), O_RDONLY | O_NONBLOCK);
    ends[1] = open(rig_path("ends"), O_WRONLY);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
}

static inline void ends_close(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- kernels that cannot promise not to wait ---- */

static inline int64_t ends_refuse_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys, (void)fd, (void)out, (void)n;
    return -EOPNOTSUPP;
}

static inline int64_t ends_refuse_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys, (void)fd, (void)bytes, (void)n;
    return -EOPNOTSUPP;
}

static weir_sys ends_old_kernel;

static inline weir_rt *ends_rt(const char *driver, bool old_kernel)
{
    weir_sys_wrap(&ends_old_kernel, NULL);
    ends_old_kernel.read_now = ends_refuse_read;
    ends_old_kernel.write_now = ends_refuse_write;
    weir_rt_options options = {.driver = driver, .seed = 1};
    options.sys = old_kernel ? &ends_old_kernel : NULL;
    return weir_rt_new(&options, NULL);
}

#endif
