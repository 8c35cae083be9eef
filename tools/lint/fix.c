/* Edits of all findings are kept until the end: a file is written once. */
#include "fix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "../weir/report.h"
#include "edits.h"
#include "text_file.h"
#include "unit.h"
#include "pipeline/text.h"

static bool touches(const struct edit *a, const struct edit *b)
{
    return !strcmp(a->file, b->file) && a->from < b->to && b->from < a->to;
}

/* Two cures may ask for the same new line. */
static bool is_same(const struct edit *a, const struct edit *b)
{
    return !strcmp(a->file, b->file) && a->from == b->from && a->to == b->to && a->from == a->to &&
           !strcmp(a->text, b->text);
}

static bool fits(const struct fixes *fixes, const struct finding *finding, size_t i)
{
    const struct edit *edit = &finding->edits[i];

    if (!edit->file || !edit->text || edit->from > edit->to)
        return false;
    for (size_t j = 0; j < i; j++)
        if (touches(edit, &finding->edits[j]))
            return false;
    for (size_t j = 0; j < fixes->n; j++)
        if (touches(edit, &fixes->at[j]))
            return false;
    return true;
}

static void keep(struct fixes *fixes, const struct edit *edit)
{
    for (size_t i = 0; i < fixes->n; i++)
        if (is_same(edit, &fixes->at[i]))
            return;
    if (fixes->n == fixes->size) {
        fixes->size = fixes->size ? fixes->size * 2 : 64;
        fixes->at = memory_grown(fixes->at, fixes->size * sizeof *fixes->at);
    }
    fixes->at[fixes->n++] = *edit;
}

bool fixes_add(struct fixes *fixes, const struct finding *finding)
{
    for (size_t i = 0; i < finding->edits_n; i++)
        if (!fits(fixes, finding, i))
            return false;
    for (size_t i = 0; i < finding->edits_n; i++)
        keep(fixes, &finding->edits[i]);
    return finding->edits_n;
}

/* ---- file by file ---- */

static int by_file(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order)
        return order;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to; /* what is put before a text comes first */
}

void edits_sort(struct fixes *fixes)
{
    if (fixes->n)
        qsort(fixes->at, fixes->n, sizeof *fixes->at, by_file);
}

size_t edits_of_file(const struct fixes *fixes, size_t first)
{
    size_t n = 0;

    while (first + n < fixes->n && !strcmp(fixes->at[first + n].file, fixes->at[first].file))
        n++;
    return n;
}

bool edits_fit(const struct text_file *file, const struct edit *edits, size_t n)
{
    if (file->bytes && edits[n - 1].to <= file->n)
        return true;
    report_plain(NULL, "lint: %s was changed while it was looked at, or cannot be read",
                 edits->file);
    return false;
}

/* ---- writing ---- */

static bool write_text(FILE *to, const struct text_file *file, const struct edit *edits, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        fwrite(file->bytes + at, 1, edits[i].from - at, to);
        fputs(edits[i].text, to);
        at = edits[i].to;
    }
    fwrite(file->bytes + at, 1, file->n - at, to);
    return fflush(to) == 0 && !ferror(to) && fsync(fileno(to)) == 0;
}

/* Beside the file, with its mode; in its place when all is on the disk. False: errno says why. */
static bool replace(const char *path, const struct text_file *file, const struct edit *edits,
                    size_t n)
{
    char *beside = memory_zeroed(strlen(path) + 16, 1);
    struct stat about;

    snprintf(beside, strlen(path) + 16, "%s.weir-XXXXXX", path);
    int fd = stat(path, &about) || access(path, W_OK) ? -1 : mkstemp(beside);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    bool ok = to && fchmod(fd, about.st_mode & 07777) == 0 && write_text(to, file, edits, n);
    int reason = errno;
    if (to ? fclose(to) && ok : fd >= 0 && close(fd)) {
        reason = errno;
        ok = false;
    }
    if (ok && rename(beside, path)) {
        reason = errno;
        ok = false;
    }
    if (!ok && fd >= 0)
        unlink(beside);
    free(beside);
    errno = reason;
    return ok;
}

/* A link stays one. */
static bool write_file(const struct edit *edits, size_t n)
{
    struct text_file file = text_file_read(edits->file);
    char *path = realpath(edits->file, NULL);
    bool ok = edits_fit(&file, edits, n);

    if (ok && !(ok = path && replace(path, &file, edits, n)))
        report_plain("it is as it was", "lint: %s: cannot write: %s", edits->file,
                     weir_pl_text_reason(errno));
    free(path);
    text_file_drop(&file);
    return ok;
}

bool fixes_write(struct fixes *fixes)
{
    bool ok = true;

    edits_sort(fixes);
    for (size_t i = 0, n; i < fixes->n; i += n) {
        n = edits_of_file(fixes, i);
        ok = write_file(&fixes->at[i], n) && ok;
    }
    return ok;
}
