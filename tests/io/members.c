/* Compressed files that messages are appended to: at each sync all that stands there is whole
 * members, so what is acknowledged can be read whatever becomes of the program; what a killed one
 * left behind the last of them is cut off before more is added. */

#include "../driver/rig.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "marked.h"
#include "weir/codec_writer.h"
#include "weir/compress.h"
#include "weir/stream.h"

static const struct pair {
    const weir_codec *pack, *unpack;
} pairs[] = {
    {&weir_codec_gzip, &weir_codec_gunzip},
#ifdef WEIR_HAVE_ZSTD
    {&weir_codec_zstd, &weir_codec_unzstd},
#endif
#ifdef WEIR_HAVE_LZ4
    {&weir_codec_lz4, &weir_codec_unlz4},
#endif
#ifdef WEIR_HAVE_LZMA
    {&weir_codec_xz, &weir_codec_unxz},
#endif
#ifdef WEIR_HAVE_BZIP2
    {&weir_codec_bzip2, &weir_codec_unbzip2},
#endif
};
enum { PAIRS_N = sizeof pairs / sizeof *pairs };

/* All that comes out of the bytes, with a NUL behind; for free(). */
static char *unpacked(const struct pair *pair, const void *bytes, size_t n, weir_error *error)
{
    weir_vec out = {0};
    weir_reader *reader = weir_codec_reader(weir_memory_reader(bytes, n), pair->unpack, NULL);
    error->code = WEIR_OK;
    if (weir_run(weir_copy(reader, weir_memory_writer(&out, 1 << 24)), NULL, error) != WEIR_READY)
        return NULL;
    char *text = calloc(out.n + 1, 1);
    if (out.n)
        memcpy(text, out.items, out.n);
    weir_vec_drop(&out);
    return text;
}

static char *unpacked_file(const struct pair *pair, weir_error *error)
{
    unsigned char *bytes = NULL;
    long n = rig_read(rig_path("log"), &bytes);
    char *text = n > 0 ? unpacked(pair, bytes, (size_t)n, error) : calloc(1, 1);
    free(bytes);
    return text;
}

static weir_writer *log_writer(const struct pair *pair)
{
    weir_file_options options = WEIR_FILE_OPTIONS(.append = true, .cut_members = pair->unpack);
    return weir_codec_writer(weir_file_writer(rig_path("log"), &options), pair->pack, NULL);
}

/* ---- what is synced is whole ---- */

static struct marked source;

static struct {
    weir_sys sys;
    const struct pair *pair;
    unsigned syncs, torn;
} disk;

static int disk_sync(const weir_sys *sys, int fd)
{
    weir_error error;
    (void)sys;
    char *text = unpacked_file(disk.pair, &error);
    disk.syncs++;
    disk.torn += !text;
    for (char *at = text; text && *at; at++) {
        marked_note(&source, strtoll(at, &at, 10));
        assert_int_equal(*at, '\n');
    }
    free(text);
    return weir_sys_posix.sync_data(&weir_sys_posix, fd);
}

static weir_line line_of(int64_t item, void *arg)
{
    static char texts[MARKED_ITEMS_MAX + 1][8];
    (void)arg;
    int n = snprintf(texts[item], sizeof texts[item], "%d\n", (int)item);
    return (weir_line){texts[item], (size_t)n};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line)

static void what_is_synced_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS_N; i++)
        for (uint64_t seed = 1; seed < 9; seed++) {
            weir_error error;
            uint64_t n;
            disk.pair = &pairs[i];
            disk.syncs = disk.torn = 0;
            weir_sys_wrap(&disk.sys, NULL);
            disk.sys.sync_data = disk_sync;
            weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &disk.sys}, NULL);
            weir_stream *s = marked_stream(&source, seed, 1, 100);
            source.fails = false;
            s = weir_forward(weir_map(s, &line_fn, NULL), log_writer(&pairs[i]));
            assert_int_equal(weir_rt_run(rt, s, &n, &error), WEIR_READY);
            weir_rt_drop(rt);
            assert_true(disk.syncs > 1);
            assert_int_equal(disk.torn, 0);
            assert_int_equal(source.early, 0);
            assert_int_equal(source.given, source.kept);
            unlink(rig_path("log"));
        }
}

/* ---- what a killed program left ---- */

static weir_state append(const struct pair *pair, const char *text, weir_error *error)
{
    return weir_run(weir_copy(weir_memory_reader(text, strlen(text)), log_writer(pair)), NULL,
                    error);
}

static long two_members(const struct pair *pair, unsigned char **both, size_t *first)
{
    weir_error error;
    unsigned char *one = NULL;
    assert_int_equal(append(pair, "one\ntwo\n", &error), WEIR_READY);
    *first = (size_t)rig_read(rig_path("log"), &one);
    free(one);
    assert_int_equal(append(pair, "three\nfour\n", &error), WEIR_READY);
    long n = rig_read(rig_path("log"), both);
    unlink(rig_path("log"));
    return n;
}

static void torn_members_are_cut(void **state)
{
    weir_error error;
    (void)state;
    for (size_t i = 0; i < PAIRS_N; i++) {
        unsigned char *both = NULL;
        size_t first;
        long n = two_members(&pairs[i], &both, &first);
        for (long left = 0; left <= n; left++) {
            rig_write(rig_path("log"), both, (size_t)left);
            if (append(&pairs[i], "new\n", &error) != WEIR_READY)
                fail_msg("%s, %ld of %ld: %s", pairs[i].pack->name, left, n, error.message);
            char *text = unpacked_file(&pairs[i], &error);
            assert_non_null(text);
            assert_string_equal(text, left == n               ? "one\ntwo\nthree\nfour\nnew\n"
                                      : (size_t)left >= first ? "one\ntwo\nnew\n"
                                                              : "new\n");
            free(text);
        }
        free(both);
        unlink(rig_path("log"));
    }
}

static void what_is_damaged_is_left_alone(void **state)
{
    static const char text[] = "no such format, and long enough for the head of any\n";
    weir_error error;
    (void)state;
    for (size_t i = 0; i < PAIRS_N; i++) {
        unsigned char *both = NULL;
        size_t first;
        long n = two_members(&pairs[i], &both, &first);
        both[first] ^= 0x40;
        rig_write(rig_path("log"), both, (size_t)n);
        assert_int_equal(append(&pairs[i], "new\n", &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CORRUPT);
        assert_int_equal(error.byte, first);
        assert_string_equal(error.place, rig_path("log"));
        assert_true(rig_is(rig_path("log"), both, (size_t)n));
        rig_write(rig_path("log"), text, sizeof text - 1);
        assert_int_equal(append(&pairs[i], "new\n", &error), WEIR_ERROR);
        assert_true(rig_is(rig_path("log"), text, sizeof text - 1));
        free(both);
        unlink(rig_path("log"));
    }
    weir_writer *writer =
        weir_file_writer(rig_path("log"), &WEIR_FILE_OPTIONS(.cut_members = &weir_codec_gunzip));
    assert_int_equal(weir_run(weir_copy(weir_memory_reader("a", 1), writer), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.cure, ".append = true");
}

static struct {
    weir_sys sys;
    unsigned left; /* this call fails */
    bool cut;      /* ... of truncate; else of pread */
} broken;

static bool breaks(bool cut)
{
    return broken.cut == cut && broken.left && !--broken.left;
}

static int64_t broken_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    (void)sys;
    return breaks(false) ? -EIO : weir_sys_posix.pread(&weir_sys_posix, fd, out, n, offset);
}

static int broken_truncate(const weir_sys *sys, int fd, uint64_t size)
{
    (void)sys;
    return breaks(true) ? -EIO : weir_sys_posix.truncate(&weir_sys_posix, fd, size);
}

static void a_disk_that_fails_adds_nothing(void **state)
{
    unsigned char *both = NULL;
    size_t first;
    long n = two_members(&pairs[0], &both, &first) - 1;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        weir_error error;
        rig_write(rig_path("log"), both, (size_t)n);
        weir_sys_wrap(&broken.sys, NULL);
        broken.sys.pread = broken_pread;
        broken.sys.truncate = broken_truncate;
        broken.cut = i == 2;
        broken.left = i == 1 ? 2 : 1;
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .sys = &broken.sys}, NULL);
        weir_stream *s = weir_copy(weir_memory_reader("new\n", 4), log_writer(&pairs[0]));
        assert_int_equal(weir_rt_run(rt, s, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, EIO);
        assert_non_null(strstr(error.message, "cut the torn member off"));
        weir_rt_drop(rt);
        assert_true(rig_is(rig_path("log"), both, (size_t)n));
    }
    free(both);
    unlink(rig_path("log"));
}

/* ---- killed at any moment ---- */

/* What the source knows as kept, in memory that outlives the program. */
struct known {
    _Atomic uint64_t kept;
};

struct numbers_mark {
    weir_mark mark;
    struct known *known;
};

struct numbers {
    weir_stream stream;
    struct known *known;
    uint64_t next, marked;
};

static void settle_number(weir_mark *mark, bool kept)
{
    struct numbers_mark *self = WEIR_CONTAINER(mark, struct numbers_mark, mark);
    if (kept)
        self->known->kept = mark->upto;
    free(self);
}

/* Without end: a mark behind each hundred. */
static weir_poll numbers_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct numbers *self = WEIR_CONTAINER(stream, struct numbers, stream);
    int64_t *items = out;
    uint32_t n = 0;
    if (self->next - self->marked >= 100) {
        struct numbers_mark *mark = malloc(sizeof *mark);
        *mark = (struct numbers_mark){
            {.settle = settle_number, .source = stream, .upto = self->next, .refs = 1},
            self->known};
        self->marked = self->next;
        return weir_mark_give(cx, &mark->mark);
    }
    for (; n < demand && n < 50; n++)
        items[n] = (int64_t)self->next++;
    return (weir_poll){n, WEIR_READY};
}

static const weir_stream_ops numbers_ops = {
    .size = sizeof numbers_ops, .name = "numbers", .poll_next = numbers_poll_next};

static weir_line number_line(int64_t item, void *arg)
{
    static char text[64][24];
    static unsigned at;
    (void)arg;
    char *line = text[at++ % 64];
    int n = snprintf(line, sizeof *text, "%lld\n", (long long)item);
    return (weir_line){line, (size_t)n};
}
WEIR_MAP_FN(number_fn, number_line, int64_t, weir_line)

static void work(const struct pair *pair, struct known *known)
{
    weir_error error;
    weir_stream *s = weir_source_new(sizeof(struct numbers), &numbers_ops, &weir_type_i64);
    s->stage.marked = true;
    struct numbers *self = WEIR_CONTAINER(s, struct numbers, stream);
    self->known = known;
    self->next = self->marked = known->kept;
    s = weir_forward(weir_map(s, &number_fn, NULL), log_writer(pair));
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll"}, &error);
    weir_rt_run(rt, s, NULL, &error);
    _exit(1);
}

/* Whole members hold all that is kept, in order; what was not kept comes twice. */
static void expect_kept(const struct pair *pair, uint64_t kept)
{
    weir_error error;
    assert_int_equal(append(pair, "0\n", &error), WEIR_READY); /* cuts what is torn */
    char *text = unpacked_file(pair, &error);
    uint64_t next = 0;
    assert_non_null(text);
    for (char *at = text; *at; at++) {
        uint64_t number = strtoull(at, &at, 10);
        assert_int_equal(*at, '\n');
        assert_true(number <= next);
        next += number == next;
    }
    free(text);
    assert_true(next >= kept);
}

static void killed_at_any_moment(void **state)
{
    struct known *known =
        mmap(NULL, sizeof *known, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)state;
    for (size_t i = 0; i < PAIRS_N; i++) {
        known->kept = 0;
        for (unsigned kills = 0; kills < 6; kills++) {
            uint64_t before = known->kept;
            pid_t pid = fork();
            if (!pid)
                work(&pairs[i], known);
            for (int ms = 0; ms < 10000 && known->kept == before; ms++)
                usleep(1000);
            usleep(700 * kills);
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
            assert_true(known->kept > before);
            expect_kept(&pairs[i], known->kept);
        }
        unlink(rig_path("log"));
    }
    munmap(known, sizeof *known);
}

int io_members(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_synced_is_whole),
        cmocka_unit_test(torn_members_are_cut),
        cmocka_unit_test(what_is_damaged_is_left_alone),
        cmocka_unit_test(a_disk_that_fails_adds_nothing),
        cmocka_unit_test(killed_at_any_moment),
    };
    return cmocka_run_group_tests_name("members", tests, rig_setup, rig_teardown);
}
