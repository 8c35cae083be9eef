/* stage_gate.h: chains that run at once, over a tee: none of their files takes its name before all
 * of them have come as far, so that one that fails late leaves no file of another. */
#ifndef PIPELINE_STAGE_GATE_H
#define PIPELINE_STAGE_GATE_H

#include "pipeline/pipeline.h"

/* Of so many chains. It stands until they are gone; for weir_pl_room_free(). NULL: no memory. */
struct gate *weir_pl_gate_new(size_t chains);

/* The chain is over, or all that its file is to hold is written. */
void weir_pl_gate_pass(struct gate *gate, size_t chain);

/* The writer of a chain's file, which is closed when all chains have passed; at once where the
 * chain ended before its tee did, or the copy that it reads: the other chain waits for it to go. */
weir_writer *weir_pl_gate_build(weir_writer *file WEIR_TAKES, struct chain *chain WEIR_KEEPS);

#endif
