/* The atomic file: no name or a hidden one, then the whole file under its name. */

#include "io/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "driver/driver.h"
#include "io/rights.h"
#include "weir/error.h"

enum {
    ATOMIC_FILE_NAMES_MAX = 100,
    ATOMIC_FILE_EINTR_MAX = 10000,
    NAME_MAX_BYTES = 255,
    RANDOM_LETTERS = 6
};

static int atomic_file_open_again(const weir_sys *sys, int dir, const char *path, int flags,
                                  unsigned mode)
{
    int fd = -EINTR;
    for (int tries = 0; tries < ATOMIC_FILE_EINTR_MAX && fd == -EINTR; tries++)
        fd = sys->open(sys, dir, path, flags | O_CLOEXEC, mode);
    return fd;
}

static int atomic_file_sync_again(const weir_sys *sys, int fd,
                                  int (*sync)(const weir_sys *sys, int fd))
{
    int error = -EINTR;
    for (int tries = 0; tries < ATOMIC_FILE_EINTR_MAX && error == -EINTR; tries++)
        error = sync(sys, fd);
    return error == -EINVAL || error == -EROFS ? 0 : error;
}

int weir_sync(const weir_sys *sys, int fd)
{
    return atomic_file_sync_again(sys, fd, sys->sync);
}

int weir_sync_data(const weir_sys *sys, int fd)
{
    return atomic_file_sync_again(sys, fd, sys->sync_data);
}

int weir_sync_directory(const weir_sys *sys, int dir)
{
    int error = weir_sync(sys, dir);
    return error == -EIO || error == -ENOSPC || error == -EDQUOT ? error : 0;
}

/* What stands in front of the last slash; splits the path there. */
static const char *atomic_file_directory_of(char *path, const char **name)
{
    char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return ".";
    if (slash == path)
        return "/";
    *slash = '\0';
    return path;
}

int weir_open_directory(const weir_sys *sys, char *path, const char **name, bool *syncs)
{
    const char *directory = atomic_file_directory_of(path, name);
    if (!**name)
        return -EISDIR;
    int fd = atomic_file_open_again(sys, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY, 0);
    *syncs = fd >= 0;
    return fd == -EACCES ? atomic_file_open_again(sys, AT_FDCWD, directory, O_PATH | O_DIRECTORY, 0)
                         : fd;
}

/* NAME cut so that what stands around it fits into a file name too. */
static void make_name(char *out, const char *before, const char *name, const char *behind)
{
    char cut[WEIR_NAME_BYTES];
    size_t room = NAME_MAX_BYTES + 1 - strlen(before) - strlen(behind);
    weir_format(cut, room, "%s", name);
    weir_format(out, WEIR_NAME_BYTES, "%s%s%s", before, cut, behind);
}

static void make_hidden(struct weir_atomic_file *file)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char behind[] = ".weir-XXXXXX";
    uint64_t drawn = file->sys->random(file->sys);
    for (int i = 0; i < RANDOM_LETTERS; i++, drawn /= 36)
        behind[sizeof behind - 2 - (size_t)i] = letters[drawn % 36];
    make_name(file->hidden, ".", file->name, behind);
}

static int open_hidden(struct weir_atomic_file *file, const struct stat *old)
{
    unsigned mode = old ? old->st_mode & 0700 : 0666;
    for (int tries = 0; tries < ATOMIC_FILE_NAMES_MAX; tries++) {
        make_hidden(file);
        int fd = atomic_file_open_again(file->sys, file->dir, file->hidden,
                                        O_WRONLY | O_CREAT | O_EXCL, mode);
        if (fd != -EEXIST)
            return fd;
    }
    return -EEXIST;
}

/* One that cannot be given a name later is of no use: "." is there already, and that must be all
 * that stands in the way. */
static int open_nameless(struct weir_atomic_file *file)
{
    const weir_sys *sys = file->sys;
    int fd = atomic_file_open_again(sys, file->dir, ".", O_TMPFILE | O_WRONLY, 0666);
    if (fd < 0 || sys->link(sys, fd, file->dir, ".") == -EEXIST)
        return fd;
    sys->close(sys, fd);
    return -EOPNOTSUPP;
}

/* Root may do what an owner may, unless that was taken from it. Leaving the time of access as it is
 * is refused in the same cases, and changes nothing. */
static int try_as_owner(const struct weir_atomic_file *file)
{
    int flags = O_WRONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = atomic_file_open_again(file->sys, file->dir, file->name, flags, 0);
    if (fd >= 0)
        file->sys->close(file->sys, fd);
    return fd == -EPERM ? fd : 0;
}

/* In a directory like /tmp only its owner and the file's may. */
static int check_replaceable(const struct weir_atomic_file *file, const struct stat *old)
{
    const weir_sys *sys = file->sys;
    struct stat now, dir;
    int error = sys->fstat(sys, file->fd, &now);
    if (!error)
        error = sys->fstat(sys, file->dir, &dir);
    if (error || !(dir.st_mode & S_ISVTX))
        return error;
    uid_t us = now.st_uid;
    if (us == old->st_uid || us == dir.st_uid)
        return 0;
    return us ? -EPERM : try_as_owner(file);
}

static int open_beside(struct weir_atomic_file *file, int old_fd, const struct stat *old)
{
    file->fd = open_hidden(file, old);
    if (file->fd < 0) {
        file->hidden[0] = '\0';
        return file->fd;
    }
    int error = old ? check_replaceable(file, old) : 0;
    return error || !old ? error : weir_rights_take(file->sys, file->fd, old_fd, old);
}

int weir_atomic_file_open(struct weir_atomic_file *file, const weir_sys *sys, char *path,
                          int old_fd, const struct stat *old, bool durable)
{
    *file = (struct weir_atomic_file){
        .sys = sys, .doing = "open the directory", .dir = -1, .fd = -1, .durable = durable};
    file->forks = weir_forks();
    int dir = weir_open_directory(sys, path, &file->name, &file->dir_syncs);
    if (dir < 0)
        return dir;
    file->dir = dir;
    file->replaces = old != NULL;
    if (old)
        file->old = *old;
    file->dir_keeps = sys->append_only(sys, dir) == 1;
    file->doing = "create";
    if (!old) /* a link cannot replace: an old file needs a name that is renamed */
        file->fd = open_nameless(file);
    if (file->fd >= 0)
        return 0;
    return file->dir_keeps ? -EPERM : open_beside(file, old_fd, old);
}

static int close_file(struct weir_atomic_file *file)
{
    int fd = file->fd;
    file->fd = -1;
    return fd < 0 ? 0 : file->sys->close(file->sys, fd);
}

/* A hidden name for what has none. */
static int link_hidden(struct weir_atomic_file *file)
{
    int error = -EEXIST;
    for (int tries = 0; tries < ATOMIC_FILE_NAMES_MAX && error == -EEXIST; tries++) {
        make_hidden(file);
        error = file->sys->link(file->sys, file->fd, file->dir, file->hidden);
    }
    if (error)
        file->hidden[0] = '\0';
    return error;
}

static int rename_to(struct weir_atomic_file *file, const char *name)
{
    int error = file->sys->rename(file->sys, file->dir, file->hidden, name);
    if (!error)
        file->hidden[0] = '\0';
    return error;
}

/* A nameless file takes the name if it is free; somebody may have taken it meanwhile. */
static int name_nameless(struct weir_atomic_file *file)
{
    int error = file->sys->link(file->sys, file->fd, file->dir, file->name);
    if (error == -EEXIST && !file->dir_keeps && !file->create_new)
        error = link_hidden(file);
    int closed = error ? error : close_file(file);
    if (closed || !file->hidden[0])
        return closed;
    return rename_to(file, file->name);
}

/* What stands under the name now, however it may be opened: its rights may be changed any time. */
static int atomic_file_open_old(const struct weir_atomic_file *file)
{
    static const int ways[] = {O_WRONLY, O_RDONLY, O_PATH};
    int fd = -1;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && fd < 0; i++)
        fd = atomic_file_open_again(file->sys, file->dir, file->name,
                                    ways[i] | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    return fd;
}

/* It is the same file, and other people may do other things with it. */
static bool has_changed(const struct stat *old, const struct stat *now)
{
    bool same = now->st_dev == old->st_dev && now->st_ino == old->st_ino;
    return same && (now->st_mode != old->st_mode || now->st_uid != old->st_uid ||
                    now->st_gid != old->st_gid);
}

/* Who changed the rights of the old file meanwhile meant those of its name. Until they are taken
 * over nobody but the owner has any, as at first; if they cannot be, it stays so. */
static void look_at_rights(const struct weir_atomic_file *file)
{
    const weir_sys *sys = file->sys;
    struct stat now;
    int fd = file->replaces ? atomic_file_open_old(file) : -1;
    if (fd < 0)
        return;
    if (!sys->fstat(sys, fd, &now) && has_changed(&file->old, &now) &&
        !sys->chmod(sys, file->fd, now.st_mode & 0700))
        (void)weir_rights_take(sys, file->fd, fd, &now);
    sys->close(sys, fd);
}

/* A rename would replace what stands there: it gets the name beside the hidden one, which goes. */
static int atomic_file_add_name(struct weir_atomic_file *file)
{
    int error = file->sys->link(file->sys, file->fd, file->dir, file->name);
    if (!error)
        error = file->sys->unlink(file->sys, file->dir, file->hidden);
    if (error)
        return error;
    file->hidden[0] = '\0';
    file->doing = "close";
    return close_file(file);
}

/* Errors of close (a quota, a network) must be known before the name is given. */
static int name_hidden(struct weir_atomic_file *file)
{
    if (file->create_new)
        return atomic_file_add_name(file);
    look_at_rights(file);
    file->doing = "close";
    int error = close_file(file);
    if (error)
        return error;
    file->doing = "rename";
    return rename_to(file, file->name);
}

int weir_atomic_file_commit(struct weir_atomic_file *file)
{
    const weir_sys *sys = file->sys;
    file->doing = "sync";
    int error = file->durable ? weir_sync(sys, file->fd) : 0; /* a failed sync is final */
    if (error)
        return error;
    file->doing = "give its name to";
    error = file->hidden[0] ? name_hidden(file) : name_nameless(file);
    if (error)
        return error;
    file->doing = "sync the directory of";
    error = file->durable && file->dir_syncs ? weir_sync_directory(sys, file->dir) : 0;
    sys->close(sys, file->dir);
    file->dir = -1;
    return error;
}

static int atomic_file_keep(struct weir_atomic_file *file, char *partial)
{
    int error = 0;
    make_name(partial, "", file->name, ".partial");
    if (file->dir_keeps && !file->hidden[0] && file->fd >= 0)
        return file->sys->link(file->sys, file->fd, file->dir, partial);
    if (!file->hidden[0] && file->fd >= 0)
        error = link_hidden(file);
    return error || !file->hidden[0] ? error : rename_to(file, partial);
}

/* Its hidden name cannot be taken away. */
static bool atomic_file_is_stuck(const struct weir_atomic_file *file)
{
    int error = file->sys->unlink(file->sys, file->dir, file->hidden);
    return error && error != -ENOENT;
}

int weir_atomic_file_give_up(struct weir_atomic_file *file, bool keeps, char *left)
{
    left[0] = '\0';
    if (file->dir < 0)
        return 0;
    bool ours = file->forks == weir_forks(); /* else it is the parent's, who goes on writing */
    int error = keeps && ours ? atomic_file_keep(file, left) : 0;
    if (file->hidden[0] && ours && atomic_file_is_stuck(file)) {
        weir_format(left, WEIR_NAME_BYTES, "%s", file->hidden);
        error = 0;
    }
    close_file(file);
    file->sys->close(file->sys, file->dir);
    file->dir = -1;
    return error;
}
