/* The system calls that are Linux's, for the table of the real ones. Elsewhere they are refused, as
 * a kernel does that has not got them. */
#ifndef WEIR_IO_SYS_LINUX_H
#define WEIR_IO_SYS_LINUX_H

#include "weir/sys.h"

int weir_linux_link(const weir_sys *sys, int fd, int dir, const char *name);
int weir_linux_grow_pipe(const weir_sys *sys, int fd, size_t bytes);
int64_t weir_linux_read_now(const weir_sys *sys, int fd, void *out, size_t n);
int64_t weir_linux_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n);
int64_t weir_linux_pipe_room(const weir_sys *sys, int fd);
int weir_linux_eventfd(const weir_sys *sys, int flags);
int weir_linux_epoll_create(const weir_sys *sys, int flags);
int weir_linux_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event);
int weir_linux_epoll_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                            uint64_t timeout_ns);
int weir_linux_epoll_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                          int timeout_ms);
int weir_linux_mount_root(const weir_sys *sys, int fd);
int weir_linux_append_only(const weir_sys *sys, int fd);
int64_t weir_linux_attribute_names(const weir_sys *sys, int fd, char *out, size_t n);
int64_t weir_linux_attribute_get(const weir_sys *sys, int fd, const char *name, void *out,
                                 size_t n);
int weir_linux_attribute_set(const weir_sys *sys, int fd, const char *name, const void *value,
                             size_t n);
int weir_linux_attribute_remove(const weir_sys *sys, int fd, const char *name);
int64_t weir_linux_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n);
int64_t weir_linux_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n);
int64_t weir_linux_sendfile(const weir_sys *sys, int to, int from, uint64_t offset, size_t n);
int weir_linux_write_back(const weir_sys *sys, int fd);

/* What nobody can guess, if the kernel has it already. */
bool weir_linux_random(void *out, size_t n);

#endif
