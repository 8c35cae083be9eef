/* A law about shares: while all inputs are ready, each gives as much as every other. */

#include "laws.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 100 }; /* the second input's items are above it */

static struct run run;

/* At no time is one input further ahead of the other than a batch is long. */
static void look_at_shares(struct run *got, size_t demand)
{
    long ahead = 0, most = demand > 1 ? (long)demand : 1;
    char text[TRACE_BYTES];
    strcpy(text, got->trace.text);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        if (*word == '$')
            break;
        ahead += atol(word) > SIDE ? -1 : 1;
        if (labs(ahead) > most)
            run_failed(got, "fair", "one input is %ld items ahead: %s", labs(ahead),
                       got->trace.text);
    }
    if (ahead)
        run_failed(got, "fair", "not all came: %s", got->trace.text);
}

void law_fair(const struct row *row)
{
    struct schedule how = {.events = {"1 2 3 4 5 6 7 8", "101 102 103 104 105 106 107 108"}};
    if (!(row->flags & ANY_SIDE) || row->flags & (BIASED | LENT))
        return;
    for (how.demand = 1; how.demand <= 8; how.demand *= 2) {
        run_all(&run, row, &how);
        look_at_shares(&run, how.demand);
    }
}
