/* busy.h: what the stages of a chain do with their time while it runs, as weir/inspect.h counts it.
 */
#ifndef TOOL_BUSY_H
#define TOOL_BUSY_H

#include <stdio.h>

#include "pipeline/pipeline.h"
#include "shares.h"
#include "weir/inspect.h"

/* Of one node, or of those before it that have no row of their own as well. */
struct busy_node {
    size_t end; /* its rows are those of stages before this one; 0: it has none */
    struct counts now, first, since[2];
};

struct busy {
    weir_rt *rt; /* NULL: nobody looks; shares are not known, what came out is */
    const struct chain *chain;
    struct busy_node *nodes; /* as the chain's */
    weir_inspect_row *rows;  /* WEIR_INSPECT_ROWS_MAX */
    uint64_t began_ns, now_ns, mark_ns[2];
};

/* The chain was built, and is about to run as the runtime's own. rt NULL: it runs beside others. */
void busy_begin(struct busy *busy, weir_rt *rt, const struct chain *chain, uint64_t now_ns);
/* The accounts of its nodes are fresh. */
void busy_look(struct busy *busy, uint64_t now_ns);
void busy_end(struct busy *busy);

/* In the last second or two; `whole`: since it began. All 0: not known. */
struct shares busy_shares(const struct busy *busy, size_t node, bool whole);

/* The node that limits the others now; NULL: none, or it is not known. Its share in percent. */
const struct node *busy_limiting(const struct busy *busy, unsigned *percent);

enum { BUSY_LINES_MIN = 3 }; /* a table has no fewer */

/* A line a stage with what came out of it, and a heading, each at most `columns` wide (0: as wide
 * as it takes) and at most `lines` of them (0: all). Returns how many. */
size_t busy_table(const struct busy *busy, const struct words *words, FILE *to, size_t columns,
                  size_t lines);

#endif
