/* Where a path leads to. Symbolic links in its last component are followed by hand, since the file
 * is written beside the place they point to. What stands below /proc and looks like a link leads to
 * an open file, which may have no name any more, or another one in its place: it is never read as a
 * path. */

#include "io/target.h"

#include <errno.h>
#include <string.h>

enum { LINKS_MAX = 40, TARGET_NUMBER_MAX = 1 << 20 };

/* Puts link in place of path, or of its last component when it is relative. */
static int target_put(char *path, const char *link, size_t n)
{
    const char *slash = strrchr(path, '/');
    size_t at = link[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    if (at + n >= WEIR_PATH_BYTES)
        return -ENAMETOOLONG;
    memcpy(path + at, link, n);
    path[at + n] = '\0';
    return 0;
}

/* What is known of the directory that the last component stands in. */
static int look_at_directory(const weir_sys *sys, char *path, struct stat *out)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        return sys->stat(sys, ".", out);
    char kept = slash[1]; /* "/x" is in "/", and "a/x" in "a/" */
    slash[1] = '\0';
    int error = sys->stat(sys, path, out);
    slash[1] = kept;
    return error;
}

static const char *target_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A descriptor's number, as a name in a directory of descriptors; -1: it is none. */
static int target_number_of(const char *name)
{
    int number = 0;
    if (!*name)
        return -1;
    for (; *name >= '0' && *name <= '9' && number < TARGET_NUMBER_MAX; name++)
        number = number * 10 + (*name - '0');
    return *name ? -1 : number;
}

static bool is_below_proc(const weir_sys *sys, const struct stat *directory)
{
    struct stat proc; /* "/proc" alone may be an empty directory */
    return !sys->stat(sys, "/proc/self", &proc) && proc.st_dev == directory->st_dev;
}

static bool target_is_ours(const weir_sys *sys, const struct stat *directory, const char *path)
{
    struct stat ours;
    return !sys->stat(sys, path, &ours) && ours.st_dev == directory->st_dev &&
           ours.st_ino == directory->st_ino;
}

/* A descriptor of ours, or something that only the kernel can follow. */
static void look_below_proc(struct weir_target *target, const weir_sys *sys,
                            const struct stat *directory)
{
    int number = target_number_of(target_name_of(target->path));
    bool ours = number >= 0 && (target_is_ours(sys, directory, "/proc/self/fd") ||
                                target_is_ours(sys, directory, "/proc/thread-self/fd"));
    target->kind = ours ? WEIR_TARGET_DESCRIPTOR : WEIR_TARGET_SPECIAL;
    target->descriptor = ours ? number : -1;
}

/* 1: one was followed. */
static int follow_one(struct weir_target *target, const weir_sys *sys)
{
    char link[WEIR_PATH_BYTES];
    struct stat directory;
    int64_t n = sys->readlink(sys, target->path, link, sizeof link);
    if (n == -EINVAL || n == -ENOENT)
        return 0; /* no link, or nothing */
    if (n <= 0)
        return n ? (int)n : -ENOENT;
    int error = look_at_directory(sys, target->path, &directory);
    if (error)
        return error;
    if (is_below_proc(sys, &directory)) {
        look_below_proc(target, sys, &directory);
        return 0;
    }
    error = target_put(target->path, link, (size_t)n);
    return error ? error : 1;
}

static int target_follow(struct weir_target *target, const weir_sys *sys)
{
    for (int links = 0; links < LINKS_MAX; links++) {
        int followed = follow_one(target, sys);
        if (followed <= 0)
            return followed;
    }
    return -ELOOP;
}

/* The name of a descriptor that is not open: no file can be made there. */
static bool is_no_descriptor(struct weir_target *target, const weir_sys *sys)
{
    struct stat directory;
    return target_number_of(target_name_of(target->path)) >= 0 &&
           !look_at_directory(sys, target->path, &directory) && is_below_proc(sys, &directory);
}

int weir_target_look(struct weir_target *target, const weir_sys *sys)
{
    target->kind = WEIR_TARGET_NEW;
    target->descriptor = -1;
    int there = sys->stat(sys, target->path, &target->old); /* as the kernel follows it */
    int error = there && there != -ENOENT ? there : target_follow(target, sys);
    if (!error && there && is_no_descriptor(target, sys))
        return -EBADF;
    if (error || target->kind != WEIR_TARGET_NEW || there)
        return error;
    if (S_ISDIR(target->old.st_mode))
        return -EISDIR;
    target->kind = S_ISREG(target->old.st_mode) ? WEIR_TARGET_FILE : WEIR_TARGET_SPECIAL;
    return 0;
}
