/* The system calls of each way to write a file, in their order: what a promise costs, and what it
 * rests on. */

#include "../driver/rig.h"

#include <sys/stat.h>

/* Letters for calls: o open a file, O a directory, T one without a name, w write, s sync of a file,
 * S of a directory, l link, r rename, u unlink, c close of a file, C of a directory, m chmod. */
static struct {
    weir_sys sys;
    char said[64];
    size_t n;
    bool is_dir[1024];
    bool no_tmpfile;
    char fails;  /* a call of this letter, with this error; it is not made */
    unsigned at; /* the how-manieth of them, from 1 */
    int error;
} noted;

/* 0, or the error that it shall come to. */
static int say(char letter)
{
    if (noted.n + 1 < sizeof noted.said)
        noted.said[noted.n++] = letter;
    return letter == noted.fails && --noted.at == 0 ? -noted.error : 0;
}

static int note_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
    if (nameless && noted.no_tmpfile)
        return -EOPNOTSUPP;
    bool is_dir = flags & O_DIRECTORY && !nameless;
    int error = say(nameless ? 'T' : is_dir ? 'O' : 'o');
    int fd = error ? error : sys->base->open(sys->base, dir, path, flags, mode);
    if (fd >= 0)
        noted.is_dir[fd] = is_dir;
    return fd;
}

static int64_t note_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    int error = say('w');
    return error ? error : sys->base->write(sys->base, fd, bytes, n);
}

static int note_sync(const weir_sys *sys, int fd)
{
    int error = say(noted.is_dir[fd] ? 'S' : 's');
    return error ? error : sys->base->sync(sys->base, fd);
}

static int note_sync_data(const weir_sys *sys, int fd)
{
    int error = say('d');
    return error ? error : sys->base->sync_data(sys->base, fd);
}

static int note_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    int error = say('l');
    return error ? error : sys->base->link(sys->base, fd, dir, name);
}

static int note_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    int error = say('r');
    return error ? error : sys->base->rename(sys->base, dir, from, to);
}

static int note_unlink(const weir_sys *sys, int dir, const char *name)
{
    int error = say('u');
    return error ? error : sys->base->unlink(sys->base, dir, name);
}

static int note_close(const weir_sys *sys, int fd)
{
    int error = fd < 1024 ? say(noted.is_dir[fd] ? 'C' : 'c') : 0;
    int closed = sys->base->close(sys->base, fd); /* also when it says that it failed */
    return error ? error : closed;
}

static int note_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    int error = say('m');
    return error ? error : sys->base->chmod(sys->base, fd, mode);
}

static void notes_begin(bool no_tmpfile)
{
    memset(&noted, 0, sizeof noted);
    weir_sys_wrap(&noted.sys, NULL);
    noted.no_tmpfile = no_tmpfile;
    noted.sys.open = note_open;
    noted.sys.write = note_write;
    noted.sys.sync = note_sync;
    noted.sys.sync_data = note_sync_data;
    noted.sys.link = note_link;
    noted.sys.rename = note_rename;
    noted.sys.unlink = note_unlink;
    noted.sys.close = note_close;
    noted.sys.chmod = note_chmod;
}

/* What is done for three bytes, from the first write to the end. */
static const char *calls_of(const char *path, const weir_file_options *options, bool no_tmpfile)
{
    weir_rt *rt = NULL;
    notes_begin(no_tmpfile);
    rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &noted.sys}, NULL);
    noted.n = 0;
    weir_stream *copy = weir_copy(weir_memory_reader("abc", 3), weir_file_writer(path, options));
    assert_int_equal(weir_rt_run(rt, copy, NULL, NULL), WEIR_READY);
    noted.said[noted.n] = 0;
    size_t n = noted.n;
    weir_rt_drop(rt);
    noted.said[n] = 0;
    return noted.said;
}

static const weir_file_options plain, quick = {.not_durable = true}, append = {.append = true},
                                      append_quick = {.append = true, .not_durable = true};

/* Complete before it has a name, and the name is there for good. */
static void atomic_new(void **state)
{
    (void)state;
    assert_string_equal(calls_of(rig_path("new"), &plain, false), "OTlwslcSC");
    assert_string_equal(calls_of(rig_path("hidden"), &plain, true), "OowscrSC");
    rig_clear();
}

static void atomic_over_old(void **state)
{
    (void)state;
    rig_write(rig_path("old"), "old", 3);
    assert_string_equal(calls_of(rig_path("old"), &plain, false), "oOomcwsoccrSC");
    rig_clear();
}

static void atomic_not_durable(void **state)
{
    (void)state;
    assert_string_equal(calls_of(rig_path("new"), &quick, false), "OTlwlcC");
    assert_string_equal(calls_of(rig_path("new"), &quick, false), "oOomcwoccrC");
    rig_clear();
}

/* The name of what is appended to may be new too: then its directory is synced. */
static void appending(void **state)
{
    (void)state;
    assert_string_equal(calls_of(rig_path("log"), &append, false), "owdOSCc");
    assert_string_equal(calls_of(rig_path("log"), &append, false), "owdc");
    assert_string_equal(calls_of(rig_path("other"), &append_quick, false), "owc");
    rig_clear();
}

static void in_place(void **state)
{
    (void)state;
    assert_string_equal(calls_of("/dev/null", &plain, false), "owdc");
    assert_string_equal(calls_of("/dev/null", &quick, false), "owc");
}

/* What is given up leaves no name, or one under .partial, and syncs nothing. */
static void given_up(void **state)
{
    (void)state;
    static const weir_file_options keep = {.keep_partial = true};
    static const struct {
        const weir_file_options *options;
        bool old;
        const char *calls;
    } cases[] = {{&plain, false, "OTlwcC"},  {&plain, true, "oOomcwucC"},
                 {&keep, false, "OTlwlrcC"}, {&keep, true, "oOomcwrcC"},
                 {&quick, false, "OTlwcC"},  {&append, false, "owc"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].old)
            rig_write(rig_path("x"), "old", 3);
        notes_begin(false);
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &noted.sys}, NULL);
        weir_reader *broken =
            weir_chain_reader(weir_memory_reader("abc", 3), weir_file_reader(rig_path("missing")));
        noted.n = 0;
        weir_stream *copy = weir_copy(broken, weir_file_writer(rig_path("x"), cases[i].options));
        assert_int_equal(weir_rt_run(rt, copy, NULL, NULL), WEIR_ERROR);
        noted.said[noted.n] = 0;
        char said[64], *to = said;
        bool missing_seen = false;
        for (const char *from = noted.said; *from; from++) /* but for the missing file itself */
            if (*from == 'o' && from > noted.said && from[-1] == 'w' && !missing_seen)
                missing_seen = true;
            else
                *to++ = *from;
        *to = 0;
        weir_rt_drop(rt);
        assert_string_equal(said, cases[i].calls);
        rig_clear();
    }
}

static const struct {
    const weir_file_options *options;
    bool old;
    char fails;
    unsigned at;
    const char *calls;
    enum { LEFT, NAMED, DONE } end; /* as it was; complete, but failed; nothing was lost by it */
} failing[] = {
    {&plain, false, 'O', 1, "O", LEFT},
    {&plain, false, 'T', 1, "OTowscrSC", DONE},
    {&plain, false, 'w', 1, "OTlwcC", LEFT},
    {&plain, false, 's', 1, "OTlwscC", LEFT},
    {&plain, false, 'l', 1, "OTlcowscrSC", DONE},
    {&plain, false, 'l', 2, "OTlwslcC", LEFT},
    {&plain, false, 'c', 1, "OTlwslcC", NAMED},
    {&plain, false, 'S', 1, "OTlwslcSC", NAMED},
    {&quick, false, 'l', 2, "OTlwlcC", LEFT},
    {&plain, true, 'o', 1, "o", LEFT},
    {&plain, true, 'o', 2, "oOocC", LEFT},
    {&plain, true, 'm', 1, "oOomcwsoccrSC", DONE},
    {&plain, true, 'w', 1, "oOomcwucC", LEFT},
    {&plain, true, 's', 1, "oOomcwsucC", LEFT},
    {&plain, true, 'c', 1, "oOomcwsoccrSC", DONE},
    {&plain, true, 'c', 2, "oOomcwsoccrSC", DONE},
    {&plain, true, 'c', 3, "oOomcwsoccuC", LEFT},
    {&plain, true, 'o', 3, "oOomcwsooccrSC", DONE},
    {&plain, true, 'r', 1, "oOomcwsoccruC", LEFT},
    {&plain, true, 'S', 1, "oOomcwsoccrSC", NAMED},
    {&append, false, 'o', 1, "o", LEFT},
    {&append, false, 'd', 1, "owdc", NAMED},
    {&append, false, 'O', 1, "owdOc", DONE},
    {&append, false, 'S', 1, "owdOSCc", NAMED},
    {&append, false, 'c', 1, "owdOSCc", NAMED},
};

/* One call fails. What rests on it is not done, what was begun is taken away, and everything is
 * closed once. */
static void failures_stop_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        if (failing[i].old)
            rig_write(rig_path("x"), "old", 3);
        notes_begin(false);
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &noted.sys}, NULL);
        noted.n = 0;
        noted.fails = failing[i].fails;
        noted.at = failing[i].at;
        noted.error = EIO;
        weir_stream *copy = weir_copy(weir_memory_reader("abc", 3),
                                      weir_file_writer(rig_path("x"), failing[i].options));
        weir_error error;
        bool done = failing[i].end == DONE, named = failing[i].end != LEFT;
        assert_int_equal(weir_rt_run(rt, copy, NULL, &error), done ? WEIR_READY : WEIR_ERROR);
        assert_true(done || error.number == EIO);
        noted.said[noted.n] = 0;
        assert_string_equal(noted.said, failing[i].calls);
        weir_rt_drop(rt);
        assert_int_equal(rig_entries(""), failing[i].old || named);
        assert_true(!named || rig_is(rig_path("x"), "abc", 3));
        assert_true(!failing[i].old || named || rig_is(rig_path("x"), "old", 3));
        rig_clear();
    }
}

/* Somebody took the name meanwhile: it is replaced all the same. */
static void names_taken_meanwhile(void **state)
{
    (void)state;
    notes_begin(false);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &noted.sys}, NULL);
    noted.n = 0;
    noted.fails = 'l';
    noted.at = 2;
    noted.error = EEXIST;
    weir_stream *copy =
        weir_copy(weir_memory_reader("abc", 3), weir_file_writer(rig_path("x"), &plain));
    assert_int_equal(weir_rt_run(rt, copy, NULL, NULL), WEIR_READY);
    noted.said[noted.n] = 0;
    assert_string_equal(noted.said, "OTlwsllcrSC");
    weir_rt_drop(rt);
    rig_clear();
}

int io_calls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(atomic_new),
        cmocka_unit_test(atomic_over_old),
        cmocka_unit_test(atomic_not_durable),
        cmocka_unit_test(appending),
        cmocka_unit_test(in_place),
        cmocka_unit_test(given_up),
        cmocka_unit_test(failures_stop_the_rest),
        cmocka_unit_test(names_taken_meanwhile),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
