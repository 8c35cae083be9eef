/* Rights are taken over in an order in which the new file never allows more than the old one: it
 * was made for its owner alone; then come owner and group, the access list, the mode. */

#include "io/rights.h"

#include <errno.h>
#include <string.h>

#define ACCESS_LIST "system.posix_acl_access"

struct taking {
    const weir_sys *sys;
    int to;
    int from;
    bool owner; /* is the same */
    bool group;
    unsigned mode;
    char value[WEIR_ATTRIBUTE_BYTES];
};

static bool change_owner(const struct taking *self, uid_t owner, gid_t group)
{
    return self->sys->chown(self->sys, self->to, owner, group) == 0;
}

static void take_owner(struct taking *self, const struct stat *old, const struct stat *now)
{
    self->owner = now->st_uid == old->st_uid;
    self->group = now->st_gid == old->st_gid;
    if (self->owner && self->group)
        return;
    if (change_owner(self, old->st_uid, old->st_gid))
        self->owner = self->group = true;
    else if (!self->group)
        self->group = change_owner(self, (uid_t)-1, old->st_gid);
}

/* Those who were of the old group are among the others now, and the old owner may be anywhere: a
 * class keeps only what each class that may have come into it was allowed. */
static void narrow(struct taking *self)
{
    unsigned owner = self->mode >> 6 & 7, group = self->mode >> 3 & 7, other = self->mode & 7;
    if (!self->group)
        group = other = group & other;
    if (!self->owner) {
        group &= owner;
        other &= owner;
    }
    self->mode = owner << 6 | group << 3 | other;
}

/* ---- the access list ---- */

static bool has_none(int64_t error)
{
    return error == -ENODATA || error == -EOPNOTSUPP;
}

/* The new file may have got one of its directory, under which a mode means something else. */
static bool remove_access_list(const struct taking *self)
{
    int error = self->sys->attribute_remove(self->sys, self->to, ACCESS_LIST);
    return !error || has_none(error);
}

static bool copy_access_list(struct taking *self, int64_t n)
{
    const weir_sys *sys = self->sys;
    return self->owner && self->group &&
           !sys->attribute_set(sys, self->to, ACCESS_LIST, self->value, (size_t)n);
}

/* With a list, the mode's group bits are not the group's, but a mask over the whole list. So where
 * the list cannot be had as it is, or may be there and cannot be seen, only the owner is left. */
static void take_access_list(struct taking *self)
{
    const weir_sys *sys = self->sys;
    int64_t n = sys->attribute_get(sys, self->from, ACCESS_LIST, self->value, sizeof self->value);
    bool kept = has_none(n) ? remove_access_list(self) : n > 0 && copy_access_list(self, n);
    if (kept)
        return;
    remove_access_list(self);
    self->mode &= 0700;
}

/* ---- attributes ---- */

static void take_attribute(struct taking *self, const char *name)
{
    const weir_sys *sys = self->sys;
    int64_t n = sys->attribute_get(sys, self->from, name, self->value, sizeof self->value);
    if (n >= 0)
        (void)sys->attribute_set(sys, self->to, name, self->value, (size_t)n);
}

/* Those that users give; the system's own, as labels and capabilities, are not ours to hand on. */
static void take_attributes(struct taking *self)
{
    char names[WEIR_ATTRIBUTE_BYTES];
    int64_t n = self->sys->attribute_names(self->sys, self->from, names, sizeof names);
    for (int64_t at = 0; at < n; at += (int64_t)strlen(names + at) + 1)
        if (!strncmp(names + at, "user.", 5))
            take_attribute(self, names + at);
}

static int take_mode(const struct taking *self)
{
    struct stat now;
    int error = self->sys->fstat(self->sys, self->to, &now);
    if (!error && (now.st_mode & 0777) != self->mode)
        (void)self->sys->chmod(self->sys, self->to, self->mode); /* refused: it allows less */
    return error;
}

int weir_rights_take(const weir_sys *sys, int to, int from, const struct stat *old)
{
    struct taking self = {.sys = sys, .to = to, .from = from, .mode = old->st_mode & 0777};
    struct stat now;
    int error = sys->fstat(sys, to, &now);
    if (error)
        return error;
    take_owner(&self, old, &now);
    narrow(&self);
    take_access_list(&self);
    take_attributes(&self);
    return take_mode(&self);
}
