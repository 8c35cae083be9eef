/* The system calls of children, signals and directories, for the table of the real ones. */
#ifndef WEIR_IO_SYS_PROCESS_H
#define WEIR_IO_SYS_PROCESS_H

#include "weir/sys.h"

int64_t weir_process_entries(const weir_sys *sys, int fd, void *out, size_t n);
int weir_process_inotify_init(const weir_sys *sys, int flags);
int weir_process_inotify_add(const weir_sys *sys, int fd, const char *path, uint32_t mask);
int weir_process_inotify_remove(const weir_sys *sys, int fd, int watch);
int weir_process_spawn(const weir_sys *sys, const weir_spawn_how *how);
int weir_process_pidfd_open(const weir_sys *sys, int process);
int weir_process_pidfd_signal(const weir_sys *sys, int pidfd, int signo);
int weir_process_pidfd_status(const weir_sys *sys, int pidfd, int *status);
int weir_process_signal_action(const weir_sys *sys, int signo, const struct sigaction *action,
                               struct sigaction *old);

#endif
