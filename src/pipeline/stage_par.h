/* stage_par.h: lines that several workers go through. */
#ifndef PIPELINE_STAGE_PAR_H
#define PIPELINE_STAGE_PAR_H

#include "pipeline/pipeline.h"

/* stage_par_lines.c: those that `keep` keeps, which is called on any worker. */
weir_stream *weir_pl_par_filter_lines(weir_stream *source WEIR_TAKES,
                                      bool (*keep)(weir_line line, const struct node *node),
                                      const struct node *node WEIR_KEEPS, size_t limit,
                                      bool keep_order);

#endif
