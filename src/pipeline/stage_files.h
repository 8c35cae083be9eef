/* stage_files.h: several sources, each read by itself. */
#ifndef PIPELINE_STAGE_FILES_H
#define PIPELINE_STAGE_FILES_H

#include "pipeline/pipeline.h"

/* The records of one of them. All are of one type. */
typedef weir_stream *files_make(weir_reader *reader WEIR_TAKES, const struct node *node);

/* It makes the chain's sources itself: they are not joined before it. */
weir_stream *weir_pl_files_build(struct chain *chain, files_make *make, const struct node *node);

#endif
