/* Which comments speak to the lint, for which line, and what goes with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "comments.h"

/* "LINE:COLUMN-END for LINE [p][c]" of each, and what is left without them. */
static const char *found(const char *text, char *left)
{
    static char out[400];
    char *copy = strdup(text);
    struct text_file file = {.path = "x.c", .bytes = copy, .n = strlen(text)};
    struct comments comments = comments_find(&file);
    size_t at = 0;

    *out = 0;
    for (size_t i = 0; i < comments.n; i++) {
        const struct comment *one = &comments.at[i];
        sprintf(out + strlen(out), "%s%u:%u-%u for %u%s%s", i ? ", " : "", one->line, one->column,
                one->end_column, one->for_line, one->parts ? " p" : "",
                one->conditional ? " c" : "");
        memcpy(left, text + at, one->from - at);
        left += one->from - at;
        at = one->to;
    }
    strcpy(left, text + at);
    free(comments.at);
    free(copy);
    return out;
}

static void which_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *found, *left;
    } rows[] = {
        {"", "", ""},
        {"int x;\n", "", "int x;\n"},
        {"/* another */ int x; // weir\n", "", "/* another */ int x; // weir\n"},
        {"/* weir-lint */\n", "", "/* weir-lint */\n"},
        {"/", "", "/"},
        {"a / b;", "", "a / b;"},
        {"/* weir-lint: a */\nint x;\n", "1:1-19 for 2", "int x;\n"},
        {"// weir-lint: a\nint x;", "1:1-16 for 2", "int x;"},
        {"int x; // weir-lint: a\nint y;\n", "1:8-23 for 1", "int x;\nint y;\n"},
        {"int x; /* weir-lint: a */\r\nint y;\n", "1:8-26 for 1", "int x;\r\nint y;\n"},
        {"\t/* weir-lint: a */  \n\tint x;\n", "1:2-20 for 2", "\tint x;\n"},
        {"/* weir-lint: a */\r\nint x;\n", "1:1-19 for 2", "int x;\n"},
        {"int/* weir-lint: a */x;\n", "1:4-22 for 1 p", "intx;\n"},
        {"int /* weir-lint: a */x;\n", "1:5-23 for 1", "int x;\n"},
        {"int/* weir-lint: a */ x;\n", "1:4-22 for 1", "int x;\n"},
        {"/* weir-lint: a */ int x;\n", "1:1-19 for 1", " int x;\n"},
        /* a blank line between: it stands for nothing */
        {"/* weir-lint: a */\n\nint x;\n", "1:1-19 for 0", "\nint x;\n"},
        {"int x;\n/* weir-lint: a */", "2:1-19 for 0", "int x;\n"},
        {"/* weir-lint: a */\n// weir-lint: b\nint x;", "1:1-19 for 3, 2:1-16 for 3", "int x;"},
        /* its lines, and those of others between */
        {"/* weir-lint: a\n * b */\n/* c */\nint x;\n", "1:1-16 for 4", "/* c */\nint x;\n"},
        {"/*\n * weir-lint: a\n */\nint x;\n", "1:1-3 for 4", "int x;\n"},
        {"// weir-lint: a \\\n b\nint x;\n", "1:1-18 for 3", "int x;\n"},
        {"/* weir-lint: a", "1:1-16 for 0", ""},
        {"/*", "", "/*"},
        {"// weir-lint: a", "1:1-16 for 0", ""},
        /* what hides one */
        {"char *s = \"/* weir-lint: a */\";\n", "", "char *s = \"/* weir-lint: a */\";\n"},
        {"char *s = \"\\\"// weir-lint: a\";\n", "", "char *s = \"\\\"// weir-lint: a\";\n"},
        {"char c = '\"'; // weir-lint: a\n", "1:15-30 for 1", "char c = '\"';\n"},
        {"char *s = \"\\\n\"; // weir-lint: a\n", "2:4-19 for 2", "char *s = \"\\\n\";\n"},
        {"\"it does not end\n// weir-lint: a\nx", "2:1-16 for 3", "\"it does not end\nx"},
        {"\"", "", "\""},
        {"\"\\", "", "\"\\"},
        /* what others may compile */
        {"#if X\n// weir-lint: a\nx\n#endif\n", "2:1-16 for 3 c", "#if X\nx\n#endif\n"},
        {"# ifdef X\n#endif\n// weir-lint: a\nx\n", "3:1-16 for 4", "# ifdef X\n#endif\nx\n"},
        {"#endif\n// weir-lint: a\nx\n", "2:1-16 for 3", "#endif\nx\n"},
        {"#define X #if\n// weir-lint: a\nx\n", "2:1-16 for 3", "#define X #if\nx\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char left[200];
        const char *got = found(rows[i].text, left);
        if (strcmp(got, rows[i].found) != 0 || strcmp(left, rows[i].left) != 0)
            print_error("in:\n%s\nleft:\n%s\n", rows[i].text, left);
        assert_string_equal(got, rows[i].found);
        assert_string_equal(left, rows[i].left);
    }
}

static void further_ones_are_not_read(void **state)
{
    (void)state;
    static const char one[] = "x // weir-lint: a\n";
    size_t n = COMMENTS_MAX + 3;
    char *text = malloc(n * (sizeof one - 1) + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * (sizeof one - 1), one, sizeof one);
    struct text_file file = {.path = "x.c", .bytes = text, .n = strlen(text)};
    struct comments comments = comments_find(&file);
    assert_int_equal(comments.n, COMMENTS_MAX);
    assert_int_equal(comments.at[COMMENTS_MAX - 1].for_line, COMMENTS_MAX);
    free(comments.at);
    free(text);
}

static void lines_of_a_file(void **state)
{
    (void)state;
    char name[] = "/tmp/weir-lint-XXXXXX";
    int fd = mkstemp(name);
    assert_int_equal(write(fd, "one\r\n\nthree", 11), 11);
    close(fd);
    static const struct {
        size_t line, n;
        const char *text;
    } rows[] = {{1, 3, "one"}, {2, 0, ""}, {3, 5, "three"}, {0, 0, NULL}, {4, 0, NULL}};
    struct text_file file = text_file_read(name);
    unlink(name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = 0;
        const char *text = text_file_line(&file, rows[i].line, &n);
        assert_int_equal(text != NULL, rows[i].text != NULL);
        assert_int_equal(n, rows[i].n);
        if (text)
            assert_memory_equal(text, rows[i].text, n);
    }
    text_file_drop(&file);
    size_t n = 0;
    assert_null(text_file_line(&file, 1, &n));
}

static void what_is_no_file_is_not_read(void **state)
{
    (void)state;
    static const char *const names[] = {"/no/such.c", "/dev/null", "/"};
    for (size_t i = 0; i < 3; i++) {
        struct text_file file = text_file_read(names[i]);
        assert_null(file.bytes);
        assert_int_equal(file.n, 0);
        text_file_drop(&file);
    }
}

int lint_comments(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_line),
        cmocka_unit_test(further_ones_are_not_read),
        cmocka_unit_test(lines_of_a_file),
        cmocka_unit_test(what_is_no_file_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
