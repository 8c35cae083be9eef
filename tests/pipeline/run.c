/* What pipelines of texts give: bytes, items, files, and what they tell meanwhile. */

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"

static void makes(const char *text, const char *input, const char *wanted)
{
    char *got = made_of(text, input);
    assert_string_equal(got, wanted);
    free(got);
}

static void bytes_come_out(void **state)
{
    (void)state;
    makes("- ! lines ! grep a", "abc\nxyz\nbca\n", "abc\nbca\n");
    makes("-", "as it is", "as it is");
    makes("- ! gzip ! gunzip", "there and back", "there and back");
    makes("seq 3", "", "1\n2\n3\n");
    makes("seq 5 ! batch 2", "", "1\n2\n3\n4\n5\n");
    makes("- ! from csv ! where age gt 30 ! pick name ! to ndjson", "name,age\nAda,36\nBob,25\n",
          "{\"name\":\"Ada\"}\n");
}

static void lines_come_out(void **state)
{
    weir_line line;
    weir_error error;

    (void)state;
    weir_stream *lines = weir_pipeline_lines(parsed("seq 7 ! skip 2 ! take 3", NULL));
    weir_stream *third = weir_nth(weir_own(lines), 2);
    weir_owned_line got = {0};
    assert_int_equal(weir_run(third, &got, &error), WEIR_READY);
    line = weir_line_of(got);
    assert_int_equal(line.size, 1);
    assert_int_equal(line.data[0], '5');
    weir_owned_line_drop(&got);
}

static void records_come_out(void **state)
{
    static const char csv[] = "name,age\nAda,36\nBob,25\n";
    uint64_t n = 0;
    weir_error error;

    (void)state;
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(csv, sizeof csv - 1));
    weir_stream *rows = weir_pipeline_lines(parsed("- ! from csv", &options));
    rows = weir_where(rows, "age", WEIR_WHERE_GT, weir_value_word("30"));
    assert_int_equal(weir_run(weir_count(rows), &n, &error), WEIR_READY);
    assert_int_equal(n, 1);
}

/* Who gathers what is left out has it from a pipeline as from the stage itself. */
static void what_was_rejected_can_be_had(void **state)
{
    static const char csv[] = "a,b\n1,2\nodd\n3,4\n";
    static struct test_cx test;
    size_t rows = 0, rejected = 0;
    weir_line line;
    weir_row row;

    (void)state;
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(csv, sizeof csv - 1));
    weir_stream *stream = weir_pipeline_lines(parsed("- ! from csv strict", &options));
    assert_int_equal(stream->type->size, sizeof row);
    test_cx_init(&test);
    for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END; rows += got.n) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, &row, 1);
        bool known = weir_rejected(stream, &line);
        assert_int_equal(known, got.state == WEIR_ERROR);
        if (!known)
            continue;
        assert_int_equal(line.size, 3);
        assert_memory_equal(line.data, "odd", 3);
        rejected++;
    }
    assert_int_equal(rows, 2);
    assert_int_equal(rejected, 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* No program knows the type of what a command gives. */
static void results_come_out_as_lines(void **state)
{
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_EXEC);
    weir_owned_line got = {0};
    weir_error error;

    (void)state;
    weir_stream *lines =
        weir_pipeline_lines(parsed("seq 3 ! exec 'printf \"a%s\\nb\" {}'", &options));
    assert_true(lines->type == &weir_type_line);
    assert_int_equal(weir_run(weir_nth(weir_own(lines), 4), &got, &error), WEIR_READY);
    weir_line line = weir_line_of(got);
    assert_int_equal(line.size, 2);
    assert_memory_equal(line.data, "a3", 2);
    weir_owned_line_drop(&got);
}

static void ends_are_asked_for_as_what_they_are(void **state)
{
    weir_error error;

    (void)state;
    assert_int_equal(weir_run(weir_pipeline_lines(parsed("zero ! gzip", NULL)), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message, "it gives bytes, and no items: put 'lines' behind it");
    struct bytes none = reader_bytes(weir_pipeline_reader(parsed("seq 3 ! null", NULL)), &error);
    assert_int_equal(none.state, WEIR_ERROR);
    assert_non_null(strstr(error.message, "its last word is a sink"));
    free(none.data);
    none = reader_bytes(weir_pipeline_reader(parsed("seq 1 ! null + seq 2", NULL)), &error);
    assert_int_equal(none.state, WEIR_ERROR);
    assert_non_null(strstr(error.message, "several chains"));
    free(none.data);
    assert_int_equal(weir_run(weir_pipeline_future(parsed("seq 3", NULL)), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message, "a chain of the pipeline names no sink");
}

/* Of a text that was refused: a stage that says so, and no crash. */
static void no_pipeline_is_an_error(void **state)
{
    weir_error error;

    (void)state;
    weir_stream *items = weir_pipeline_lines(parsed("seq 3 ! nonsense", NULL));
    assert_int_equal(weir_run(items, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "there is no pipeline: its text was refused");
    assert_string_equal(error.cure, "look whether weir_parse() gave NULL: its note says why");
    struct bytes none = reader_bytes(weir_pipeline_reader(NULL), &error);
    assert_int_equal(none.state, WEIR_ERROR);
    assert_string_equal(error.message, "there is no pipeline: its text was refused");
    free(none.data);
    assert_int_equal(weir_run(weir_pipeline_future(NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "there is no pipeline: its text was refused");
}

/* ---- futures ---- */

static char folder[] = "/tmp/weir-pipeline-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[80];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void file_is(const char *name, const char *wanted)
{
    char path[80], got[200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    got[fread(got, 1, sizeof got - 1, file)] = 0;
    fclose(file);
    assert_string_equal(got, wanted);
}

static weir_state ran(const char *format, uint64_t *bytes, weir_error *error)
{
    char text[400];
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ | WEIR_ALLOW_WRITE);

    snprintf(text, sizeof text, format, folder, folder, folder, folder);
    weir_pipeline *pipeline = parsed(text, &options);
    if (!pipeline)
        fail_msg("%s: %s", text, said.message);
    return weir_run(weir_pipeline_future(pipeline), bytes, error);
}

static void chains_run_in_their_order(void **state)
{
    uint64_t bytes = 0;
    weir_error error;

    (void)state;
    assert_int_equal(ran("seq 3 ! %s/a + %s/a ! gzip ! gunzip ! %s/b", &bytes, &error), WEIR_READY);
    assert_int_equal(bytes, 12);
    file_is("a", "1\n2\n3\n");
    file_is("b", "1\n2\n3\n");
}

static void chains_over_a_tee_run_at_once(void **state)
{
    uint64_t bytes = 0;
    weir_error error;

    (void)state;
    assert_int_equal(
        ran("seq 3 ! to lines ! tee t ! %s/c + t. ! lines ! count ! %s/d", &bytes, &error),
        WEIR_READY);
    file_is("c", "1\n2\n3\n");
    file_is("d", "3\n");
    assert_int_equal(bytes, 8);
}

/* The second does not run, and the first leaves nothing under its name. */
static void what_fails_ends_it(void **state)
{
    char path[80];
    weir_error error;

    (void)state;
    assert_int_equal(ran("%s/nowhere ! %s/e + seq 3 ! %s/f", NULL, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "cannot open"));
    snprintf(path, sizeof path, "%s/f", folder);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(ran("seq 3 ! to lines ! gunzip ! %s/e", NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    snprintf(path, sizeof path, "%s/e", folder);
    assert_int_equal(access(path, F_OK), -1);
}

/* Stages look at their nodes when they go, so these go last; what is half written has no name. */
static void what_is_dropped_early_leaves_nothing(void **state)
{
    char text[200], path[80];
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_WRITE);

    (void)state;
    snprintf(path, sizeof path, "%s/h", folder);
    snprintf(text, sizeof text, "zero ! tee %s", path);
    memory_begin(0, false);
    weir_reader *reader = weir_take_reader(weir_pipeline_reader(parsed(text, &options)), 100000);
    weir_error error;
    assert_int_equal(weir_run(weir_copy(reader, weir_null_writer()), NULL, &error), WEIR_READY);
    snprintf(text, sizeof text, "zero ! tee t ! null + t. ! gzip ! %s", path);
    weir_drop(weir_pipeline_future(parsed(text, &options)));
    weir_drop(weir_pipeline_lines(parsed("seq 3 ! dead ./never-made", &options)));
    assert_true(memory_end() <= 1); /* the thread's own runtime may stay */
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_read_is_not_written(void **state)
{
    weir_error error;

    (void)state;
    assert_int_equal(ran("seq 3 ! %s/g", NULL, &error), WEIR_READY);
    assert_int_equal(ran("%s/g ! %s/g append", NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "this input is the output too");
}

/* ---- connections ---- */

static size_t open_files(void)
{
    DIR *all = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(all);
    while (readdir(all))
        n++;
    closedir(all);
    return n;
}

enum { PEERS = 4 };

/* Greets each that comes, and leaves. */
static void *greet(void *arg)
{
    for (int i = 0; i < PEERS; i++) {
        int peer = accept(*(const int *)arg, NULL, NULL);
        weir_ignore(write(peer, "hi\n", 3));
        close(peer);
    }
    return NULL;
}

static int listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(fd, PEERS), 0);
    return fd;
}

static void hear(const char *text)
{
    uint64_t n = 0;
    weir_error error;
    weir_pipeline *pipeline = parsed(text, &WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_NET));

    assert_non_null(pipeline);
    assert_int_equal(weir_run(weir_count(weir_pipeline_lines(pipeline)), &n, &error), WEIR_READY);
    assert_int_equal(n, 1);
}

/* The half of a connection that nobody reads or writes goes with the other one. */
static void connections_are_closed_whole(void **state)
{
    char path[80], text[100];
    pthread_t thread;

    (void)state;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(text, sizeof text, "unix:%s ! lines", path);
    int fd = listen_at(path);
    assert_int_equal(pthread_create(&thread, NULL, greet, &fd), 0);
    hear(text); /* what the thread's runtime opens stays */
    size_t open = open_files();
    for (int i = 1; i < PEERS; i++)
        hear(text);
    pthread_join(thread, NULL);
    assert_int_equal(open_files(), open);
    close(fd);
}

static void connections_that_never_ran_leave_nothing(void **state)
{
    static const char *const texts[] = {"tcp:localhost:1", "unix:/run/never", "tcp-listen:0",
                                        "unix-listen:/run/never", "tcp:localhost:1 ! retry"};
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_NET);

    (void)state;
    weir_drop(weir_pipeline_reader(parsed(texts[0], &options))); /* types that stay */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        memory_begin(0, false);
        weir_drop(weir_pipeline_reader(parsed(texts[i], &options)));
        assert_int_equal(memory_end(), 0);
    }
}

static weir_pipeline *of_the_folder(const char *format)
{
    char text[400];
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ | WEIR_ALLOW_WRITE);

    snprintf(text, sizeof text, format, folder, folder, folder);
    return parsed(text, &options);
}

/* Whoever writes it, and however the pipeline is run. The empty one would be read when the first
 * has filled it. */
static void what_is_read_is_not_added_to(void **state)
{
    static const char *const texts[] = {
        "%s/io ! tee %s/io append ! null",
        "%s/io ! tee t ! null + t. ! %s/io append",
        "%s/io ! lines ! dead %s/io append ! null",
        "%s/io %s/empty ! %s/empty append",
        "%s/twice ! tee %s/io ! null",
        "%s/twice ! %s/io",
    };
    char one[80], two[80];
    weir_error error;

    (void)state;
    assert_int_equal(ran("seq 3 ! %s/io + seq 0 ! %s/empty", NULL, &error), WEIR_READY);
    snprintf(one, sizeof one, "%s/io", folder);
    snprintf(two, sizeof two, "%s/twice", folder);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (i == 4)
            assert_int_equal(link(one, two), 0);
        assert_int_equal(ran(texts[i], NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_string_equal(error.message, "this input is the output too");
    }
    weir_reader *reader = weir_pipeline_reader(of_the_folder("%s/io ! tee %s/io append"));
    struct bytes none = reader_bytes(reader, &error);
    assert_int_equal(none.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    free(none.data);
    weir_stream *lines = weir_pipeline_lines(of_the_folder("%s/io ! tee %s/io append ! lines"));
    assert_int_equal(weir_run(weir_count(lines), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "this input is the output too");
    file_is("io", "1\n2\n3\n");
    file_is("empty", "");
    unlink(two);
    assert_int_equal(ran("%s/io ! tee %s/io ! null", NULL, &error), WEIR_READY);
}

/* ---- a log that nobody reads ---- */

/* Reads the header, goes, and says so. */
static void *read_header(void *arg)
{
    char path[80], header[200];
    int fd = open(arg, O_RDONLY | O_CLOEXEC);

    weir_ignore(read(fd, header, sizeof header));
    close(fd);
    snprintf(path, sizeof path, "%s/gone", folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return NULL;
}

static void a_log_that_nobody_reads_is_an_error(void **state)
{
    char log[80], text[200];
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_EXEC | WEIR_ALLOW_WRITE);
    weir_error error = {0};
    pthread_t thread;

    (void)state;
    snprintf(log, sizeof log, "%s/log", folder);
    assert_int_equal(mkfifo(log, 0600), 0);
    snprintf(text, sizeof text, "%s/wait", folder);
    FILE *script = fopen(text, "w");
    assert_non_null(script);
    fprintf(script, "until test -e %s/gone; do sleep 0.01; done\n", folder);
    fclose(script);
    snprintf(text, sizeof text, "seq 1 ! exec 'sh %s/wait' log=%s ! null", folder, log);
    assert_int_equal(pthread_create(&thread, NULL, read_header, log), 0);
    weir_pipeline *pipeline = parsed(text, &options);
    if (!pipeline)
        fail_msg("%s: %s", text, said.message);
    assert_int_equal(weir_run(weir_pipeline_future(pipeline), NULL, &error), WEIR_ERROR);
    pthread_join(thread, NULL);
    assert_non_null(strstr(error.message, log));
}

/* What the future wrote, which is what its program takes. */
static void writes(const char *text, const char *wanted)
{
    weir_vec out = {0};
    uint64_t bytes = 0;
    weir_error error;
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.output = weir_memory_writer(&out, 1 << 10), .allow = WEIR_ALLOW_EXEC);

    weir_pipeline *pipeline = parsed(text, &options);
    assert_non_null(pipeline);
    assert_int_equal(weir_run(weir_pipeline_future(pipeline), &bytes, &error), WEIR_READY);
    assert_int_equal(bytes, strlen(wanted));
    assert_int_equal(out.n, bytes);
    assert_memory_equal(out.items, wanted, bytes);
    weir_vec_drop(&out);
}

static void the_output_is_the_programs(void **state)
{
    (void)state;
    writes("seq 3", "1\n2\n3\n");
    writes("seq 2 ! -", "1\n2\n");
    writes("seq 2 ! print", "1\n2\n");
    writes("seq 30 ! par 2 keep-order grep 3 ! count", "4\n");
    writes("seq 2 ! print + random 0 ! null", "1\n2\n");
    writes("exec:'printf \"\\003\\022\\001x\"' ! from proto fields=a:1,b:2 ! print",
           "a  b\n   x\n");
}

/* ---- what is told ---- */

static char told[400];

static void keep_told(void *arg, const weir_note *note)
{
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s%s", note->message, (const char *)arg);
}

static void tells(const char *text, const char *input, const char *wanted)
{
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(input, strlen(input)), .on_note = keep_told,
                           .arg = (void *)"|");
    weir_error error;

    told[0] = 0;
    weir_pipeline *pipeline = parsed(text, &options);
    assert_non_null(pipeline);
    assert_int_equal(weir_run(weir_pipeline_future(pipeline), NULL, &error), WEIR_READY);
    assert_string_equal(told, wanted);
}

static void news_are_told(void **state)
{
    (void)state;
    tells("- ! crc32 ! null", "123456789", "cbf43926  -|");
#ifdef WEIR_HAVE_YYJSON
    tells("- ! from ndjson on-error=skip ! null", "{\"a\":1}\n{\n",
          "1 of 2 records were left out; the first: record 2: JSON that ends inside of a value|");
#endif
    tells("- ! from csv ! where agee gt 3 ! null", "name,age\nAda,3\n",
          "the record has no field 'agee'|");
}

int pipeline_run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out),
        cmocka_unit_test(lines_come_out),
        cmocka_unit_test(records_come_out),
        cmocka_unit_test(what_was_rejected_can_be_had),
        cmocka_unit_test(results_come_out_as_lines),
        cmocka_unit_test(ends_are_asked_for_as_what_they_are),
        cmocka_unit_test(no_pipeline_is_an_error),
        cmocka_unit_test(chains_run_in_their_order),
        cmocka_unit_test(chains_over_a_tee_run_at_once),
        cmocka_unit_test(what_fails_ends_it),
        cmocka_unit_test(what_is_dropped_early_leaves_nothing),
        cmocka_unit_test(what_is_read_is_not_written),
        cmocka_unit_test(connections_are_closed_whole),
        cmocka_unit_test(connections_that_never_ran_leave_nothing),
        cmocka_unit_test(what_is_read_is_not_added_to),
        cmocka_unit_test(a_log_that_nobody_reads_is_an_error),
        cmocka_unit_test(the_output_is_the_programs),
        cmocka_unit_test(news_are_told),
    };
    return cmocka_run_group_tests_name("pipeline: run", tests, make_folder, remove_folder);
}
