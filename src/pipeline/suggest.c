/* Did you mean: edit distance with swaps, since that is what typing does. */
#include "pipeline/suggest.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Nobody misspells longer words so that it could be seen; and a hint is not worth the time that a
 * directory of millions takes. */
enum { LETTERS_MAX = 63, ENTRIES_MAX = 10000 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t weir_pl_suggest_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    size_t row[3][LETTERS_MAX + 1];

    if (na > LETTERS_MAX || nb > LETTERS_MAX)
        return LETTERS_MAX + 1;
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

void weir_pl_suggest(struct suggestion *suggestion, const char *candidate)
{
    size_t n = strlen(suggestion->word);
    size_t distance = weir_pl_suggest_distance(suggestion->word, candidate);

    if (distance > LETTERS_MAX) /* they were not compared */
        return;
    if (distance == 0 || distance > (n < 6 ? 1 : n / 3) || distance >= n)
        return;
    if (suggestion->best[0] && distance >= suggestion->distance)
        return;
    snprintf(suggestion->best, sizeof suggestion->best, "%s", candidate);
    suggestion->distance = distance;
}

void weir_pl_suggest_file(struct suggestion *suggestion, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char folder[sizeof suggestion->best] = ".";
    struct suggestion nearest = {.word = name};

    suggestion->best[0] = 0;
    if (slash && (size_t)(slash - path) + 2 > sizeof folder)
        return;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    struct dirent *entry;
    for (int left = ENTRIES_MAX; left && (entry = readdir(dir)); left--)
        weir_pl_suggest(&nearest, entry->d_name);
    closedir(dir);
    if (nearest.best[0] && strlen(folder) + strlen(nearest.best) < sizeof folder) {
        suggestion->distance = nearest.distance;
        size_t n =
            (size_t)snprintf(suggestion->best, sizeof suggestion->best, "%s", slash ? folder : "");
        snprintf(suggestion->best + n, sizeof suggestion->best - n, "%s", nearest.best);
    }
}
