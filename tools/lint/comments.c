/* A lexer of C that knows no more than what a comment may hide in: strings and characters. */
#include "comments.h"

#include <ctype.h>
#include <string.h>

#include "../weir/memory.h"

static const char mark[] = "weir-lint:";

struct scan {
    const char *begin, *at, *end, *line_begin;
    unsigned line;
    unsigned code_line; /* the last one with code */
    bool blank;         /* nothing was on this line so far */
    size_t waiting;     /* of the comments found: the first that knows no line of code */
    unsigned depth;     /* of #if */
    struct comments found;
};

static void newline(struct scan *scan)
{
    if (scan->blank) /* what waits stands for nothing */
        scan->waiting = scan->found.n;
    scan->line++;
    scan->line_begin = scan->at + 1;
    scan->blank = true;
}

/* A line of the preprocessor begins here. */
static void directive(struct scan *scan)
{
    const char *word = scan->at + 1;

    word += strspn(word, " \t");
    if (!strncmp(word, "if", 2))
        scan->depth++;
    else if (!strncmp(word, "endif", 5) && scan->depth)
        scan->depth--;
}

static void code(struct scan *scan)
{
    for (; scan->waiting < scan->found.n; scan->waiting++)
        scan->found.at[scan->waiting].for_line = scan->line;
    scan->code_line = scan->line;
    scan->blank = false;
}

/* A string or a character, to its end or that of the line. */
static void skip_quoted(struct scan *scan)
{
    char quote = *scan->at++;

    while (scan->at < scan->end && *scan->at != quote && *scan->at != '\n') {
        if (*scan->at == '\\' && scan->at + 1 < scan->end) {
            scan->at++;
            if (*scan->at == '\n')
                newline(scan);
        }
        scan->at++;
    }
    scan->at -= scan->at < scan->end && *scan->at == '\n';
}

/* Where the comment that begins here ends; behind its last byte. */
static const char *comment_end(const struct scan *scan)
{
    const char *at = scan->at + 2;
    size_t left = (size_t)(scan->end - at);

    if (scan->at[1] == '*') {
        const char *over = memmem(at, left, "*/", 2);
        return over ? over + 2 : scan->end;
    }
    while (at < scan->end && (*at != '\n' || at[-1] == '\\'))
        at++;
    return at;
}

/* What goes with the comment: the blanks before it where nothing stands behind it, and the lines
 * where it stands alone. */
static void measure(const struct scan *scan, const char *over, struct comment *comment)
{
    const char *from = scan->at, *to = over;

    while (to < scan->end && (*to == ' ' || *to == '\t' || *to == '\r'))
        to++;
    if (to == scan->end || *to == '\n') {
        while (from > scan->line_begin && (from[-1] == ' ' || from[-1] == '\t'))
            from--;
        if (from == scan->line_begin)
            to += to < scan->end;
        else
            to -= to < scan->end && to[-1] == '\r';
    } else {
        to = over;
        comment->parts = from > scan->line_begin && !isspace((unsigned char)from[-1]) &&
                         !isspace((unsigned char)*to);
    }
    comment->from = (size_t)(from - scan->begin);
    comment->to = (size_t)(to - scan->begin);
}

/* Keeps it where it speaks to the lint. `over`: behind its last byte. */
static void keep(struct scan *scan, const char *over)
{
    const char *text = scan->at + 2, *text_end = over - (scan->at[1] == '*' ? 2 : 0);
    const char *line_end = memchr(scan->at, '\n', (size_t)(over - scan->at));

    while (text < text_end && strchr(" \t*\n", *text))
        text++;
    if (text_end - text < (ptrdiff_t)sizeof mark - 1 || memcmp(text, mark, sizeof mark - 1) ||
        scan->found.n == COMMENTS_MAX)
        return;
    if (!scan->found.at)
        scan->found.at = memory_zeroed(COMMENTS_MAX, sizeof *scan->found.at);
    text += sizeof mark - 1;
    struct comment *to = &scan->found.at[scan->found.n++];
    *to = (struct comment){
        .text = text,
        .n = (size_t)(text_end - text),
        .line = scan->line,
        .column = (unsigned)(scan->at - scan->line_begin) + 1,
        .end_column = (unsigned)((line_end ? line_end : over) - scan->line_begin) + 1,
        .for_line = scan->code_line == scan->line ? scan->line : 0,
        .conditional = scan->depth > 0,
    };
    measure(scan, over, to);
    if (scan->code_line == scan->line)
        scan->waiting = scan->found.n;
}

static void skip_comment(struct scan *scan)
{
    const char *over = comment_end(scan);

    keep(scan, over);
    for (; scan->at < over; scan->at++)
        if (*scan->at == '\n') {
            scan->blank = false;
            newline(scan);
        }
    scan->blank = false;
    scan->at = over - 1;
}

struct comments comments_find(const struct text_file *file)
{
    struct scan scan = {.begin = file->bytes,
                        .at = file->bytes,
                        .line_begin = file->bytes,
                        .line = 1,
                        .blank = true};

    scan.end = file->bytes + file->n;
    for (; scan.at < scan.end; scan.at++) {
        char c = *scan.at;
        if (c == '/' && (scan.at[1] == '*' || scan.at[1] == '/')) {
            skip_comment(&scan);
        } else if (c == '\n') {
            newline(&scan);
        } else if (!strchr(" \t\r\f\v", c)) {
            if (c == '#' && scan.code_line != scan.line)
                directive(&scan);
            code(&scan);
            if (c == '"' || c == '\'')
                skip_quoted(&scan);
        }
    }
    return scan.found;
}
