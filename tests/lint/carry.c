/* An outcome comes through a pipe as it was; less than the whole of it, or other bytes, is none. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "carry.h"
#include "rule.h"

enum { BYTES_MAX = 60 << 10 }; /* a pipe holds them */

struct carried {
    char bytes[BYTES_MAX];
    size_t n;
};

static bool send(struct outcome *outcome, struct carried *to)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    bool ok = carry_write(ends[1], outcome);
    ssize_t n = read(ends[0], to->bytes, sizeof to->bytes);
    to->n = n > 0 ? (size_t)n : 0;
    close(ends[0]);
    close(ends[1]);
    return ok;
}

static struct finding sample(void)
{
    struct finding finding = {
        .rule = rules[3],
        .at = {"a.c", 7, 3, 9},
        .message = "what",
        .help = "so",
        .notes = {{{NULL, 0, 0, 0}, "no place", false}, {{"b.h", 1, 2, 3}, "there", true}},
        .notes_n = 2,
        .edits = {{"a.c", 4, 9, ""}},
        .edits_n = 1};
    return finding;
}

static struct outcome outcome_of(struct finding *findings, const char **allowed, size_t n)
{
    struct outcome outcome = {.file = "a.c", .allowed = allowed};
    outcome.result.findings = findings;
    outcome.result.findings_n = n;
    outcome.result.silent[SILENT_GOTO] = 5;
    outcome.result.functions = 12;
    outcome.result.parse_error = "a.c:1:1: odd";
    outcome.result.parse_errors = UINT64_MAX;
    return outcome;
}

static void comes_as_it_was(void **state)
{
    (void)state;
    struct finding findings[] = {sample(), {.rule = rules[0], .at = {"c.c", 1, 1, 2}}};
    const char *allowed[] = {NULL, "it is meant"};
    struct outcome out = outcome_of(findings, allowed, 2), in = {.file = NULL};
    static struct carried carried;

    assert_true(send(&out, &carried));
    assert_true(carry_read(carried.bytes, carried.n, &in));
    assert_int_equal(in.result.findings_n, 2);
    const struct finding *first = &in.result.findings[0];
    assert_ptr_equal(first->rule, rules[3]);
    assert_string_equal(first->at.file, "a.c");
    assert_int_equal(first->at.end_column, 9);
    assert_string_equal(first->message, "what");
    assert_null(first->label);
    assert_int_equal(first->notes_n, 2);
    assert_null(first->notes[0].at.file);
    assert_string_equal(first->notes[1].text, "there");
    assert_true(first->notes[1].drawn && !first->notes[0].drawn);
    assert_int_equal(first->edits_n, 1);
    assert_int_equal(first->edits[0].to, 9);
    assert_string_equal(first->edits[0].text, "");
    assert_null(in.allowed[0]);
    assert_string_equal(in.allowed[1], "it is meant");
    assert_int_equal(in.result.silent[SILENT_GOTO], 5);
    assert_int_equal(in.result.functions, 12);
    assert_null(in.result.failed);
    assert_string_equal(in.result.parse_error, "a.c:1:1: odd");
    assert_true(in.result.parse_errors == UINT64_MAX);
}

static void half_of_it_is_none(void **state)
{
    (void)state;
    struct finding finding = sample();
    const char *allowed = NULL;
    struct outcome out = outcome_of(&finding, &allowed, 1);
    static struct carried carried;

    assert_true(send(&out, &carried));
    for (size_t n = 0; n <= carried.n + 1; n++) {
        struct outcome in = {.file = NULL};
        assert_int_equal(carry_read(carried.bytes, n, &in), n == carried.n);
        assert_int_equal(in.result.findings_n, n == carried.n);
    }
}

/* Numbers that are too large are refused, wherever they stand; other bytes are other texts. */
static void other_bytes_are_refused(void **state)
{
    (void)state;
    struct finding finding = sample();
    const char *allowed = NULL;
    struct outcome out = outcome_of(&finding, &allowed, 1);
    static struct carried carried;

    assert_true(send(&out, &carried));
    size_t refused = 0;
    for (size_t i = 0; i < carried.n; i++) {
        struct outcome in = {.file = NULL};
        char was = carried.bytes[i];
        carried.bytes[i] = (char)0xfe;
        if (carry_read(carried.bytes, carried.n, &in)) {
            assert_int_equal(in.result.findings_n, 1);
            assert_true(in.result.findings[0].notes_n <= FINDING_NOTES_MAX);
        } else {
            assert_int_equal(in.result.findings_n, 0);
            refused++;
        }
        carried.bytes[i] = was;
    }
    assert_true(refused > carried.n / 3);
}

static void what_is_too_much_is_cut(void **state)
{
    (void)state;
    static char text[70 << 10];
    memset(text, 'x', sizeof text - 1);
    struct finding finding = {.rule = rules[0], .message = text};
    const char *allowed = NULL;
    struct outcome out = outcome_of(&finding, &allowed, 1), in = {.file = NULL};
    int fd = memfd_create("outcome", 0);
    static char bytes[80 << 10];

    assert_true(carry_write(fd, &out));
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    close(fd);
    assert_true(n > 0 && carry_read(bytes, (size_t)n, &in));
    assert_int_equal(strlen(in.result.findings[0].message), 64 << 10);
}

static void more_findings_than_there_is_room_for(void **state)
{
    (void)state;
    struct finding *many = calloc(FINDINGS_MAX + 5, sizeof *many);
    const char **allowed = calloc(FINDINGS_MAX + 5, sizeof *allowed);
    for (size_t i = 0; i < FINDINGS_MAX + 5; i++)
        many[i].rule = rules[0];
    struct outcome out = outcome_of(many, allowed, FINDINGS_MAX + 5), in = {.file = NULL};
    int fd = memfd_create("outcome", 0);

    assert_true(carry_write(fd, &out));
    size_t n = (size_t)lseek(fd, 0, SEEK_END);
    char *bytes = malloc(n);
    assert_int_equal(pread(fd, bytes, n, 0), n);
    assert_true(carry_read(bytes, n, &in));
    assert_int_equal(in.result.findings_n, FINDINGS_MAX);
    close(fd);
    free(bytes);
    free(many);
    free(allowed);
}

/* Half a cure is none. */
static void a_cure_with_too_many_edits_is_none(void **state)
{
    (void)state;
    struct finding finding = {.rule = rules[0]};
    const char *allowed = NULL;
    static struct carried carried;

    for (size_t i = 0; i < FINDING_NOTES_MAX + 2; i++) {
        finding_note(&finding, (struct place){.file = NULL}, "note %zu", i);
        finding_draw(&finding, (struct place){"a.c", 1, 1, 2}, "drawn %zu", i);
    }
    assert_int_equal(finding.notes_n, FINDING_NOTES_MAX);
    assert_string_equal(finding.notes[FINDING_NOTES_MAX - 1].text, "drawn 2");
    for (size_t i = 0; i < FINDING_EDITS_MAX; i++)
        finding_edit(&finding, "a.c", i, i + 1, "%zu", i);
    for (int more = 0; more < 2; more++) {
        struct outcome out = outcome_of(&finding, &allowed, 1), in = {.file = NULL};
        assert_true(send(&out, &carried) && carry_read(carried.bytes, carried.n, &in));
        assert_int_equal(in.result.findings[0].edits_n, more ? 0 : FINDING_EDITS_MAX);
        finding_edit(&finding, "a.c", 90, 91, "one too many");
    }
}

static void nobody_reads_it(void **state)
{
    (void)state;
    struct finding finding = sample();
    const char *allowed = NULL;
    struct outcome out = outcome_of(&finding, &allowed, 1);
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_false(carry_write(ends[1], &out));
    close(ends[1]);
}

int lint_carry(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_as_it_was),
        cmocka_unit_test(half_of_it_is_none),
        cmocka_unit_test(other_bytes_are_refused),
        cmocka_unit_test(what_is_too_much_is_cut),
        cmocka_unit_test(more_findings_than_there_is_room_for),
        cmocka_unit_test(a_cure_with_too_many_edits_is_none),
        cmocka_unit_test(nobody_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
