/* sort: more than fits in memory, through runs in temporary files; each call fails and falls short,
 * and whatever happens no file is left. */

#include "../driver/rig.h"

#include "doubles.h"

enum { MEMORY = 1 << 20, LINE = 40 };

static const char *driver;

static struct {
    weir_sys sys;
    unsigned calls, fail_at, opened;
    int error;
    bool nameless; /* the file system has no nameless files */
    bool shorts;   /* writes and reads move less than they are asked for */
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    if (fails())
        return -turn.error;
    if (turn.nameless && (flags & O_TMPFILE) == O_TMPFILE)
        return -EOPNOTSUPP;
    turn.opened++;
    return sys->base->open(sys->base, dir, path, flags, mode);
}

static int64_t turn_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    if (fails())
        return -turn.error;
    return sys->base->write(sys->base, fd, bytes, turn.shorts && n > 99991 ? 99991 : n);
}

static int64_t turn_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    if (fails())
        return -turn.error;
    return sys->base->pread(sys->base, fd, out, turn.shorts && n > 77773 ? 77773 : n, offset);
}

static weir_rt *turn_rt(unsigned fail_at, int error)
{
    turn.calls = turn.opened = 0;
    turn.fail_at = fail_at;
    turn.error = error;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.open = turn_open;
    turn.sys.write = turn_write;
    turn.sys.pread = turn_pread;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

/* "0000012345 000000017": what counts, and where it stood; few differ, so that many are equal. */
static char *make_lines(size_t n)
{
    char *text = malloc(n * LINE + 1), *at = text;
    uint64_t drawn = 7;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        drawn = drawn * UINT64_C(6364136223846793005) + 1442695040888963407u;
        at += snprintf(at, LINE + 1, "%025u %013zu\n", (unsigned)(drawn >> 33) % 5000, i);
    }
    return text;
}

static weir_stream *lines_of(const char *text, size_t n)
{
    return weir_lines(weir_memory_reader(text, n * LINE), 100);
}

static weir_sort_options options_of(const weir_sort_key *key)
{
    return WEIR_SORT_OPTIONS(.keys = key, .keys_n = key != NULL, .memory_bytes = MEMORY,
                             .directory = rig_dir);
}

/* All of them, in order, equal keys as they came. Whole lines differ: then the number counts. */
static weir_state run_sort(weir_rt *rt, const char *text, size_t n, const weir_sort_key *key,
                           weir_error *error)
{
    weir_sort_options options = options_of(key);
    weir_stream *stream = weir_sort(lines_of(text, n), &options);
    weir_state got;
    weir_line line;
    size_t count = 0, compared = key ? 25 : LINE - 1;
    char last[LINE] = "";
    while ((got = weir_rt_next(rt, stream, &line, error)) == WEIR_READY) {
        assert_int_equal(line.size, LINE - 1);
        int order = count ? memcmp(last, line.data, compared) : 0;
        assert_true(key && key->descending ? order >= 0 : order <= 0);
        if (count && !order)
            assert_true(memcmp(last, line.data, LINE - 1) < 0);
        memcpy(last, line.data, LINE - 1);
        count++;
    }
    weir_drop(stream);
    if (got == WEIR_END)
        assert_int_equal(count, n);
    return got;
}

static const weir_sort_key by_number = {.numeric = true},
                           downwards = {.numeric = true, .descending = true};

/* In memory, one run more, as many as are merged at once, and more. */
static void sizes(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 1000, 11000, 13000, 40000, 180000, 400000};
    unsigned fds = rig_open_fds();
    char *text = make_lines(400000);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const weir_sort_key *keys[] = {NULL, &by_number, &downwards};
        for (size_t k = 0; k < 3; k++) {
            weir_error error;
            weir_rt *rt = turn_rt(0, 0);
            turn.nameless = k == 1;
            turn.shorts = k == 2;
            assert_int_equal(run_sort(rt, text, counts[i], keys[k], &error), WEIR_END);
            assert_int_equal(rig_entries("weir"), 0);
            weir_rt_drop(rt);
        }
    }
    assert_true(turn.opened > 16); /* the last one was merged twice */
    turn.nameless = turn.shorts = false;
    free(text);
    assert_int_equal(rig_open_fds(), fds);
}

/* Many at once: what one poll lent stands still as long as it gives more. */
static void in_batches(void **state)
{
    (void)state;
    size_t n = 230000;
    char *text = make_lines(n);
    weir_vec bytes = {0};
    weir_error error;
    weir_rt *rt = turn_rt(0, 0);
    weir_sort_options options = options_of(NULL);
    weir_reader *sorted = weir_to_lines(weir_sort(lines_of(text, n), &options));
    assert_int_equal(
        weir_rt_run(rt, weir_copy(sorted, weir_memory_writer(&bytes, 1 << 26)), NULL, &error),
        WEIR_READY);
    assert_int_equal(bytes.n, n * LINE);
    const char *at = bytes.items;
    for (size_t i = 1; i < n; i++)
        assert_true(memcmp(at + (i - 1) * LINE, at + i * LINE, LINE) < 0);
    weir_vec_drop(&bytes);
    weir_rt_drop(rt);
    free(text);
}

/* More runs than may be open: some are merged while lines still come. */
static void many_runs(void **state)
{
    (void)state;
    size_t n = 900000;
    char *text = make_lines(n);
    weir_error error;
    weir_rt *rt = turn_rt(0, 0);
    assert_int_equal(run_sort(rt, text, n, NULL, &error), WEIR_END);
    assert_true(turn.opened > 64);
    weir_rt_drop(rt);
    free(text);
}

/* The nth call of all fails: an error with its number and the directory, and no file is left. */
static void each_call_fails(void **state)
{
    (void)state;
    size_t n = 230000;
    char *text = make_lines(n);
    unsigned fds = rig_open_fds(), failed = 0;
    weir_error error;
    weir_rt *rt = turn_rt(0, 0);
    assert_int_equal(run_sort(rt, text, n, NULL, &error), WEIR_END);
    weir_rt_drop(rt);
    unsigned calls = turn.calls;
    for (unsigned k = 1; k <= calls; k += 1 + k / 3) {
        rt = turn_rt(k, ENOSPC);
        weir_state got = rt ? run_sort(rt, text, n, NULL, &error) : WEIR_ERROR;
        if (rt && got == WEIR_ERROR) {
            failed++;
            assert_int_equal(error.code, WEIR_E_SYSTEM);
            assert_int_equal(error.number, ENOSPC);
            assert_string_equal(error.place, rig_dir);
            assert_non_null(strstr(error.cure, "TMPDIR"));
            assert_true(error.fatal);
        }
        weir_rt_drop(rt);
        assert_int_equal(rig_open_fds(), fds);
        assert_int_equal(rig_entries("weir"), 0);
    }
    assert_true(failed > 10);
    free(text);
}

static void interrupted(void **state)
{
    (void)state;
    char *text = make_lines(40000);
    weir_error error;
    for (unsigned k = 1; k <= 20; k++) {
        weir_rt *rt = turn_rt(k, EINTR);
        if (rt)
            assert_int_equal(run_sort(rt, text, 40000, NULL, &error), WEIR_END);
        weir_rt_drop(rt);
    }
    free(text);
}

/* Dropped while it gives, and while it waits for more with runs on the disk. */
static void dropped(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    char *text = make_lines(230000);
    weir_sort_options options = options_of(NULL);
    weir_error error;
    weir_line line;
    for (int k = 0; k < 2; k++) {
        weir_rt *rt = turn_rt(0, 0);
        weir_stream *stream = weir_sort(lines_of(text, k ? 230000 : 1000), &options);
        assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_READY);
        assert_memory_equal(line.data, "0000000000000000000000000 ", 23);
        weir_drop(stream);
        weir_stream *waits =
            weir_sort(weir_chain(lines_of(text, 60000), weir_pending(&weir_type_line)), &options);
        stream = weir_timeout(waits, 1000000);
        assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        weir_drop(stream);
        weir_rt_drop(rt);
    }
    free(text);
    assert_int_equal(rig_open_fds(), fds);
    assert_int_equal(rig_entries("weir"), 0);
}

static void refusals(void **state)
{
    (void)state;
    char *text = make_lines(40000), *longest = malloc(200000);
    weir_error error;
    weir_line line;
    weir_rt *rt = turn_rt(0, 0);
    weir_sort_options options = options_of(NULL);
    options.directory = "/nowhere/at/all";
    weir_stream *stream = weir_sort(lines_of(text, 40000), &options);
    assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_ERROR);
    assert_int_equal(error.number, ENOENT);
    assert_string_equal(error.place, "/nowhere/at/all");
    weir_drop(stream);
    memset(longest, 'x', 200000);
    options.directory = rig_dir;
    stream = weir_sort(weir_lines(weir_memory_reader(longest, 200000), 1 << 20), &options);
    assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.record, 1);
    weir_drop(stream);
    stream = weir_sort(
        weir_chain(lines_of(text, 30000), weir_lines(weir_memory_reader(longest, 200000), 1 << 20)),
        &options);
    assert_int_equal(weir_rt_next(rt, stream, &line, &error), WEIR_ERROR);
    assert_int_equal(error.record, 30001); /* behind a run that was written */
    weir_drop(stream);
    weir_rt_drop(rt);
    free(text);
    free(longest);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    char *text = make_lines(30000);
    unsigned fds = rig_open_fds(), well = 0;
    for (unsigned k = 1; k <= 40; k++) {
        weir_error error;
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        if (rt)
            well += run_sort(rt, text, 30000, NULL, &error) == WEIR_END;
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
    assert_true(well > 0);
    assert_int_equal(rig_open_fds(), fds);
    free(text);
}

/* ---- records ---- */

struct home {
    int64_t floor;
};
struct pet {
    weir_text name;
    int64_t age;
    double weight;
    bool tame, has_age;
    struct home home;
};
WEIR_RECORD(home_record, struct home, WEIR_MEMBER(struct home, floor, 1))
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2, .optional = true, .has = WEIR_HAS(struct pet, has_age)),
            WEIR_MEMBER(struct pet, weight, 3), WEIR_MEMBER(struct pet, tame, 4),
            WEIR_NESTED(struct pet, home, 5, &home_record))

static struct pet pet_of(int64_t i, void *arg)
{
    static char names[64][24];
    (void)arg;
    char *name = names[i % 64];
    int n = snprintf(name, sizeof names[0], "pet%lld", (long long)(i * 7919 % 1000));
    return (struct pet){{name, (size_t)n}, i * 104729 % 100, (double)i / 8, i % 2,
                        i % 10 != 3,       {i % 3}};
}
WEIR_MAP_FN(pet_of_fn, pet_of, int64_t, struct pet, .to = &pet_record.type)

/* By the floor downwards, then by age, of which a tenth is not known, then as they came. */
static void records(void **state)
{
    (void)state;
    static const weir_sort_key keys[] = {{.field = "home.floor", .descending = true},
                                         {.field = "age"}};
    static const int64_t counts[] = {10, 500, 60000};
    for (size_t i = 0; i < 3; i++) {
        weir_rt *rt = turn_rt(0, 0);
        weir_sort_options options = options_of(keys);
        weir_error error;
        struct pet pet, last = {.home = {9}};
        weir_stream *stream =
            weir_records(weir_sort(weir_map(weir_range(0, counts[i]), &pet_of_fn, NULL),
                                   &(weir_sort_options){.size = sizeof options,
                                                        .keys = keys,
                                                        .keys_n = 2,
                                                        .memory_bytes = MEMORY,
                                                        .directory = rig_dir}),
                         &pet_record);
        int64_t n = 0;
        for (; weir_rt_next(rt, stream, &pet, &error) == WEIR_READY; n++) {
            assert_true(pet.home.floor <= last.home.floor);
            bool same = n && pet.home.floor == last.home.floor;
            assert_true(!same || pet.has_age >= last.has_age);
            same = same && pet.has_age == last.has_age;
            assert_true(!same || !pet.has_age || pet.age >= last.age);
            if (same && (!pet.has_age || pet.age == last.age))
                assert_true(pet.weight > last.weight);
            struct pet wanted = pet_of((int64_t)(pet.weight * 8), NULL);
            assert_int_equal(pet.tame, wanted.tame);
            assert_int_equal(pet.name.size, wanted.name.size);
            assert_memory_equal(pet.name.data, wanted.name.data, pet.name.size);
            last = pet;
        }
        assert_int_equal(n, counts[i]);
        weir_drop(stream);
        weir_rt_drop(rt);
    }
}

/* Pets whose count promises what a walk does not give. */
static size_t count_many(const weir_type *type, const void *item)
{
    (void)type, (void)item;
    return 9;
}

static bool next_pet(const weir_type *type, const void *item, weir_record_iter *iter,
                     weir_text *name, weir_value *value)
{
    (void)type;
    return weir_record_next((weir_record_view){&pet_record.type, item}, iter, name, value);
}

static const weir_record_ops many_ops = {
    .size = sizeof many_ops, .count = count_many, .next = next_pet};
static const weir_type many_type =
    WEIR_TYPE_(struct pet, .lent = true, .owned = &weir_type_owned_fields, .own = weir_fields_own,
               .record = &many_ops);
WEIR_MAP_FN(many_of_fn, pet_of, int64_t, struct pet, .to = &many_type)

static void too_few(void **state)
{
    (void)state;
    static const weir_sort_key key = {.field = "weight", .descending = true};
    weir_rt *rt = turn_rt(0, 0);
    weir_sort_options options = options_of(&key);
    weir_error error;
    struct pet pet;
    weir_stream *stream = weir_records(
        weir_sort(weir_map(weir_range(0, 20), &many_of_fn, NULL), &options), &pet_record);
    for (int64_t left = 20; left--;) {
        assert_int_equal(weir_rt_next(rt, stream, &pet, &error), WEIR_READY);
        assert_true(pet.weight * 8 == (double)left);
        assert_int_equal(pet.home.floor, left % 3);
    }
    assert_int_equal(weir_rt_next(rt, stream, &pet, &error), WEIR_END);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* ---- options, and what it tells ---- */

static weir_stream *pets(void)
{
    return weir_map(weir_range(0, 20), &pet_of_fn, NULL);
}

static void options_that_do_not_fit(void **state)
{
    (void)state;
    static const weir_sort_key numeric[WEIR_SORT_KEYS_MAX + 1] = {{.numeric = true}},
                                                            fields[WEIR_SORT_KEYS_MAX + 1] = {
                                                                {.field = "age"}};
    static const struct {
        const weir_sort_key *keys;
        size_t n, memory_bytes;
        bool records;
        const char *message, *cure;
    } rows[] = {
        {numeric, 2, 0, false, "sort: a line has one key", "one key"},
        {fields, 1, 0, false, "sort: lines have no fields", "records have some"},
        {NULL, 0, 0, true, "sort: records need a field", "a key for each field that counts"},
        {numeric, 1, 0, true, "sort: a key of records is a field", "name one"},
        {fields, 2, 0, true, "sort: a key of records is a field", "name one"},
        {fields, WEIR_SORT_KEYS_MAX + 1, 0, true, "sort: there are too many keys", "16 at most"},
        {NULL, 0, WEIR_SORT_MEMORY_MIN - 1, false, "sort: that is too little memory",
         "1 MiB or more"},
    };
    weir_rt *rt = turn_rt(0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error;
        unsigned char room[256];
        weir_sort_options options =
            WEIR_SORT_OPTIONS(.keys = rows[i].keys, .keys_n = rows[i].n,
                              .memory_bytes = rows[i].memory_bytes, .directory = rig_dir);
        weir_stream *source =
            rows[i].records ? pets() : weir_lines(weir_memory_reader("b\na\n", 4), 10);
        weir_stream *stream = weir_sort(source, &options);
        assert_int_equal(weir_rt_next(rt, stream, room, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_string_equal(error.message, rows[i].message);
        assert_string_equal(error.cure, rows[i].cure);
        weir_drop(stream);
    }
    weir_rt_drop(rt);
}

/* Its length is that of the source, until some is held; its memory is what it was allowed. */
static void it_tells_of_itself(void **state)
{
    (void)state;
    static const weir_sort_key age = {.field = "age"};
    weir_sort_options options = options_of(&age);
    weir_stream *stream = weir_sort(pets(), &options);
    assert_int_equal(weir_size_hint(stream).upper, 20);
    assert_in_range(weir_memory_max(stream), MEMORY, MEMORY + (64 << 20));
    weir_rt *rt = turn_rt(0, 0);
    weir_fields fields;
    assert_int_equal(weir_rt_next(rt, stream, &fields, NULL), WEIR_READY);
    assert_int_equal(weir_size_hint(stream).lower, 0);
    assert_int_equal(weir_size_hint(stream).upper, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* Lines that own their bytes are sorted as those that are lent; without keys by their bytes. */
static void owned_lines(void **state)
{
    (void)state;
    weir_rt *rt = turn_rt(0, 0);
    weir_stream *source = weir_own(weir_lines(weir_memory_reader("b\nc\na\n", 6), 10));
    weir_stream *stream = weir_sort(source, NULL);
    weir_line line;
    for (char c = 'a'; c <= 'c'; c++) {
        assert_int_equal(weir_rt_next(rt, stream, &line, NULL), WEIR_READY);
        assert_int_equal(line.size, 1);
        assert_int_equal(line.data[0], c);
    }
    assert_int_equal(weir_rt_next(rt, stream, &line, NULL), WEIR_END);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* Who polls by hand may sort what fits, and is told where it does not. */
static void without_a_runtime(void **state)
{
    (void)state;
    char *text = make_lines(40000);
    weir_sort_options options = options_of(NULL);
    struct test_cx test;
    weir_line line;
    weir_poll got = {0, WEIR_PENDING};
    test_cx_init(&test);
    weir_stream *stream = weir_sort(lines_of(text, 40000), &options);
    while (got.state == WEIR_PENDING) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, &line, 1);
    }
    assert_int_equal(got.state, WEIR_ERROR);
    assert_non_null(strstr(test.cx.error.message, "runtime"));
    weir_drop(stream);
    test_cx_fini(&test);
    free(text);
}

/* A file system that has no files without a name, and where each name is taken. */
static bool taken_names;

static int refuse_nameless(const weir_sys *sys, int dir, const char *name, int flags, unsigned mode)
{
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return -EISDIR;
    if (taken_names && flags & O_EXCL)
        return -EEXIST;
    return sys->base->open(sys->base, dir, name, flags, mode);
}

static void files_that_have_names(void **state)
{
    (void)state;
    char *text = make_lines(40000);
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    sys.open = refuse_nameless;
    for (int taken = 0; taken < 2; taken++) {
        weir_error error;
        taken_names = taken;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1, .sys = &sys), NULL);
        weir_state got = run_sort(rt, text, 40000, NULL, &error);
        assert_int_equal(got, taken ? WEIR_ERROR : WEIR_END);
        if (taken)
            assert_int_equal(error.number, EEXIST);
        weir_rt_drop(rt);
        assert_int_equal(rig_entries("weir"), 0);
    }
    free(text);
}

int io_sort(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(many_runs),
        cmocka_unit_test(in_batches),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(dropped),
        cmocka_unit_test(refusals),
        cmocka_unit_test(records),
        cmocka_unit_test(too_few),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(options_that_do_not_fit),
        cmocka_unit_test(it_tells_of_itself),
        cmocka_unit_test(owned_lines),
        cmocka_unit_test(without_a_runtime),
        cmocka_unit_test(files_that_have_names),
    };
    rig_find_drivers();
    driver = "sim";
    return cmocka_run_group_tests_name("sort", tests, rig_setup, rig_teardown);
}
