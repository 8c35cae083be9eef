/* stage_exec.h: exec over bytes. */
#ifndef PIPELINE_STAGE_EXEC_H
#define PIPELINE_STAGE_EXEC_H

#include "pipeline/pipeline.h"

/* stage_exec_bytes.c: what comes goes into a process, what that writes goes on. */
void weir_pl_exec_bytes_build(struct flow *flow, struct node *node);

#endif
