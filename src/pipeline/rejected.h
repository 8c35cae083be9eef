/* rejected.h: what was left out of what ran. */
#ifndef PIPELINE_REJECTED_H
#define PIPELINE_REJECTED_H

#include "pipeline/pipeline.h"

/* Tells how much it was, and where it is. false: nothing was. */
bool weir_pl_rejected_tell(const struct pipeline *pipeline);

#endif
