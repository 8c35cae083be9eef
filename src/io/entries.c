/* The entries of an open directory, as getdents64 gives them. */

#include "io/entries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "weir/alloc.h"

int weir_entries_open(struct weir_entries *self, const weir_cx *cx, const char *path, int flags)
{
    flags |= O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    self->base_sys = weir_rt_base_sys(cx->rt);
    self->fd = weir_open_path(weir_rt_sys(cx->rt), cx->rt, AT_FDCWD, path, flags, 0);
    return self->fd < 0 ? self->fd : 0;
}

int weir_entries_read(struct weir_entries *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (!self->block)
        self->block = weir_allocate(WEIR_ENTRIES_BYTES);
    if (!self->block)
        return -ENOMEM;
    int64_t n = sys->entries(sys, self->fd, self->block, WEIR_ENTRIES_BYTES);
    if (n == -EINTR)
        return 1;
    self->at = 0;
    self->n = n > 0 ? (size_t)n : 0;
    if (n == -ENOENT) /* it was removed meanwhile: nothing stands in it */
        return 0;
    return n < 0 ? (int)n : n > 0;
}

static weir_entry_kind entries_kind_of(unsigned char type)
{
    switch (type) {
    case DT_REG:
        return WEIR_ENTRY_FILE;
    case DT_DIR:
        return WEIR_ENTRY_DIRECTORY;
    case DT_LNK:
        return WEIR_ENTRY_LINK;
    case DT_FIFO:
        return WEIR_ENTRY_FIFO;
    case DT_SOCK:
        return WEIR_ENTRY_SOCKET;
    case DT_CHR:
    case DT_BLK:
        return WEIR_ENTRY_DEVICE;
    default:
        return WEIR_ENTRY_UNKNOWN;
    }
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

bool weir_entries_next(struct weir_entries *self, weir_dir_entry *out)
{
    while (self->at < self->n) {
        const struct dirent64 *entry = (const void *)(self->block + self->at);
        self->at += entry->d_reclen;
        if (is_dots(entry->d_name))
            continue;
        *out = (weir_dir_entry){.inode = entry->d_ino, .kind = entries_kind_of(entry->d_type)};
        weir_format(out->name, sizeof out->name, "%s", entry->d_name);
        return true;
    }
    return false;
}

void weir_entries_fini(struct weir_entries *self)
{
    weir_release(self->block, WEIR_ENTRIES_BYTES);
    if (self->fd >= 0)
        self->base_sys->close(self->base_sys, self->fd);
    *self = (struct weir_entries){.fd = -1};
}
