#include "mark.h"

#include <string.h>

static const char *const names[MARKS] = {
    [MARK_TAKES] = "takes",
    [MARK_KEEPS] = "keeps",
    [MARK_HOLDS] = "holds",
    [MARK_RELEASES] = "releases",
    [MARK_FINISHES] = "finishes",
    [MARK_UNBOUNDED] = "unbounded",
    [MARK_MUST_PAR_SPAWN] = "must_par_spawn",
    [MARK_SPAWNS] = "spawns",
    [MARK_AWAITS] = "awaits",
    [MARK_BLOCKS] = "blocks",
    [MARK_SEQUENTIAL_LOOP] = "sequential_loop",
    [MARK_LENDS] = "lends",
    [MARK_ITEM] = "item",
    [MARK_MUST_FINISH] = "must_finish",
    [MARK_MUST_NOT_AWAIT] = "must_not_await",
};

void mark_read(struct marks *out, const char *annotation)
{
    if (strncmp(annotation, "weir::", 6) != 0)
        return;
    annotation += 6;
    size_t n = strcspn(annotation, "=");
    for (int i = 0; i < MARKS; i++)
        if (strlen(names[i]) == n && !memcmp(names[i], annotation, n))
            out->text[i] = annotation[n] ? annotation + n + 1 : "";
}
