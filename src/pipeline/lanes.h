/* lanes.h: par by=KEY: of the items of one key only one is under way, so that they are done, and
 * come out, in their order. */
#ifndef PIPELINE_LANES_H
#define PIPELINE_LANES_H

#include "pipeline/pipeline.h"

/* Which keys are under way. */
struct lanes;

/* At most `limit` at once; the key of a line is its word of this number, from 1, or, for 0, all of
 * it; of a record it is what a person would read in this field. NULL: no memory. */
struct lanes *weir_pl_lanes_new(weir_arena *arena, size_t limit, size_t word, const char *field);

/* The line that comes next is this record. */
void weir_pl_lanes_look(struct lanes *lanes, weir_record_view record);

/* Of the line that the stage gave last. Equal words are equal keys. Others are, too, once in very
 * many. */
uint64_t weir_pl_lanes_key(const struct lanes *lanes);

/* One that the stage gave is done. */
void weir_pl_lanes_release(struct lanes *lanes, uint64_t key);

/* Lines, lent, one at a time: of those that wait the first whose key is not under way, which it is
 * from now on. A few wait while others pass them. */
weir_stream *weir_pl_lanes_stage(weir_stream *source WEIR_TAKES, struct lanes *lanes WEIR_KEEPS,
                                 size_t longest);

#endif
