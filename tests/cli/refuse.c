/* Runs a command in a sandbox: some of its system calls fail, and nothing else is different.
 *
 *   refuse CALL=ERROR[,CALL=ERROR...] COMMAND...
 *
 * CALL is a name of the table below. NAME.N.MASK refuses only those calls whose argument N (from 0)
 * has one of these bits: openat.2.0x40 are the ones that may create a file. ERROR is EPERM, ENOSYS
 * and so on. Exits 77 where the kernel has no seccomp, or no such call. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SKIPPED = 77, STEPS_MAX = 200, STEPS_A_RULE = 5, ERRNO_MAX = 133 };

static const struct {
    const char *name;
    unsigned number;
} calls[] = {
    {"clone", SYS_clone},
    {"close", SYS_close},
    {"copy_file_range", SYS_copy_file_range},
    {"epoll_create1", SYS_epoll_create1},
    {"epoll_ctl", SYS_epoll_ctl},
    {"epoll_pwait", SYS_epoll_pwait},
    {"eventfd2", SYS_eventfd2},
    {"faccessat", SYS_faccessat},
    {"fchmod", SYS_fchmod},
    {"fchown", SYS_fchown},
    {"fcntl", SYS_fcntl},
    {"fgetxattr", SYS_fgetxattr},
    {"flistxattr", SYS_flistxattr},
    {"fremovexattr", SYS_fremovexattr},
    {"fsetxattr", SYS_fsetxattr},
    {"fsync", SYS_fsync},
    {"ftruncate", SYS_ftruncate},
    {"getpeername", SYS_getpeername},
    {"getrandom", SYS_getrandom},
    {"io_uring_enter", SYS_io_uring_enter},
    {"io_uring_register", SYS_io_uring_register},
    {"io_uring_setup", SYS_io_uring_setup},
    {"ioctl", SYS_ioctl},
    {"linkat", SYS_linkat},
    {"lseek", SYS_lseek},
    {"mmap", SYS_mmap},
    {"munmap", SYS_munmap},
    {"openat", SYS_openat},
    {"pipe2", SYS_pipe2},
    {"pread64", SYS_pread64},
    {"preadv2", SYS_preadv2},
    {"ppoll", SYS_ppoll},
    {"prlimit64", SYS_prlimit64},
    {"pwritev2", SYS_pwritev2},
    {"read", SYS_read},
    {"readlinkat", SYS_readlinkat},
    {"rt_sigaction", SYS_rt_sigaction},
    {"rt_sigpending", SYS_rt_sigpending},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait},
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sendfile", SYS_sendfile},
    {"splice", SYS_splice},
    {"statx", SYS_statx},
    {"sync_file_range", SYS_sync_file_range},
    {"unlinkat", SYS_unlinkat},
    {"write", SYS_write},
#ifdef SYS_epoll_pwait2
    {"epoll_pwait2", SYS_epoll_pwait2},
#endif
#ifdef SYS_faccessat2
    {"faccessat2", SYS_faccessat2},
#endif
#ifdef SYS_newfstatat
    {"newfstatat", SYS_newfstatat},
#endif
#ifdef SYS_renameat
    {"renameat", SYS_renameat},
#endif
#ifdef SYS_poll /* younger architectures have only the second of each */
    {"access", SYS_access},
    {"epoll_wait", SYS_epoll_wait},
    {"poll", SYS_poll},
    {"readlink", SYS_readlink},
    {"rename", SYS_rename},
#endif
};

static struct sock_filter steps[STEPS_MAX];
static unsigned short steps_n;

static _Noreturn void end(int status, const char *why, const char *about)
{
    fprintf(stderr, "refuse: %s%s\n", why, about);
    exit(status);
}

static void step(struct sock_filter filter)
{
    steps[steps_n++] = filter;
}

static unsigned number_of(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(calls[i].name, name))
            return calls[i].number;
    end(SKIPPED, "no such call here: ", name);
}

static unsigned error_of(const char *name)
{
    for (int i = 1; i <= ERRNO_MAX; i++)
        if (strerrorname_np(i) && !strcmp(strerrorname_np(i), name))
            return (unsigned)i;
    end(2, "no such error: ", name);
}

static void load(size_t at)
{
    step((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)at));
}

static void compare(unsigned short how, unsigned with, unsigned char skip)
{
    step((struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, with, 0, skip));
}

static void answer(unsigned with)
{
    step((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, with));
}

/* The half of an argument that holds its low bits. */
static size_t argument(unsigned n)
{
    size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    return offsetof(struct seccomp_data, args) + 8 * n + low;
}

/* NAME=ERROR, or NAME.N.MASK=ERROR; the call's number is loaded before and after. */
static void rule(char *text)
{
    char *error = strchr(text, '='), *mask = NULL;
    unsigned n = 0, bits = 0;
    if (!error || steps_n + STEPS_A_RULE >= STEPS_MAX)
        end(2, "not CALL=ERROR, or too many: ", text);
    *error++ = 0;
    char *nth = strchr(text, '.');
    if (nth) {
        *nth++ = 0;
        n = (unsigned)strtoul(nth, &mask, 0);
        bits = (unsigned)strtoul(mask + 1, NULL, 0);
    }
    compare(BPF_JEQ, number_of(text), nth ? 4 : 1);
    if (nth) {
        load(argument(n));
        compare(BPF_JSET, bits, 1);
    }
    answer(SECCOMP_RET_ERRNO | error_of(error));
    if (nth)
        load(offsetof(struct seccomp_data, nr));
}

int main(int argc, char **argv)
{
    if (argc < 3)
        end(2, "refuse CALL=ERROR[,CALL=ERROR...] COMMAND...", "");
    load(offsetof(struct seccomp_data, nr));
    for (char *one = strtok(argv[1], ","); one; one = strtok(NULL, ","))
        rule(one);
    answer(SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = steps_n, .filter = steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        end(SKIPPED, "no seccomp: ", strerror(errno));
    execvp(argv[2], argv + 2);
    end(127, argv[2], ": cannot be run");
}
