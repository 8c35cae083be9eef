/* source.h: what a chain starts with. */
#ifndef PIPELINE_SOURCE_H
#define PIPELINE_SOURCE_H

#include "pipeline/pipeline.h"

/* What a chain's sources give, one after the other. */
void weir_pl_sources_build(struct chain *chain, struct flow *flow);

/* Looks, before anything is opened, for the files that the first chain reads; those behind it may
 * read what it writes. false: it complained, exit code 2. */
bool weir_pl_source_first_exist(const struct pipeline *pipeline);

/* Looks at every source before anything is opened: is it there, is it no directory. Adds up their
 * sizes in *bytes, UINT64_MAX when one is not known. Not 0: it complained, and this is the exit
 * code: 2 where one of the first chain cannot be read, since then nothing has happened. */
int weir_pl_source_check(const struct pipeline *pipeline, const struct chain *chain,
                         uint64_t *bytes);

#endif
