/* What a file allows that takes another one's place: never more than the old one, to nobody but who
 * writes it, whatever the system refuses. */

#include "../driver/rig.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include "io/rights.h"

/* ---- a system of two files ---- */

struct list {
    bool there;
    unsigned named; /* what one user by his name may do */
    unsigned group;
};

struct file {
    uid_t owner;
    gid_t group;
    unsigned mode; /* with a list, its group bits are the mask */
    struct list list;
};

enum { FROM = 1, TO = 2, WRITER = 2, NAMED = 5, OLD_GROUP = 10, NEW_GROUP = 20 };

static struct {
    weir_sys sys;
    struct file files[3];
    bool no_owner, no_group, no_mode; /* ... may be changed */
    int get, set, removal;            /* errors of the access list */
} fake;

static int fake_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys;
    const struct file *file = &fake.files[fd];
    *out = (struct stat){.st_uid = file->owner, .st_gid = file->group, .st_mode = file->mode};
    return 0;
}

static int fake_chown(const weir_sys *sys, int fd, uid_t owner, gid_t group)
{
    (void)sys;
    if ((owner != (uid_t)-1 && fake.no_owner) || fake.no_group)
        return -EPERM;
    if (owner != (uid_t)-1)
        fake.files[fd].owner = owner;
    fake.files[fd].group = group;
    return 0;
}

static int fake_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    (void)sys;
    if (fake.no_mode)
        return -EOPNOTSUPP;
    fake.files[fd].mode = mode;
    return 0;
}

/* A list as it travels: with the mode that it stands for. */
struct value {
    struct list list;
    unsigned mode;
};

static int64_t fake_get(const weir_sys *sys, int fd, const char *name, void *out, size_t n)
{
    (void)sys;
    assert_string_equal(name, "system.posix_acl_access");
    assert_true(n >= sizeof(struct value));
    if (fake.get || !fake.files[fd].list.there)
        return fake.get ? fake.get : -ENODATA;
    *(struct value *)out = (struct value){fake.files[fd].list, fake.files[fd].mode};
    return sizeof(struct value);
}

static int fake_set(const weir_sys *sys, int fd, const char *name, const void *value, size_t n)
{
    (void)sys;
    (void)name;
    (void)n;
    if (fake.set)
        return fake.set;
    fake.files[fd].list = ((const struct value *)value)->list;
    fake.files[fd].mode = ((const struct value *)value)->mode;
    return 0;
}

static int fake_remove(const weir_sys *sys, int fd, const char *name)
{
    (void)sys;
    (void)name;
    if (fake.removal || !fake.files[fd].list.there)
        return fake.removal ? fake.removal : -ENODATA;
    fake.files[fd].list.there = false;
    return 0;
}

static int64_t fake_names(const weir_sys *sys, int fd, char *out, size_t n)
{
    (void)sys, (void)fd, (void)out, (void)n;
    return 0;
}

/* ---- who may do what ---- */

struct person {
    uid_t user;
    gid_t groups[2];
};

static unsigned allowed(const struct file *file, const struct person *person)
{
    unsigned mask = file->list.there ? file->mode >> 3 & 7 : 7;
    if (person->user == file->owner)
        return file->mode >> 6 & 7;
    if (file->list.there && person->user == NAMED)
        return file->list.named & mask;
    if (person->groups[0] == file->group || person->groups[1] == file->group)
        return (file->list.there ? file->list.group : file->mode >> 3 & 7) & mask;
    return file->mode & 7;
}

static void nobody_gains(const struct file *old, const struct file *now)
{
    static const struct person people[] = {
        {1, {99, 98}}, {1, {NEW_GROUP, 98}}, {3, {OLD_GROUP, 98}},        {4, {NEW_GROUP, 98}},
        {6, {99, 98}}, {NAMED, {99, 98}},    {7, {OLD_GROUP, NEW_GROUP}}, {NAMED, {OLD_GROUP, 98}}};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        unsigned before = allowed(old, &people[i]), after = allowed(now, &people[i]);
        if (after & ~before)
            fail_msg("user %u: %o of mode %o%s became %o of mode %o%s", people[i].user, before,
                     old->mode, old->list.there ? "+" : "", after, now->mode,
                     now->list.there ? "+" : "");
    }
}

static void take(unsigned mode, bool listed, bool inherited)
{
    struct stat old;
    fake.files[FROM] = (struct file){1, OLD_GROUP, mode, {listed, 4, mode >> 6 & 5}};
    fake.files[TO] = (struct file){WRITER, NEW_GROUP, mode & 0700, {inherited, 7, 7}};
    assert_int_equal(fake_fstat(NULL, FROM, &old), 0);
    assert_int_equal(weir_rights_take(&fake.sys, TO, FROM, &old), 0);
    nobody_gains(&fake.files[FROM], &fake.files[TO]);
}

static void fake_begin(void)
{
    memset(&fake, 0, sizeof fake);
    weir_sys_wrap(&fake.sys, NULL);
    fake.sys.fstat = fake_fstat;
    fake.sys.chown = fake_chown;
    fake.sys.chmod = fake_chmod;
    fake.sys.attribute_get = fake_get;
    fake.sys.attribute_set = fake_set;
    fake.sys.attribute_remove = fake_remove;
    fake.sys.attribute_names = fake_names;
}

/* Every mode, with and without lists, under each set of refusals. */
static void nobody_ever_gains(void **state)
{
    static const int errors[] = {0, -EPERM, -EOPNOTSUPP};
    (void)state;
    for (unsigned refused = 0; refused < 8 * 27; refused++) {
        fake_begin();
        fake.no_owner = refused & 1;
        fake.no_group = refused & 2;
        fake.no_mode = refused & 4;
        fake.get = errors[refused / 8 % 3];
        fake.set = errors[refused / 24 % 3];
        fake.removal = errors[refused / 72 % 3];
        for (unsigned mode = 0; mode < 01000; mode++)
            for (unsigned lists = 0; lists < 4; lists++) {
                if (fake.get == -EOPNOTSUPP && lists & 1)
                    continue; /* it says that there are no lists: then there is none */
                if (fake.removal == -EOPNOTSUPP && lists & 2)
                    continue;
                take(mode, lists & 1, lists & 2);
            }
    }
}

static void all_is_kept_where_nothing_is_refused(void **state)
{
    (void)state;
    fake_begin();
    for (unsigned mode = 0; mode < 01000; mode++)
        for (unsigned lists = 0; lists < 4; lists++) {
            take(mode, lists & 1, lists & 2);
            assert_memory_equal(&fake.files[FROM].owner, &fake.files[TO].owner, sizeof(uid_t));
            assert_int_equal(fake.files[TO].group, OLD_GROUP);
            assert_int_equal(fake.files[TO].mode, mode);
            assert_int_equal(fake.files[TO].list.there, lists & 1);
        }
}

/* ---- and of a real one ---- */

static void attributes_of_users_are_kept(void **state)
{
    (void)state;
    rig_write(rig_path("old"), "old", 3);
    if (setxattr(rig_path("old"), "user.origin", "here", 4, 0)) {
        rig_clear();
        skip();
    }
    weir_stream *copy =
        weir_copy(weir_memory_reader("new", 3), weir_file_writer(rig_path("old"), NULL));
    assert_int_equal(weir_run(copy, NULL, NULL), WEIR_READY);
    char got[8];
    assert_int_equal(getxattr(rig_path("old"), "user.origin", got, sizeof got), 4);
    assert_memory_equal(got, "here", 4);
    assert_true(rig_is(rig_path("old"), "new", 3));
    rig_clear();
}

int io_rights(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_ever_gains),
        cmocka_unit_test(all_is_kept_where_nothing_is_refused),
        cmocka_unit_test(attributes_of_users_are_kept),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
