/* Children, signals and directories in the real world. */

#include "io/sys_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/sys_outcome.h"

int64_t weir_process_entries(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return outcome(getdents64(fd, out, n));
}

int weir_process_inotify_init(const weir_sys *sys, int flags)
{
    (void)sys;
    return (int)outcome(inotify_init1(flags));
}

int weir_process_inotify_add(const weir_sys *sys, int fd, const char *path, uint32_t mask)
{
    (void)sys;
    return (int)outcome(inotify_add_watch(fd, path, mask));
}

int weir_process_inotify_remove(const weir_sys *sys, int fd, int watch)
{
    (void)sys;
    return (int)outcome(inotify_rm_watch(fd, watch));
}

/* Signals as a program expects them that nobody has touched: none blocked, none ignored that this
 * library holds back. */
static int set_signals(posix_spawnattr_t *how)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(how, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(how, &all);
    if (!error)
        error = posix_spawnattr_setflags(how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

/* What stands at 0, 1 or 2 and is wanted at another of them would be written over before it is
 * copied: it is copied away first. */
static int lift(const int fds[3], int lifted[3])
{
    for (int i = 0; i < 3; i++) {
        lifted[i] = fds[i];
        if (fds[i] < 0 || fds[i] > 2 || fds[i] == i)
            continue;
        lifted[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (lifted[i] < 0)
            return -errno;
    }
    return 0;
}

static void let_lifted(const weir_sys *sys, const int fds[3], const int lifted[3])
{
    for (int i = 0; i < 3; i++)
        if (lifted[i] >= 0 && lifted[i] != fds[i])
            sys->close(sys, lifted[i]);
}

/* Where the program has none, nor has the child. What is closed at an exec is some other file, of a
 * program that was started without this one: nothing stands in its place, so that no other file of
 * the child gets there. */
static int set_own(posix_spawn_file_actions_t *actions, int i)
{
    int flags = fcntl(i, F_GETFD);
    if (flags < 0 || !(flags & FD_CLOEXEC))
        return 0;
    return posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR, 0);
}

/* One that stays where it is loses FD_CLOEXEC by that. */
static int set_descriptors(posix_spawn_file_actions_t *actions, const int fds[3])
{
    int error = 0;
    for (int i = 0; i < 3 && !error; i++)
        error =
            fds[i] < 0 ? set_own(actions, i) : posix_spawn_file_actions_adddup2(actions, fds[i], i);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, const int fds[3], const char *dir)
{
    int error = set_descriptors(actions, fds);
    return error || !dir ? error : posix_spawn_file_actions_addchdir_np(actions, dir);
}

static int spawn_with(const weir_spawn_how *how, const int fds[3], posix_spawnattr_t *attributes)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return -error;
    pid_t process = 0;
    char *const *envp = how->envp ? how->envp : environ;
    error = set_actions(&actions, fds, how->dir);
    if (!error)
        error = posix_spawnp(&process, how->file, &actions, attributes, how->argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    return error ? -error : (int)process;
}

static int spawn_lifted(const weir_sys *sys, const weir_spawn_how *how,
                        posix_spawnattr_t *attributes)
{
    int lifted[3] = {-1, -1, -1};
    int error = lift(how->fds, lifted);
    int process = error ? error : spawn_with(how, lifted, attributes);
    let_lifted(sys, how->fds, lifted);
    return process;
}

int weir_process_spawn(const weir_sys *sys, const weir_spawn_how *how)
{
    posix_spawnattr_t attributes;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        return -error;
    error = set_signals(&attributes);
    int process = error ? -error : spawn_lifted(sys, how, &attributes);
    posix_spawnattr_destroy(&attributes);
    return process;
}

int weir_process_pidfd_open(const weir_sys *sys, int process)
{
    (void)sys;
    return (int)outcome(syscall(SYS_pidfd_open, process, 0u));
}

int weir_process_pidfd_signal(const weir_sys *sys, int pidfd, int signo)
{
    (void)sys;
    return (int)outcome(syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0u));
}

int weir_process_pidfd_status(const weir_sys *sys, int pidfd, int *status)
{
    (void)sys;
    siginfo_t about = {.si_pid = 0};
    if (waitid(P_PIDFD, (id_t)pidfd, &about, WEXITED | WNOHANG))
        return -errno;
    if (!about.si_pid)
        return 0;
    *status = about.si_code == CLD_EXITED ? about.si_status << 8 : about.si_status;
    return 1;
}

int weir_process_signal_action(const weir_sys *sys, int signo, const struct sigaction *action,
                               struct sigaction *old)
{
    (void)sys;
    return (int)outcome(sigaction(signo, action, old));
}
