/* For people: the line, a caret under what is meant, and what to do. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/columns.h"
#include "../weir/memory.h"
#include "../weir/print.h"
#include "pipeline/text.h"
#include "pipeline/utf8.h"
#include "allow.h"
#include "render.h"

/* Of a line of source; a longer one is shown around the caret. */
enum { LINE_COLUMNS = 140, BEFORE_COLUMNS = 60, MARKED_COLUMNS = 60, TAB_COLUMNS = 4 };

enum colour { PLAIN, ERROR, WARNING, MARGIN, STRONG };

static bool colours;

static void colour(FILE *to, enum colour which)
{
    static const char *const codes[] = {
        [PLAIN] = "0", [ERROR] = "1;31", [WARNING] = "1;33", [MARGIN] = "1;34", [STRONG] = "1"};

    if (colours)
        fprintf(to, "\x1b[%sm", codes[which]);
}

static void begin(FILE *to)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

    colours = isatty(fileno(to)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

/* ---- a line of source, in three parts: before what is marked, marked, behind it ---- */

struct cut_line {
    char *before, *marked, *after;
    const char *dots_before, *dots_after;
};

/* Tabs as blanks, from column `at` on. */
static char *expanded(const char *text, size_t n, size_t at)
{
    char *out = memory_zeroed(n * TAB_COLUMNS + 1, 1), *to = out;

    for (size_t i = 0; i < n; i++) {
        uint32_t code;
        if (text[i] != '\t') {
            *to++ = text[i] ? text[i] : ' ';
            at += weir_pl_utf8_read(text + i, &code) ? weir_pl_columns_of_character(code) : 0;
            continue;
        }
        do
            *to++ = ' ';
        while (++at % TAB_COLUMNS);
    }
    char *harmless = print_harmless(out);
    free(out);
    return harmless;
}

/* The last of it; whole characters. */
static void cut_front(char *text, size_t columns_max)
{
    size_t width = weir_pl_columns(text);

    if (width <= columns_max)
        return;
    size_t from = weir_pl_columns_cut(text, width - columns_max, SIZE_MAX);
    memmove(text, text + from, strlen(text + from) + 1);
}

static void cut_back(char *text, size_t columns_max)
{
    text[weir_pl_columns_cut(text, columns_max, SIZE_MAX)] = 0;
}

static struct cut_line cut_line(const char *text, size_t n, const struct place *at)
{
    size_t from = at->column ? at->column - 1 : 0, to = at->end_column ? at->end_column - 1 : 0;
    struct cut_line cut = {.dots_before = "", .dots_after = ""};

    from = from > n ? n : from;
    to = to > n || to < from ? n : to;
    cut.before = expanded(text, from, 0);
    size_t width = weir_pl_columns(cut.before);
    cut.marked = expanded(text + from, to - from, width);
    width += weir_pl_columns(cut.marked);
    cut.after = expanded(text + to, n - to, width);
    if (width + weir_pl_columns(cut.after) <= LINE_COLUMNS)
        return cut;
    cut.dots_before = weir_pl_columns(cut.before) > BEFORE_COLUMNS ? "..." : "";
    cut_front(cut.before, BEFORE_COLUMNS);
    if (weir_pl_columns(cut.marked) > MARKED_COLUMNS) {
        cut_back(cut.marked, MARKED_COLUMNS);
        cut.after[0] = 0;
        cut.dots_after = "...";
    }
    size_t left = LINE_COLUMNS - weir_pl_columns(cut.before) - weir_pl_columns(cut.marked);
    if (weir_pl_columns(cut.after) > left)
        cut.dots_after = "...";
    cut_back(cut.after, left);
    return cut;
}

static void drop_line(struct cut_line *cut)
{
    free(cut->before);
    free(cut->marked);
    free(cut->after);
}

/* ---- a finding ---- */

/* What stands under a line. */
struct mark {
    struct place at;
    const char *text;
    bool primary;
};

enum { MARKS_MAX = FINDING_NOTES_MAX + 1 };

struct block {
    FILE *to;
    const struct finding *finding;
    struct mark marks[MARKS_MAX];
    size_t n;
    int width; /* of the margin */
};

static void margin(const struct block *block, unsigned line)
{
    colour(block->to, MARGIN);
    if (line)
        fprintf(block->to, "%*u | ", block->width, line);
    else
        fprintf(block->to, "%*s | ", block->width, "");
    colour(block->to, PLAIN);
}

static void empty_margin(const struct block *block)
{
    colour(block->to, MARGIN);
    fprintf(block->to, "%*s |", block->width, "");
    colour(block->to, PLAIN);
    putc('\n', block->to);
}

static void fill(FILE *to, char with, size_t n)
{
    while (n--)
        putc(with, to);
}

static enum colour colour_of(const struct finding *finding)
{
    return finding->rule->level == LEVEL_ERROR ? ERROR : WARNING;
}

static void show_mark(const struct block *block, const struct mark *mark, size_t before,
                      size_t marked)
{
    FILE *to = block->to;

    margin(block, 0);
    fill(to, ' ', before);
    colour(to, mark->primary ? colour_of(block->finding) : MARGIN);
    fill(to, mark->primary ? '^' : '-', marked ? marked : 1);
    if (mark->text && *mark->text) {
        putc(' ', to);
        text_print(to, mark->text);
    }
    colour(to, PLAIN);
    putc('\n', to);
}

/* The line itself; a mark of the same line gets its own row below it. */
static void show_line(const struct block *block, const struct mark *mark, bool again)
{
    size_t n = 0;
    const char *text = render_line(mark->at.file, mark->at.line, &n);
    struct cut_line cut = cut_line(text ? text : "", text ? n : 0, &mark->at);
    FILE *to = block->to;

    if (!again) {
        margin(block, mark->at.line);
        fprintf(to, "%s%s%s%s%s\n", cut.dots_before, cut.before, cut.marked, cut.after,
                cut.dots_after);
    }
    show_mark(block, mark, strlen(cut.dots_before) + weir_pl_columns(cut.before),
              weir_pl_columns(cut.marked));
    drop_line(&cut);
}

static bool weir_pl_same_file(const struct mark *a, const struct mark *b)
{
    return !strcmp(a->at.file, b->at.file);
}

static void show_lines(const struct block *block, const struct mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct mark *last = i ? &marks[i - 1] : NULL;
        if (last && marks[i].at.line > last->at.line + 1) {
            colour(block->to, MARGIN);
            fputs("...\n", block->to);
            colour(block->to, PLAIN);
        }
        show_line(block, &marks[i], last && marks[i].at.line == last->at.line);
    }
}

static void show_arrow(const struct block *block, const char *arrow, const struct place *at)
{
    colour(block->to, MARGIN);
    fprintf(block->to, "%*s%s ", block->width - 1, "", arrow);
    colour(block->to, PLAIN);
    text_print(block->to, at->file);
    fprintf(block->to, ":%u:%u\n", at->line, at->column);
    empty_margin(block);
}

/* One of `= kind: text`. */
static void show_word(const struct block *block, const char *kind, const char *text)
{
    colour(block->to, MARGIN);
    fprintf(block->to, "%*s = ", block->width, "");
    colour(block->to, STRONG);
    fputs(kind, block->to);
    colour(block->to, PLAIN);
    fputs(": ", block->to);
    text_print(block->to, text);
    putc('\n', block->to);
}

static int by_place(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;

    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    if (x->primary != y->primary)
        return x->primary ? -1 : 1;
    return x->at.column < y->at.column ? -1 : x->at.column > y->at.column;
}

static void take_marks(struct block *block)
{
    const struct finding *finding = block->finding;
    unsigned most = finding->at.line;

    block->marks[block->n++] = (struct mark){finding->at, finding->label, true};
    if (!finding->label && finding->help)
        block->marks[0].text = unit_text("help: %s", finding->help);
    for (size_t i = 0; i < finding->notes_n; i++) {
        const struct note *note = &finding->notes[i];
        if (!note->drawn || !note->at.file)
            continue;
        block->marks[block->n++] = (struct mark){note->at, note->text, false};
        most = note->at.line > most ? note->at.line : most;
    }
    block->width = snprintf(NULL, 0, "%u", most);
    block->width = block->width < 2 ? 2 : block->width;
}

/* First those of the finding's own file, then the others, file by file. */
static void show_marks(struct block *block)
{
    struct mark rest[MARKS_MAX], *marks = block->marks;
    size_t left = block->n;

    show_arrow(block, "-->", &block->finding->at);
    for (bool first = true; left; first = false) {
        struct mark own[MARKS_MAX];
        size_t n = 0, others = 0;
        for (size_t i = 0; i < left; i++)
            if (weir_pl_same_file(&marks[i], &marks[0]))
                own[n++] = marks[i];
            else
                rest[others++] = marks[i];
        qsort(own, n, sizeof *own, by_place);
        if (!first)
            show_arrow(block, ":::", &own[0].at);
        show_lines(block, own, n);
        memcpy(marks, rest, others * sizeof *rest);
        left = others;
    }
}

static void show_notes(const struct block *block)
{
    const struct finding *finding = block->finding;
    const struct rule *rule = finding->rule;

    if (finding->label && finding->help)
        show_word(block, "help", finding->help);
    for (size_t i = 0; i < finding->notes_n; i++)
        if (!finding->notes[i].drawn || !finding->notes[i].at.file)
            show_word(block, "note", finding->notes[i].text);
    if (rule == &rule_unused_allow || rule == &rule_allow_without_reason)
        show_word(block, "note", unit_text("`%s` is on by default", rule->name));
    else if (rule->group == GROUP_PEDANTIC)
        show_word(block, "note",
                  unit_text("`%s` is on by --enable=%s; allow: /* weir-lint: allow(%s) reason */",
                            rule->name, rule->name, rule->name));
    else
        show_word(block, "note",
                  unit_text("`%s` is on by default; allow: /* weir-lint: allow(%s) reason */",
                            rule->name, rule->name));
}

static void show(FILE *to, const struct finding *finding, const char *allowed)
{
    static bool another;
    struct block block = {.to = to, .finding = finding};

    (void)allowed;
    if (another)
        putc('\n', to);
    another = true;
    take_marks(&block);
    colour(to, colour_of(finding));
    fputs(render_level(finding), to);
    colour(to, STRONG);
    fputs(": ", to);
    text_print(to, finding->message);
    colour(to, PLAIN);
    putc('\n', to);
    show_marks(&block);
    empty_margin(&block);
    show_notes(&block);
}

const struct renderer render_text = {.begin = begin, .show = show};
