/* A unified diff straight from the edits: what changes is known, nothing has to be compared. */
#include <stdlib.h>
#include <string.h>

#include "../weir/memory.h"
#include "edits.h"
#include "file_path.h"

enum { CONTEXT_LINES = 3 };

/* The bytes [from, to) of the old file, whole lines, become the n bytes of text. */
struct change {
    size_t from, to;
    char *text;
    size_t n;
};

static size_t line_begin(const struct text_file *file, size_t at)
{
    while (at && file->bytes[at - 1] != '\n')
        at--;
    return at;
}

/* Behind the newline of the line that `at` is in. */
static size_t line_end(const struct text_file *file, size_t at)
{
    const char *over = memchr(file->bytes + at, '\n', file->n - at);

    return over ? (size_t)(over - file->bytes) + 1 : file->n;
}

static size_t count_lines(const char *bytes, size_t n)
{
    size_t lines = 0;

    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    return lines + (n && bytes[n - 1] != '\n');
}

static size_t first_line(const char *bytes, size_t n)
{
    const char *over = memchr(bytes, '\n', n);

    return over ? (size_t)(over - bytes) + 1 : n;
}

/* Bytes of the last line of them. */
static size_t last_line(const char *bytes, size_t n)
{
    size_t from = n ? n - 1 : 0;

    while (from && bytes[from - 1] != '\n')
        from--;
    return n - from;
}

/* Lines at both ends that stay as they are do not belong to it. */
static void trim(const struct text_file *file, struct change *change)
{
    const char *old = file->bytes;
    size_t n;

    while (change->n && change->to > change->from) {
        n = first_line(change->text, change->n);
        if (n != first_line(old + change->from, change->to - change->from) ||
            memcmp(change->text, old + change->from, n) != 0)
            break;
        memmove(change->text, change->text + n, change->n -= n);
        change->from += n;
    }
    while (change->n && change->to > change->from) {
        n = last_line(change->text, change->n);
        if (n != last_line(old + change->from, change->to - change->from) ||
            memcmp(change->text + change->n - n, old + change->to - n, n) != 0)
            break;
        change->n -= n;
        change->to -= n;
    }
}

static void add_bytes(struct change *change, const char *bytes, size_t n)
{
    change->text = memory_grown(change->text, change->n + n + 1);
    if (n)
        memcpy(change->text + change->n, bytes, n);
    change->n += n;
}

/* Edits of the same lines make one change; how many were taken. */
static size_t change_of(const struct text_file *file, const struct edit *edits, size_t n,
                        struct change *change)
{
    size_t at = line_begin(file, edits->from), i = 0;

    *change = (struct change){.from = at, .to = at};
    while (i < n && (i == 0 || edits[i].from < change->to)) {
        add_bytes(change, file->bytes + at, edits[i].from - at);
        add_bytes(change, edits[i].text, strlen(edits[i].text));
        at = edits[i].to;
        change->to = line_end(file, at);
        i++;
    }
    add_bytes(change, file->bytes + at, change->to - at);
    trim(file, change);
    return i;
}

static void print_lines(FILE *to, char sign, const char *bytes, size_t n)
{
    while (n) {
        size_t line = first_line(bytes, n);
        putc(sign, to);
        fwrite(bytes, 1, line, to);
        if (bytes[line - 1] != '\n')
            fputs("\n\\ No newline at end of file\n", to);
        bytes += line;
        n -= line;
    }
}

static size_t back(const struct text_file *file, size_t at)
{
    for (int i = 0; i < CONTEXT_LINES && at; i++)
        at = line_begin(file, at - 1);
    return at;
}

static size_t forth(const struct text_file *file, size_t at)
{
    for (int i = 0; i < CONTEXT_LINES && at < file->n; i++)
        at = line_end(file, at);
    return at;
}

static size_t changed_lines(const struct text_file *file, const struct change *change, bool old)
{
    return old ? count_lines(file->bytes + change->from, change->to - change->from)
               : count_lines(change->text, change->n);
}

static void print_range(FILE *to, char sign, size_t before, size_t n)
{
    fprintf(to, "%c%zu,%zu ", sign, n ? before + 1 : before, n);
}

/* n changes near each other; *before_new: by how many lines the new file is longer up to here. */
static void print_hunk(FILE *to, const struct text_file *file, const struct change *changes,
                       size_t n, size_t *before_new)
{
    size_t from = back(file, changes[0].from), end = forth(file, changes[n - 1].to);
    size_t before = count_lines(file->bytes, from);
    size_t old_n = count_lines(file->bytes + from, end - from), new_n = old_n;

    for (size_t i = 0; i < n; i++)
        new_n = new_n - changed_lines(file, &changes[i], true) +
                changed_lines(file, &changes[i], false);
    fputs("@@ ", to);
    print_range(to, '-', before, old_n);
    print_range(to, '+', before + *before_new, new_n);
    fputs("@@\n", to);
    *before_new += new_n - old_n; /* modulo; the sum is right */
    for (size_t i = 0; i < n; i++) {
        print_lines(to, ' ', file->bytes + from, changes[i].from - from);
        print_lines(to, '-', file->bytes + changes[i].from, changes[i].to - changes[i].from);
        print_lines(to, '+', changes[i].text, changes[i].n);
        from = changes[i].to;
    }
    print_lines(to, ' ', file->bytes + from, end - from);
}

static size_t near_changes(const struct text_file *file, const struct change *changes, size_t n)
{
    size_t i = 1;

    while (i < n && back(file, changes[i].from) <= forth(file, changes[i - 1].to))
        i++;
    return i;
}

/* patch(1) takes no absolute names: those are relative to the root. */
static void print_name(FILE *to, const char *sign, const char *side, const char *name)
{
    name = file_path_shown(name);
    fprintf(to, "%s %s/%s\n", sign, side, name + (*name == '/'));
}

static void print_file(FILE *to, const struct text_file *file, const struct edit *edits, size_t n)
{
    struct change *changes = memory_zeroed(n, sizeof *changes);
    size_t all = 0, before_new = 0;

    for (size_t i = 0; i < n;)
        i += change_of(file, edits + i, n - i, &changes[all++]);
    print_name(to, "---", "a", edits->file);
    print_name(to, "+++", "b", edits->file);
    for (size_t i = 0, near; i < all; i += near) {
        near = near_changes(file, changes + i, all - i);
        print_hunk(to, file, changes + i, near, &before_new);
    }
    for (size_t i = 0; i < all; i++)
        free(changes[i].text);
    free(changes);
}

void fixes_print(struct fixes *fixes, FILE *to)
{
    edits_sort(fixes);
    for (size_t i = 0, n; i < fixes->n; i += n) {
        struct text_file file = text_file_read(fixes->at[i].file);
        n = edits_of_file(fixes, i);
        if (edits_fit(&file, &fixes->at[i], n))
            print_file(to, &file, &fixes->at[i], n);
        text_file_drop(&file);
    }
}
