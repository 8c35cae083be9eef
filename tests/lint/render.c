/* What a finding looks like in each form, with odd names, lines and texts. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "allow.h"
#include "render.h"

static const struct rule warning = {.name = "odd", .does = "what it does", .explain = "why"};
static const struct rule error = {.name = "worse", .level = LEVEL_ERROR};
static const struct rule pedantic = {.name = "pedantic", .group = GROUP_PEDANTIC};
static char source[] = "/tmp/weir-lint-XXXXXX";

static int begin(void **state)
{
    static const char text[] = "one(two);\n\tfour\t5;\n\xc3\xa4 = \xe6\x97\xa5\xe6\x9c\xac; \xff;\n"
                               "\nlast \0 line";
    (void)state;
    strcpy(source + strlen(source) - 6, "XXXXXX");
    int fd = mkstemp(source);
    if (fd < 0 || write(fd, text, sizeof text - 1) < 0)
        return -1;
    return close(fd);
}

static int end(void **state)
{
    (void)state;
    return unlink(source);
}

/* `text` with each @ in it as the name of the source. */
static const char *named(const char *text)
{
    static char out[4000];
    size_t n = 0;
    for (; *text; text++)
        n +=
            (size_t)(*text == '@' ? sprintf(out + n, "%s", source) : sprintf(out + n, "%c", *text));
    out[n] = 0;
    return out;
}

static void shows(const struct renderer *form, const struct finding *finding, const char *allowed,
                  const char *wanted)
{
    char *got = NULL;
    size_t n;
    FILE *to = open_memstream(&got, &n);
    form->show(to, finding, allowed);
    fclose(to);
    const char *text = got;
    while (*text == '\n' || *text == ',') /* between it and the one before */
        text++;
    assert_string_equal(text, named(wanted));
    free(got);
}

static struct finding at(unsigned line, unsigned column, unsigned end_column)
{
    struct finding finding = {
        .rule = &warning, .at = {source, line, column, end_column}, .message = "it is odd"};
    return finding;
}

/* ---- text ---- */

static const char tail[] =
    "   |\n   = note: `odd` is on by default; allow: /* weir-lint: allow(odd) reason */\n";

static void shows_text(const struct finding *finding, const char *body)
{
    char wanted[3000];
    sprintf(wanted, "warning: it is odd\n%s%s", body, tail);
    shows(&render_text, finding, NULL, wanted);
}

static void where_the_caret_stands(void **state)
{
    (void)state;
    static const struct {
        unsigned line, column, end_column;
        const char *body;
    } rows[] = {
        {1, 5, 8, " --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^\n"},
        {1, 5, 0, " --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^^^\n"},
        {1, 0, 0, " --> @:1:0\n   |\n 1 | one(two);\n   | ^\n"},
        {1, 5, 5, " --> @:1:5\n   |\n 1 | one(two);\n   |     ^\n"},
        {1, 90, 99, " --> @:1:90\n   |\n 1 | one(two);\n   |          ^\n"},
        {2, 2, 6, " --> @:2:2\n   |\n 2 |     four    5;\n   |     ^^^^\n"},
        {2, 7, 8, " --> @:2:7\n   |\n 2 |     four    5;\n   |             ^\n"},
        {3, 6, 12,
         " --> @:3:6\n   |\n 3 | \xc3\xa4 = \xe6\x97\xa5\xe6\x9c\xac; \\xff;\n"
         "   |     ^^^^\n"},
        {5, 1, 5, " --> @:5:1\n   |\n 5 | last   line\n   | ^^^^\n"},
        {4, 1, 2, " --> @:4:1\n   |\n 4 | \n   | ^\n"},
        {77, 1, 5, " --> @:77:1\n   |\n77 | \n   | ^\n"},
        {12345, 1, 5, NULL},
    };
    for (size_t i = 0; rows[i].body; i++) {
        struct finding finding = at(rows[i].line, rows[i].column, rows[i].end_column);
        shows_text(&finding, rows[i].body);
    }
}

static void labels_and_notes(void **state)
{
    (void)state;
    struct finding finding = at(1, 5, 8);
    finding.help = "do so";
    shows_text(&finding, " --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^ help: do so\n");
    finding.label = "this";
    shows(&render_text, &finding, NULL,
          "warning: it is odd\n --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^ this\n   |\n"
          "   = help: do so\n"
          "   = note: `odd` is on by default; allow: /* weir-lint: allow(odd) reason */\n");
    finding.help = NULL;
    finding.label = "";
    finding_note(&finding, (struct place){.file = NULL}, "a sentence");
    finding_draw(&finding, (struct place){.file = NULL}, "drawn nowhere");
    shows(&render_text, &finding, NULL,
          "warning: it is odd\n --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^\n   |\n"
          "   = note: a sentence\n   = note: drawn nowhere\n"
          "   = note: `odd` is on by default; allow: /* weir-lint: allow(odd) reason */\n");
}

/* By line and column, the finding itself first; those of other files behind. */
static void drawn_notes_stand_in_order(void **state)
{
    (void)state;
    struct finding finding = at(2, 7, 8);
    finding_draw(&finding, (struct place){source, 5, 1, 5}, "last");
    finding_draw(&finding, (struct place){"/no/such.h", 3, 1, 2}, "elsewhere");
    finding_draw(&finding, (struct place){source, 2, 2, 6}, "same line");
    finding_draw(&finding, (struct place){source, 1, 5, 8}, "second");
    finding_draw(&finding, (struct place){source, 1, 1, 4}, "first");
    finding_draw(&finding, (struct place){source, 1, 1, 4}, "first");
    shows_text(&finding, " --> @:2:7\n   |\n"
                         " 1 | one(two);\n   | --- first\n   | --- first\n   |     --- second\n"
                         " 2 |     four    5;\n   |             ^\n   |     ---- same line\n"
                         "...\n 5 | last   line\n   | ---- last\n"
                         " ::: /no/such.h:3:1\n   |\n 3 | \n   | - elsewhere\n");
}

static void what_it_says_of_its_rule(void **state)
{
    (void)state;
    static const struct {
        const struct rule *rule;
        const char *level, *note;
    } rows[] = {
        {&error, "error", "`worse` is on by default; allow: /* weir-lint: allow(worse) reason */"},
        {&pedantic, "warning",
         "`pedantic` is on by --enable=pedantic; allow: /* weir-lint: allow(pedantic) reason */"},
        {&rule_unused_allow, "warning", "`unused_allow` is on by default"},
        {&rule_allow_without_reason, "warning", "`allow_without_reason` is on by default"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct finding finding = at(1, 5, 8);
        char wanted[1000];
        finding.rule = rows[i].rule;
        sprintf(wanted,
                "%s: it is odd\n --> @:1:5\n   |\n 1 | one(two);\n   |     ^^^\n   |\n"
                "   = note: %s\n",
                rows[i].level, rows[i].note);
        shows(&render_text, &finding, NULL, wanted);
    }
}

/* 139 columns are shown whole; of more the part around what is marked. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    static const struct {
        int before, marked, after;
        int shown_before, shown_marked, shown_after;
        bool dots_before, dots_after;
    } rows[] = {
        {100, 10, 30, 100, 10, 30, false, false}, {100, 10, 31, 60, 10, 31, true, false},
        {40, 10, 200, 40, 10, 90, false, true},   {200, 10, 10, 60, 10, 10, true, false},
        {10, 200, 10, 10, 60, 0, false, true},    {70, 61, 70, 60, 60, 0, true, true},
        {0, 10, 200, 0, 10, 130, false, true},
    };
    char name[] = "/tmp/weir-lint-XXXXXX", wanted[2000];
    int fd = mkstemp(name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int before = rows[i].before, marked = rows[i].marked, after = rows[i].after;
        char line[500];
        int n = sprintf(line, "%0*d%0*d%0*d", marked, 0, after, 0, before, 0) - before;
        memmove(line + before, line, (size_t)n);
        memset(line, 'b', (size_t)before);
        memset(line + before, 'm', (size_t)marked);
        memset(line + before + marked, 'a', (size_t)after);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, line, (size_t)(before + marked + after), 0),
                         before + marked + after);
        char link_name[60];
        sprintf(link_name, "%s.%zu", name, i); /* the file that was read last is kept */
        assert_int_equal(link(name, link_name), 0);
        struct finding finding = at(1, (unsigned)before + 1, (unsigned)(before + marked) + 1);
        finding.at.file = link_name;
        int first =
            sprintf(wanted, " --> %s:1:%d\n   |\n 1 | %s%.*s%.*s%.*s%s\n   | %*s", link_name,
                    before + 1, rows[i].dots_before ? "..." : "", rows[i].shown_before,
                    line + before - rows[i].shown_before, rows[i].shown_marked, line + before,
                    rows[i].shown_after, line + before + marked, rows[i].dots_after ? "..." : "",
                    rows[i].shown_before + (rows[i].dots_before ? 3 : 0), "");
        memset(wanted + first, '^', (size_t)rows[i].shown_marked);
        strcpy(wanted + first + rows[i].shown_marked, "\n");
        shows_text(&finding, wanted);
        unlink(link_name);
    }
    close(fd);
    unlink(name);
}

/* ---- on a terminal ---- */

static bool is_coloured(const char *term, const char *no_color)
{
    char got[2000] = "";
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    struct finding finding = at(1, 5, 8);
    assert_true(terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal));
    FILE *to = fopen(ptsname(terminal), "w");
    assert_non_null(to);
    term ? setenv("TERM", term, 1) : unsetenv("TERM");
    no_color ? setenv("NO_COLOR", no_color, 1) : unsetenv("NO_COLOR");
    render_text.begin(to);
    render_text.show(to, &finding, NULL);
    fclose(to);
    for (ssize_t n = 0, all = 0; n >= 0 && all < 1500; all += n)
        n = read(terminal, got + all, 1500);
    close(terminal);
    assert_non_null(strstr(got, "it is odd"));
    return strstr(got, "\x1b[1;33m") && strstr(got, "\x1b[0m");
}

static void colours(void **state)
{
    (void)state;
    assert_true(is_coloured("xterm", NULL));
    assert_true(is_coloured("xterm", ""));
    assert_false(is_coloured("xterm", "1"));
    assert_false(is_coloured("dumb", NULL));
    assert_false(is_coloured(NULL, NULL));
    render_text.begin(stderr); /* what is no terminal, or has none of them */
}

/* ---- the other forms ---- */

static struct finding whole(void)
{
    struct finding finding = at(3, 6, 12);
    finding.label = "here";
    finding.reason = "a \"reason\"\\\t\x01\x7f\xc2\x85\xff";
    finding.help = "do so";
    finding_note(&finding, (struct place){.file = NULL}, "no place");
    finding_draw(&finding, (struct place){"/an odd%\xc3\xa4.h", 0, 0, 0}, "no line");
    finding_draw(&finding, (struct place){"/no/such.h", 4, 5, 5}, "there");
    finding_edit(&finding, source, 1, 3, "\n");
    finding_edit(&finding, source, 4, 4, "x");
    finding_edit(&finding, "b.h", 0, 9, "%s", "");
    return finding;
}

static void gcc(void **state)
{
    (void)state;
    struct finding finding = whole();
    shows(&render_gcc, &finding, NULL,
          "@:3:6: warning: it is odd [odd]\n@:3:6: note: here\n@:3:6: note: no place\n"
          "/an odd%\xc3\xa4.h:0:0: note: no line\n/no/such.h:4:5: note: there\n"
          "@:3:6: note: help: do so\n");
    finding = at(1, 1, 2);
    finding.rule = &error;
    shows(&render_gcc, &finding, NULL, "@:1:1: error: it is odd [worse]\n");
}

static void json(void **state)
{
    (void)state;
    struct finding finding = whole();
    shows(&render_json, &finding, NULL,
          "{\"rule\":\"odd\",\"level\":\"warning\",\"file\":\"@\",\"line\":3,\"column\":6,"
          "\"end_column\":12,\"message\":\"it is odd\","
          "\"reason\":\"a \\\"reason\\\"\\\\\\t\\u0001\\u007f\\u0085\\ufffd\","
          "\"notes\":[{\"file\":null,\"line\":0,\"column\":0,\"text\":\"no place\"},"
          "{\"file\":\"/an odd%\xc3\xa4.h\",\"line\":0,\"column\":0,\"text\":\"no line\"},"
          "{\"file\":\"/no/such.h\",\"line\":4,\"column\":5,\"text\":\"there\"}],"
          "\"help\":\"do so\",\"fix\":{\"edits\":["
          "{\"file\":\"@\",\"from\":1,\"to\":3,\"text\":\"\\n\"},"
          "{\"file\":\"@\",\"from\":4,\"to\":4,\"text\":\"x\"},"
          "{\"file\":\"b.h\",\"from\":0,\"to\":9,\"text\":\"\"}]}}\n");
    finding = at(1, 1, 2);
    shows(&render_json, &finding, NULL,
          "{\"rule\":\"odd\",\"level\":\"warning\",\"file\":\"@\",\"line\":1,\"column\":1,"
          "\"end_column\":2,\"message\":\"it is odd\",\"reason\":null,\"notes\":[],\"help\":null,"
          "\"fix\":null}\n");
}

/* Columns are characters there, and names are URIs. */
static void sarif(void **state)
{
    (void)state;
    struct finding finding = whole();
    finding.rule = rules[1];
    char wanted[3000];
    sprintf(wanted,
            "{\"ruleId\":\"%s\",\"ruleIndex\":1,\"level\":\"%s\",\"message\":{\"text\":"
            "\"it is odd: here\\nnote: no place\\nhelp: do so\"},"
            "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"file://@\"},"
            "\"region\":{\"startLine\":3,\"startColumn\":5,\"endColumn\":7}}}],"
            "\"relatedLocations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":"
            "\"file:///an%%20odd%%25%%C3%%A4.h\"}},\"message\":{\"text\":\"no line\"}},"
            "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"file:///no/such.h\"},"
            "\"region\":{\"startLine\":4,\"startColumn\":5}},\"message\":{\"text\":\"there\"}}],"
            "\"fixes\":[{\"description\":{\"text\":\"do so\"},\"artifactChanges\":["
            "{\"artifactLocation\":{\"uri\":\"file://@\"},\"replacements\":["
            "{\"deletedRegion\":{\"byteOffset\":1,\"byteLength\":2},\"insertedContent\":"
            "{\"text\":\"\\n\"}},"
            "{\"deletedRegion\":{\"byteOffset\":4,\"byteLength\":0},\"insertedContent\":"
            "{\"text\":\"x\"}}]},"
            "{\"artifactLocation\":{\"uri\":\"b.h\"},\"replacements\":["
            "{\"deletedRegion\":{\"byteOffset\":0,\"byteLength\":9},\"insertedContent\":"
            "{\"text\":\"\"}}]}]}],\"suppressions\":[]}",
            rules[1]->name, render_level(&finding));
    shows(&render_sarif, &finding, NULL, wanted);
}

static void sarif_of_little(void **state)
{
    (void)state;
    struct finding finding = at(77, 0, 0);
    finding.rule = rules[0];
    finding_edit(&finding, "b.h", 0, 9, "%s", "");
    char wanted[1000];
    sprintf(wanted,
            "{\"ruleId\":\"%s\",\"ruleIndex\":0,\"level\":\"%s\",\"message\":{\"text\":"
            "\"it is odd\"},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":"
            "\"file://@\"},\"region\":{\"startLine\":77,\"startColumn\":1}}}],"
            "\"relatedLocations\":[],\"fixes\":[{\"description\":{\"text\":\"it is odd\"},"
            "\"artifactChanges\":[{\"artifactLocation\":{\"uri\":\"b.h\"},\"replacements\":["
            "{\"deletedRegion\":{\"byteOffset\":0,\"byteLength\":9},\"insertedContent\":"
            "{\"text\":\"\"}}]}]}],"
            "\"suppressions\":[{\"kind\":\"inSource\",\"justification\":\"it \\\"is\\\" meant\"}]}",
            rules[0]->name, render_level(&finding));
    shows(&render_sarif, &finding, "it \"is\" meant", wanted);
}

int lint_render(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_the_caret_stands),
        cmocka_unit_test(labels_and_notes),
        cmocka_unit_test(drawn_notes_stand_in_order),
        cmocka_unit_test(what_it_says_of_its_rule),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(colours),
        cmocka_unit_test(gcc),
        cmocka_unit_test(json),
        cmocka_unit_test(sarif),
        cmocka_unit_test(sarif_of_little),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
