/* The system calls of the sim driver: the real ones, with faults drawn from the seed. */

#include <errno.h>

#include "driver/sim.h"
#include "weir/implement.h"

static struct weir_sim_sys *sim_sys_of(const weir_sys *sys)
{
    return WEIR_CONTAINER(sys, struct weir_sim_sys, sys);
}

uint64_t weir_sim_draw(struct weir_sim_sys *sim, uint64_t limit)
{
    return weir_world_draw(sim->world, limit);
}

static bool fault(struct weir_sim_sys *sim)
{
    return sim->faults_per_million && weir_sim_draw(sim, 1000000) < sim->faults_per_million;
}

int weir_sim_fails(struct weir_sim_sys *sim, const int *errors, size_t n)
{
    return fault(sim) ? -errors[weir_sim_draw(sim, n)] : 0;
}

static size_t shorter(struct weir_sim_sys *sim, size_t n)
{
    return n > 1 && fault(sim) ? 1 + weir_sim_draw(sim, n - 1) : n;
}

static int sim_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EMFILE, ENFILE, EACCES);
    return error ? error : sim->real->open(sim->real, dir, path, flags, mode);
}

static int sim_close(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, EDQUOT);
    int closed = sim->real->close(sim->real, fd); /* it is closed also when it fails */
    return error ? error : closed;
}

static int64_t sim_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EINTR, EIO);
    return error ? error : sim->real->read(sim->real, fd, out, shorter(sim, n));
}

static int64_t sim_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EINTR, EIO);
    return error ? error : sim->real->pread(sim->real, fd, out, shorter(sim, n), offset);
}

static int64_t sim_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EINTR, EINTR, ENOSPC, EIO);
    return error ? error : sim->real->write(sim->real, fd, bytes, shorter(sim, n));
}

static int sim_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO);
    return error ? error : sim->real->fstat(sim->real, fd, out);
}

static int sim_stat(const weir_sys *sys, const char *path, struct stat *out)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, EACCES);
    return error ? error : sim->real->stat(sim->real, path, out);
}

static int64_t sim_readlink(const weir_sys *sys, const char *path, char *out, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, EACCES);
    return error ? error : sim->real->readlink(sim->real, path, out, n);
}

static int sim_sync(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EIO, ENOSPC);
    return error ? error : sim->real->sync(sim->real, fd);
}

static int sim_sync_data(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EIO, ENOSPC);
    return error ? error : sim->real->sync_data(sim->real, fd);
}

static int sim_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, ENOSPC, EDQUOT);
    return error ? error : sim->real->link(sim->real, fd, dir, name);
}

static int sim_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, ENOSPC);
    return error ? error : sim->real->rename(sim->real, dir, from, to);
}

static int sim_unlink(const weir_sys *sys, int dir, const char *name)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO);
    return error ? error : sim->real->unlink(sim->real, dir, name);
}

static int sim_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, EIO);
    return error ? error : sim->real->chmod(sim->real, fd, mode);
}

static int sim_grow_pipe(const weir_sys *sys, int fd, size_t bytes)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, EBUSY, EBADF);
    return error ? error : sim->real->grow_pipe(sim->real, fd, bytes);
}

static int sim_chown(const weir_sys *sys, int fd, uid_t owner, gid_t group)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, EIO);
    return error ? error : sim->real->chown(sim->real, fd, owner, group);
}

static int64_t sim_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, EIO);
    return error ? error : sim->real->read_now(sim->real, fd, out, shorter(sim, n));
}

static int64_t sim_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, EIO);
    return error ? error : sim->real->write_now(sim->real, fd, bytes, shorter(sim, n));
}

static int64_t sim_send(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, ENOBUFS, ECONNRESET);
    return error ? error : sim->real->send(sim->real, fd, bytes, shorter(sim, n), flags);
}

static int sim_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, ENOMEM);
    return error ? error : sim->real->poll(sim->real, fds, n, timeout_ms);
}

static int64_t sim_seek(const weir_sys *sys, int fd, int64_t offset, int whence)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, ESPIPE, EINVAL);
    return error ? error : sim->real->seek(sim->real, fd, offset, whence);
}

static int sim_truncate(const weir_sys *sys, int fd, uint64_t size)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EIO);
    return error ? error : sim->real->truncate(sim->real, fd, size);
}

static int sim_mount_root(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOSYS, EIO);
    return error ? error : sim->real->mount_root(sim->real, fd);
}

static int sim_append_only(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOSYS, EIO);
    return error ? error : sim->real->append_only(sim->real, fd);
}

static int64_t sim_attribute_names(const weir_sys *sys, int fd, char *out, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EOPNOTSUPP, EIO);
    return error ? error : sim->real->attribute_names(sim->real, fd, out, n);
}

static int64_t sim_attribute_get(const weir_sys *sys, int fd, const char *name, void *out, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, EIO);
    return error ? error : sim->real->attribute_get(sim->real, fd, name, out, n);
}

static int sim_attribute_set(const weir_sys *sys, int fd, const char *name, const void *value,
                             size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, ENOSPC, EIO);
    return error ? error : sim->real->attribute_set(sim->real, fd, name, value, n);
}

static int sim_attribute_remove(const weir_sys *sys, int fd, const char *name)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EPERM, EIO);
    return error ? error : sim->real->attribute_remove(sim->real, fd, name);
}

static int64_t sim_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EXDEV, EIO, ENOSPC);
    return error ? error : sim->real->copy_range(sim->real, from, offset, to, shorter(sim, n));
}

static int64_t sim_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, EINVAL, EIO);
    return error ? error : sim->real->splice(sim->real, from, offset, to, shorter(sim, n));
}

static int sim_write_back(const weir_sys *sys, int fd)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    int error = WEIR_SIM_FAILS(sim, EIO, ENOSPC, ENOSYS);
    return error ? error : sim->real->write_back(sim->real, fd);
}

uint64_t weir_sim_now_ns(const struct weir_sim_sys *sim)
{
    uint64_t now_ns = weir_world_now_ns(sim->world);
    uint64_t own_ns = sim->busy_until_ns > sim->looked_ns ? sim->busy_until_ns : sim->looked_ns;
    return own_ns > now_ns ? own_ns : now_ns;
}

uint64_t weir_sim_charge(struct weir_sim_sys *sim, uint64_t ns)
{
    return sim->busy_until_ns = weir_sim_now_ns(sim) + ns;
}

static uint64_t sim_now_ns(const weir_sys *sys)
{
    struct weir_sim_sys *sim = sim_sys_of(sys);
    if (sim->apart || sim->busy_until_ns > weir_world_now_ns(sim->world))
        return sim->looked_ns = weir_sim_now_ns(sim) + WEIR_SIM_LOOK_NS;
    return weir_world_look_ns(sim->world);
}

static int64_t sim_unix_ns(const weir_sys *sys)
{
    return weir_world_unix_ns(sim_sys_of(sys)->world);
}

static uint64_t sim_random(const weir_sys *sys)
{
    return weir_world_random(sim_sys_of(sys)->world);
}

void weir_sim_sys_init(struct weir_sim_sys *sim, const weir_sys *real, weir_world *world,
                       uint32_t faults_per_million)
{
    *sim = (struct weir_sim_sys){
        .real = real, .world = world, .faults_per_million = faults_per_million};
    weir_sys *sys = &sim->sys;
    weir_sys_wrap(sys, real);
    sys->open = sim_open;
    sys->close = sim_close;
    sys->read = sim_read;
    sys->pread = sim_pread;
    sys->write = sim_write;
    sys->fstat = sim_fstat;
    sys->stat = sim_stat;
    sys->readlink = sim_readlink;
    sys->sync = sim_sync;
    sys->sync_data = sim_sync_data;
    sys->link = sim_link;
    sys->rename = sim_rename;
    sys->unlink = sim_unlink;
    sys->chmod = sim_chmod;
    sys->chown = sim_chown;
    sys->grow_pipe = sim_grow_pipe;
    sys->now_ns = sim_now_ns;
    sys->unix_ns = sim_unix_ns;
    sys->random = sim_random;
    sys->read_now = sim_read_now;
    sys->write_now = sim_write_now;
    sys->send = sim_send;
    sys->poll = sim_poll;
    sys->seek = sim_seek;
    sys->truncate = sim_truncate;
    sys->mount_root = sim_mount_root;
    sys->attribute_names = sim_attribute_names;
    sys->attribute_get = sim_attribute_get;
    sys->attribute_set = sim_attribute_set;
    sys->attribute_remove = sim_attribute_remove;
    sys->copy_range = sim_copy_range;
    sys->splice = sim_splice;
    sys->write_back = sim_write_back;
    sys->append_only = sim_append_only;
    weir_sim_sys_net(sys);
}
