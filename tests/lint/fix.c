/* Which cures go together, what becomes of the files, and what a diff of them looks like. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fix.h"

static char folder[] = "/tmp/weir-lint-XXXXXX", path[200], other[200];

static int begin(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    sprintf(path, "%s/a.c", folder);
    sprintf(other, "%s/b.c", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

static void write_text(const char *name, const char *text)
{
    FILE *to = fopen(name, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

static void holds(const char *name, const char *text)
{
    char got[400] = "";
    FILE *from = fopen(name, "r");
    assert_non_null(from);
    got[fread(got, 1, sizeof got - 1, from)] = 0;
    fclose(from);
    assert_string_equal(got, text);
}

static struct finding cure(size_t n, const struct edit *edits)
{
    struct finding finding = {.edits_n = n};
    memcpy(finding.edits, edits, n * sizeof *edits);
    return finding;
}

/* ---- which go together ---- */

static void which_are_taken(void **state)
{
    (void)state;
    static const struct {
        struct edit edits[2];
        size_t n;
        bool taken;
        size_t kept; /* of all, so far */
    } rows[] = {
        {{{NULL, 0, 0, NULL}}, 0, false, 0},
        {{{"a.c", 10, 20, "x"}}, 1, true, 1},
        {{{"a.c", 19, 21, "y"}}, 1, false, 1},
        {{{"a.c", 5, 11, "y"}}, 1, false, 1},
        {{{"a.c", 12, 12, "y"}}, 1, false, 1},
        {{{"b.c", 12, 12, "y"}}, 1, true, 2},
        {{{"a.c", 20, 25, "y"}}, 1, true, 3},
        {{{"a.c", 5, 10, "y"}}, 1, true, 4},
        {{{"a.c", 30, 31, "y"}, {"a.c", 30, 32, "z"}}, 2, false, 4},
        {{{"a.c", 30, 31, "y"}, {"a.c", 24, 26, "z"}}, 2, false, 4},
        {{{"a.c", 30, 31, "y"}, {"a.c", 33, 34, "z"}}, 2, true, 6},
        {{{NULL, 40, 41, "y"}}, 1, false, 6},
        {{{"a.c", 40, 41, NULL}}, 1, false, 6},
        {{{"a.c", 41, 40, "y"}}, 1, false, 6},
        /* what is put there by several is put there once, where it is the same */
        {{{"a.c", 50, 50, "#include\n"}}, 1, true, 7},
        {{{"a.c", 50, 50, "#include\n"}}, 1, true, 7},
        {{{"a.c", 50, 50, "#define\n"}}, 1, true, 8},
        {{{"a.c", 51, 51, "#include\n"}}, 1, true, 9},
        {{{"b.c", 50, 50, "#include\n"}}, 1, true, 10},
        {{{"a.c", 50, 52, "#include\n"}}, 1, false, 10},
    };
    struct fixes fixes = {.n = 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct finding finding = cure(rows[i].n, rows[i].edits);
        assert_int_equal(fixes_add(&fixes, &finding), rows[i].taken);
        assert_int_equal(fixes.n, rows[i].kept);
    }
    free(fixes.at);
}

/* ---- written ---- */

static struct fixes fixes_of(const struct edit *edits, size_t n)
{
    struct fixes fixes = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        struct finding finding = cure(1, &edits[i]);
        assert_true(fixes_add(&fixes, &finding));
    }
    return fixes;
}

static bool writes(const struct edit *edits, size_t n)
{
    struct fixes fixes = fixes_of(edits, n);
    bool ok = fixes_write(&fixes);
    free(fixes.at);
    return ok;
}

static bool is_alone(void)
{
    char command[300];
    sprintf(command, "[ -z \"$(ls -A %s | grep -v '^[ab].c$')\" ]", folder);
    return system(command) == 0;
}

static void files_are_written_each_at_once(void **state)
{
    (void)state;
    const struct edit edits[] = {
        {path, 8, 9, "four"}, {other, 0, 0, "new\n"}, {path, 0, 3, "1"}, {path, 8, 8, "and "}};
    write_text(path, "one two 3\n");
    write_text(other, "old\n");
    chmod(path, 0600);
    assert_true(writes(edits, 4));
    holds(path, "1 two and four\n");
    holds(other, "new\nold\n");
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_true(is_alone());
}

static void a_file_that_is_another_one_by_now_stays(void **state)
{
    (void)state;
    const struct edit edits[] = {{path, 0, 1, "x"}, {other, 2, 9, "x"}};
    write_text(path, "one\n");
    write_text(other, "two\n");
    assert_false(writes(edits, 2));
    holds(path, "xne\n");
    holds(other, "two\n");
    unlink(other);
    assert_false(writes(edits, 2));
    holds(path, "xne\n");
    assert_int_equal(access(other, F_OK), -1);
}

static void a_folder_that_is_closed(void **state)
{
    (void)state;
    const struct edit edit = {path, 0, 1, "x"};
    if (geteuid() == 0)
        skip();
    write_text(path, "one\n");
    chmod(path, 0400);
    assert_false(writes(&edit, 1));
    chmod(path, 0600);
    chmod(folder, 0500);
    assert_false(writes(&edit, 1));
    chmod(folder, 0700);
    holds(path, "one\n");
    assert_true(is_alone());
}

/* Nobody makes a file there. */
static void a_folder_without_room(void **state)
{
    (void)state;
    const struct edit edit = {"/proc/self/comm", 0, 0, "x"};
    assert_false(writes(&edit, 1));
}

/* Nothing more can be opened: the file is as it was, and none is left beside it. */
static void no_descriptor_is_left(void **state)
{
    (void)state;
    const struct edit edit = {path, 0, 1, "x"};
    struct rlimit before, few;
    write_text(path, "one\n");
    struct fixes fixes = fixes_of(&edit, 1);
    int next = open("/dev/null", O_RDONLY);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &few);
    bool ok = fixes_write(&fixes);
    setrlimit(RLIMIT_NOFILE, &before);
    free(fixes.at);
    assert_false(ok);
    holds(path, "one\n");
    assert_true(is_alone());
}

/* A disk that is full. */
static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    const struct edit edit = {path, 0, 1, "much longer than it was before"};
    struct rlimit before, small;
    write_text(path, "one\n");
    struct fixes fixes = fixes_of(&edit, 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 5;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = fixes_write(&fixes);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    free(fixes.at);
    assert_false(ok);
    holds(path, "one\n");
    assert_true(is_alone());
}

/* ---- as a diff ---- */

static void differs(const char *text, const struct edit *edits, size_t n, const char *wanted)
{
    char *got = NULL;
    size_t bytes;
    FILE *to = open_memstream(&got, &bytes);
    write_text(path, text);
    struct fixes fixes = fixes_of(edits, n);
    fixes_print(&fixes, to);
    fclose(to);
    free(fixes.at);
    char *hunks = strstr(got, "@@ ");
    if (hunks) {
        char heads[500];
        sprintf(heads, "--- a/%s\n+++ b/%s\n", path + 1, path + 1);
        assert_memory_equal(got, heads, strlen(heads));
        assert_ptr_equal(hunks, got + strlen(heads));
    }
    assert_string_equal(hunks ? hunks : got, wanted);
    free(got);
}

static void a_diff(void **state)
{
    (void)state;
    const struct {
        const char *text;
        struct edit edits[3];
        size_t n;
        const char *diff;
    } rows[] = {
        {"a\nb\n", {{path, 0, 1, "x"}}, 1, "@@ -1,2 +1,2 @@\n-a\n+x\n b\n"},
        {"a\nb",
         {{path, 2, 3, "x"}},
         1,
         "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+x\n"
         "\\ No newline at end of file\n"},
        {"a\nb",
         {{path, 3, 3, "\n"}},
         1,
         "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
        {"", {{path, 0, 0, "x\n"}}, 1, "@@ -0,0 +1,1 @@\n+x\n"},
        {"x\n", {{path, 0, 2, ""}}, 1, "@@ -1,1 +0,0 @@\n-x\n"},
        /* lines at its ends that stay as they are */
        {"a\nb\nc\n", {{path, 0, 6, "a\nx\nc\n"}}, 1, "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
        {"a\nb\nc\n", {{path, 0, 6, "a\nc\n"}}, 1, "@@ -1,3 +1,2 @@\n a\n-b\n c\n"},
        {"a\nc\n", {{path, 2, 2, "b\n"}}, 1, "@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
        {"a\nb\n", {{path, 4, 4, "c\n"}}, 1, "@@ -1,2 +1,3 @@\n a\n b\n+c\n"},
        /* two of one line, and one that goes on into the next */
        {"abc\nd\n",
         {{path, 0, 1, "x"}, {path, 2, 3, "z"}},
         2,
         "@@ -1,2 +1,2 @@\n-abc\n+xbz\n d\n"},
        {"abc\nd\n",
         {{path, 0, 1, "x"}, {path, 2, 5, "z"}},
         2,
         "@@ -1,2 +1,1 @@\n-abc\n-d\n+xbz\n"},
        /* near each other, and not */
        {"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
         {{path, 0, 1, "x"}, {path, 14, 15, "y"}},
         2,
         "@@ -1,9 +1,9 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n 9\n"},
        {"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
         {{path, 0, 2, ""}, {path, 16, 17, "y"}},
         2,
         "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -6,4 +5,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
        /* the file is another one by now */
        {"a\n", {{path, 0, 9, "x"}}, 1, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        differs(rows[i].text, rows[i].edits, rows[i].n, rows[i].diff);
}

int lint_fix(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_are_taken),
        cmocka_unit_test(files_are_written_each_at_once),
        cmocka_unit_test(a_file_that_is_another_one_by_now_stays),
        cmocka_unit_test(a_folder_that_is_closed),
        cmocka_unit_test(a_folder_without_room),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(a_diff),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
