/* added.h: stages that a program has added to the catalogue. */
#ifndef PIPELINE_ADDED_H
#define PIPELINE_ADDED_H

#include "pipeline/catalogue.h"

/* The one after another; NULL: the first. NULL: there are no more. */
const struct entry *weir_pl_added_next(const struct entry *after);

#endif
