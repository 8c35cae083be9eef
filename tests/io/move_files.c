/* Copies that the kernel makes, between files of every kind: those that are added to, grow, shrink,
 * have holes or no size; and what reaches the disk meanwhile. */

#include "kernel.h"

/* ---- what a target is ---- */

static void added_to_the_end(void **state)
{
    static const weir_file_options append = {.size = sizeof append, .append = true};
    (void)state;
    rig_write(rig_path("a"), "new", 3);
    rig_write(rig_path("b"), "old ", 4);
    uint64_t n = 0;
    kernel_begin();
    assert_int_equal(copy_file(weir_file_writer(rig_path("b"), &append), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_true(rig_is(rig_path("b"), "old new", 7));
    int fd = open(rig_path("b"), O_WRONLY | O_APPEND);
    kernel_begin();
    assert_int_equal(copy_file(weir_fd_writer(fd, "b"), &n, NULL), WEIR_READY);
    assert_true(rig_is(rig_path("b"), "old newnew", 10));
    close(fd);
}

/* A device, a socket, a terminal: written to, if not moved. */
static void other_targets(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 3000);
    uint64_t n = 0;
    kernel_begin();
    assert_int_equal(copy_file(weir_file_writer("/dev/null", NULL), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3000);
    for (int kind = 0; kind < ENDS_KINDS; kind++) {
        int ends[2];
        unsigned char got[3001], *wanted = rig_bytes(3000);
        ends_make((enum ends_kind)kind, ends);
        assert_int_equal(copy_file(weir_fd_writer(ends[1], "end"), &n, NULL), WEIR_READY);
        assert_int_equal(n, 3000);
        for (size_t at = 0; at < 3000;) { /* a terminal gives it in parts */
            ssize_t part = read(ends[0], got + at, sizeof got - at);
            assert_true(part > 0);
            at += (size_t)part;
        }
        assert_memory_equal(got, wanted, 3000);
        free(wanted);
        ends_close(ends);
    }
    assert_int_equal(copy_file(weir_null_writer(), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3000);
}

static void one_file_is_both(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 300000);
    uint64_t n = 0;
    kernel_begin();
    assert_int_equal(copy_file(weir_file_writer(rig_path("a"), NULL), &n, NULL), WEIR_READY);
    unsigned char *wanted = rig_bytes(300000);
    assert_true(rig_is(rig_path("a"), wanted, 300000));
    free(wanted);
}

/* The descriptor cannot be written to: said by the write, with its place. */
static void wrong_descriptors(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 1000);
    weir_error error = {0};
    kernel_begin();
    int fd = open(rig_path("a"), O_RDONLY);
    assert_int_equal(copy_file(weir_fd_writer(fd, "out"), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot write: bad file descriptor");
    assert_string_equal(error.place, "out");
    assert_int_equal(error.byte, 0);
    close(fd);
    fd = open(rig_path("c"), O_WRONLY | O_CREAT, 0600);
    weir_rt *rt = kernel_rt();
    weir_stream *copy = weir_copy(weir_fd_reader(fd, "in"), weir_file_writer(rig_path("b"), NULL));
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot read: bad file descriptor");
    assert_string_equal(error.place, "in");
    weir_rt_drop(rt);
    close(fd);
}

/* ---- several sources ---- */

static const size_t several[][5] = {{70000, 3, 1 << 20, 5, 4096},
                                    {0, 0, 7, 0, 0},
                                    {0, 0, 0, 0, 0},
                                    {1 << 20, 0, 0, 0, (1 << 20) + 1}};
enum { SEVERAL = sizeof several / sizeof *several, FILES = 5, SHAPES = 3 };

/* The ith file; the third, if `fd` is not -1, through a descriptor. */
static weir_reader *file_of(size_t i, int fd)
{
    char name[2] = {(char)('p' + i)};
    return i == 2 && fd >= 0 ? weir_fd_reader(fd, "in") : weir_file_reader(rig_path(name));
}

/* Those of [first, end), nested to the left, to the right, or in halves. */
static weir_reader *join(size_t first, size_t end, int shape, int fd)
{
    size_t n = end - first;
    if (n == 1)
        return file_of(first, fd);
    size_t middle = first + (shape == 0 ? n - 1 : shape == 1 ? 1 : n / 2);
    weir_reader *before = join(first, middle, shape, fd);
    return weir_chain_reader(before, join(middle, end, shape, fd));
}

static size_t make_several(const size_t *sizes, unsigned char *wanted)
{
    size_t sum = 0;
    for (size_t i = 0; i < FILES; i++) {
        char name[2] = {(char)('p' + i)};
        unsigned char *bytes = rig_bytes(sizes[i]);
        rig_write(rig_path(name), bytes, sizes[i]);
        memcpy(wanted + sum, bytes, sizes[i]);
        free(bytes);
        sum += sizes[i];
    }
    return sum;
}

static void copy_several(int shape, bool by_fd, const unsigned char *wanted, size_t size)
{
    uint64_t n = 0;
    int fd = by_fd ? open(rig_path("r"), O_RDONLY) : -1;
    weir_rt *rt = kernel_rt();
    weir_stream *copy = weir_copy(join(0, FILES, shape, fd), weir_file_writer(rig_path("b"), NULL));
    assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(n, size);
    assert_true(rig_is(rig_path("b"), wanted, size));
    if (by_fd)
        close(fd);
}

/* Files, and a descriptor, in every arrangement, all moved; and with a call that is refused once or
 * for ever. */
static void several_sources(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    unsigned char *wanted = malloc(4 << 20);
    for (size_t s = 0; s < SEVERAL; s++) {
        size_t size = make_several(several[s], wanted);
        for (unsigned at = 0; at <= 6; at++)
            for (int how = 0; how < 2 * SHAPES; how++) {
                kernel_begin();
                kernel.error = at % 2 ? EXDEV : EINTR;
                kernel.fail_from = at ? at : UINT32_MAX;
                kernel.fail_to = at == 5 ? UINT32_MAX : kernel.fail_from + 1;
                copy_several(how / 2, how % 2, wanted, size);
                assert_true(at % 2 || !kernel.file_blocks);
            }
    }
    free(wanted);
    assert_int_equal(rig_open_fds(), fds);
}

/* The third is not there: said with its name, after what came before it. */
static void one_of_several_is_missing(void **state)
{
    (void)state;
    unsigned char *wanted = malloc(4 << 20);
    make_several(several[0], wanted);
    free(wanted);
    unlink(rig_path("r"));
    for (int shape = 0; shape < SHAPES; shape++) {
        weir_error error = {0};
        kernel_begin();
        weir_rt *rt = kernel_rt();
        weir_stream *copy =
            weir_copy(join(0, FILES, shape, -1), weir_file_writer(rig_path("b"), NULL));
        assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
        weir_rt_drop(rt);
        assert_string_equal(error.message, "cannot open: no such file or directory");
        assert_string_equal(error.place, rig_path("r"));
        assert_int_equal(kernel.file_blocks, 0);
    }
}

/* ---- what a source does meanwhile ---- */

static void append_some(void)
{
    if (kernel.moves > 3)
        return;
    FILE *file = fopen(rig_path("a"), "ab");
    fwrite("more", 1, 4, file);
    fclose(file);
}

static void cut_short(void)
{
    assert_int_equal(truncate(rig_path("a"), 150000), 0);
}

/* All that is there when a read finds the end. */
static void sources_that_change(void **state)
{
    (void)state;
    uint64_t n = 0;
    rig_make(rig_path("a"), 300000);
    kernel_begin();
    kernel.at_most = 100000;
    kernel.before = append_some;
    assert_int_equal(copy_file(weir_file_writer(rig_path("b"), NULL), &n, NULL), WEIR_READY);
    assert_int_equal(n, 300012);
    rig_make(rig_path("a"), 300000);
    kernel.before = cut_short;
    assert_int_equal(copy_file(weir_file_writer(rig_path("b"), NULL), &n, NULL), WEIR_READY);
    assert_int_equal(n, 150000);
    unsigned char *wanted = rig_bytes(150000);
    assert_true(rig_is(rig_path("b"), wanted, 150000));
    free(wanted);
}

/* A size of 0 says nothing there. */
static void files_without_a_size(void **state)
{
    (void)state;
    kernel_begin();
    weir_rt *rt = kernel_rt();
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt,
                                 weir_copy(weir_file_reader("/proc/self/status"),
                                           weir_file_writer(rig_path("b"), NULL)),
                                 &n, NULL),
                     WEIR_READY);
    unsigned char *got = NULL;
    assert_int_equal(rig_read(rig_path("b"), &got), n);
    assert_true(n > 100 && memcmp(got, "Name:", 5) == 0);
    free(got);
    weir_rt_drop(rt);
}

static void holes(void **state)
{
    (void)state;
    enum { FAR = 5 << 20 };
    int fd = open(rig_path("a"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(pwrite(fd, "far", 3, FAR), 3);
    assert_int_equal(ftruncate(fd, 2 * FAR), 0);
    close(fd);
    uint64_t n = 0;
    kernel_begin();
    assert_int_equal(copy_file(weir_file_writer(rig_path("b"), NULL), &n, NULL), WEIR_READY);
    assert_int_equal(n, 2 * FAR);
    unsigned char *bytes = calloc(1, 2 * FAR);
    memcpy(bytes + FAR, "far", 3);
    assert_true(rig_is(rig_path("b"), bytes, 2 * FAR));
    free(bytes);
}

/* Bytes beyond what 32 bits count. */
static void far_offsets(void **state)
{
    (void)state;
    const off_t far = (off_t)5 << 30;
    int in = open(rig_path("a"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (pwrite(in, "far", 3, far) != 3)
        skip();
    assert_int_equal(lseek(in, far, SEEK_SET), far);
    uint64_t n = 0;
    kernel_begin();
    weir_rt *rt = kernel_rt();
    weir_stream *copy = weir_copy(weir_fd_reader(in, "in"), weir_file_writer(rig_path("b"), NULL));
    assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(n, 3);
    assert_true(rig_is(rig_path("b"), "far", 3));
    assert_int_equal(lseek(in, 0, SEEK_CUR), far + 3);
    close(in);
    unlink(rig_path("a"));
}

/* ---- what was read before ---- */

/* A look at the beginning: its block is in hand, and a second one may be on its way. */
static weir_poll look(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = weir_poll_fill(arg, cx, 1);
    (void)demand;
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got;
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void bytes_in_hand_go_first(void **state)
{
    (void)state;
    size_t size = 3 * (size_t)WEIR_BLOCK_BYTES + 5;
    rig_make(rig_path("a"), size);
    unsigned char *wanted = rig_bytes(size);
    for (int fd_in = 0; fd_in < 2; fd_in++) {
        int fd = fd_in ? open(rig_path("a"), O_RDONLY) : -1;
        weir_reader *reader = fd_in ? weir_fd_reader(fd, "in") : weir_file_reader(rig_path("a"));
        uint64_t n = 0;
        kernel_begin();
        weir_rt *rt = kernel_rt();
        weir_stream *looking = weir_future_fn(&weir_type_i64, look, reader);
        assert_int_equal(weir_rt_run(rt, looking, NULL, NULL), WEIR_READY);
        weir_stream *copy = weir_copy(reader, weir_file_writer(rig_path("b"), NULL));
        assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, size);
        assert_true(rig_is(rig_path("b"), wanted, size));
        assert_true(kernel.file_blocks);
        assert_true(!fd_in || kernel.moves);
        weir_rt_drop(rt);
        if (fd_in)
            close(fd);
    }
    free(wanted);
}

/* ---- writing back ---- */

static void written_back(void **state)
{
    static const struct {
        size_t size;
        bool not_durable, append, in_hand;
        unsigned failing, wanted;
    } rows[] = {
        {(8 << 20) - 1, false, false, false, 0, 0},
        {8 << 20, false, false, false, 0, 1},
        {17 << 20, false, false, false, 0, 2},
        {17 << 20, false, true, false, 0, 2},
        {17 << 20, true, false, false, 0, 0},
        {17 << 20, false, false, false, 1, 1}, /* not asked again */
        {17 << 20, false, false, true, 0, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_file_options options = {
            .size = sizeof options, .not_durable = rows[i].not_durable, .append = rows[i].append};
        int fd = open(rig_path("a"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(ftruncate(fd, (off_t)rows[i].size), 0);
        close(fd);
        unlink(rig_path("b"));
        kernel_begin();
        kernel.failing_write_backs = rows[i].failing;
        kernel.error = EXDEV;
        kernel.fail_from = rows[i].in_hand ? 1 : UINT32_MAX;
        kernel.fail_to = UINT32_MAX;
        uint64_t n = 0;
        assert_int_equal(copy_file(weir_file_writer(rig_path("b"), &options), &n, NULL),
                         WEIR_READY);
        assert_int_equal(n, rows[i].size);
        assert_int_equal(kernel.write_backs, rows[i].wanted);
    }
}

int io_move_files(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_to_the_end),
        cmocka_unit_test(other_targets),
        cmocka_unit_test(one_file_is_both),
        cmocka_unit_test(wrong_descriptors),
        cmocka_unit_test(several_sources),
        cmocka_unit_test(one_of_several_is_missing),
        cmocka_unit_test(sources_that_change),
        cmocka_unit_test(files_without_a_size),
        cmocka_unit_test(holes),
        cmocka_unit_test(far_offsets),
        cmocka_unit_test(bytes_in_hand_go_first),
        cmocka_unit_test(written_back),
    };
    return ON_EACH_DRIVER(tests);
}
