/* Of a compiler's command line what says how C is read, and names of files by their words alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file_path.h"
#include "flags.h"

/* The words of a line, parted by blanks, and what is left of them, joined. */
static const char *taken(const char *line, const char *directory)
{
    static char out[1000], copy[1000];
    const char *words[64];
    struct flags flags = {.n = 0};
    size_t n = 0;

    strcpy(copy, line);
    for (char *rest = copy, *word; (word = strsep(&rest, " "));)
        words[n++] = word;
    flags_take(&flags, words, n, directory);
    *out = 0;
    for (size_t i = 0; i < flags.n; i++) {
        strcat(out, i ? " " : "");
        strcat(out, flags.at[i]);
    }
    free(flags.at);
    return out;
}

static void what_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *line, *kept;
    } rows[] = {
        {"-c a.c -O2 -Wall -g", ""},
        {"-DX -D Y=1 -UZ", "-DX -D Y=1 -UZ"},
        {"-Ilib -I lib/../../a -isystem sys", "-I/d/lib -I /a -isystem /d/sys"},
        {"-I=inc -I$ORIGIN/inc", "-I=inc -I$ORIGIN/inc"},
        {"--sysroot=root --target=arm-none-eabi", "--sysroot=/d/root --target=arm-none-eabi"},
        {"-include none.h -include /dev/null", "-include none.h -include /dev/null"},
        {"-imacros ../etc/passwd", "-imacros /etc/passwd"},
        {"-includeX -pthreads", ""},
        {"-std=gnu23 -std=c23 -std=c11 -ansi", "-std=gnu2x -std=c2x -std=c11 -ansi"},
        {"-o a.o -MF a.d --param x=1 -DX", "-DX"},
        {"-Xclang -DX -DY", "-DY"},
        {"-mavx2 -march=native -mabm", "-mavx2 -march=native"},
        {"-DX -o", "-DX"},
        {"-DX -I", "-DX"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(taken(rows[i].line, "/d"), rows[i].kept);
}

static void many_flags(void **state)
{
    (void)state;
    struct flags flags = {.n = 0};

    for (int i = 0; i < 100; i++)
        flags_add(&flags, "-DX");
    assert_int_equal(flags.n, 100);
    assert_string_equal(flags.at[99], "-DX");
    free(flags.at);
}

static void paths(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"/d", "a.c", "/d/a.c"},
        {"/d", "./a.c", "/d/a.c"},
        {"/d", "../a.c", "/a.c"},
        {"/d/e", "../../../a.c", "/a.c"},
        {"/d", "/x//y/./z/", "/x/y/z"},
        {"/", "", "/"},
        {"/d", "..", "/"},
        {"/d", ".a/..b/...", "/d/.a/..b/..."},
        {"/d/e", "..", "/d"},
        {"/d", ".", "/d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = file_path_absolute(rows[i][0], rows[i][1]);
        assert_string_equal(got, rows[i][2]);
        free(got);
    }
}

static void shown_as_somebody_would_write_it(void **state)
{
    (void)state;
    const char *here = file_path_here();
    char path[5000];

    sprintf(path, "%s/src/a.c", here);
    assert_string_equal(file_path_shown(path), "src/a.c");
    sprintf(path, "%s/", here);
    assert_string_equal(file_path_shown(path), path);
    assert_string_equal(file_path_shown(here), here);
    sprintf(path, "%s_more/a.c", here);
    assert_string_equal(file_path_shown(path), path);
    assert_string_equal(file_path_shown("/no/such/a.c"), "/no/such/a.c");
    assert_string_equal(file_path_shown("src/a.c"), "src/a.c");
}

int lint_flags(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept),
        cmocka_unit_test(many_flags),
        cmocka_unit_test(paths),
        cmocka_unit_test(shown_as_somebody_would_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
