/* stage_save.h: files whose names come from data. */
#ifndef PIPELINE_STAGE_SAVE_H
#define PIPELINE_STAGE_SAVE_H

#include "pipeline/pipeline.h"

/* Its arguments. */
enum { SAVE_DIR, SAVE_ON_ERROR, SAVE_SYNC, SAVE_ROLL, SAVE_NAME };

/* Room for "-10000" is left in what a file may be called. */
enum { SAVE_NAME_MAX = 240, SAVE_NAME_BYTES = SAVE_NAME_MAX + 1 };

/* The last component of a path or URL, where it may be a file's name. NULL, or why it may not. */
const char *weir_pl_save_name(weir_line text, char out[SAVE_NAME_BYTES]);

/* Its directory is there. Asked before anything is opened. False: it complained. */
bool weir_pl_save_check(const struct pipeline *pipeline, const struct node *node);

/* A source whose marks wait for the disk has one to wait for. */
weir_stream *weir_pl_save_expect_synced(weir_stream *source, const struct node *node);

/* stage_roll.c: with roll=. false: it complained. */
bool weir_pl_roll_check(struct node *node, const struct words *words);
bool weir_pl_roll_plan(const struct node *node, const struct words *words);
weir_stream *weir_pl_roll_build(struct flow *flow, struct node *node);

/* How many files stand there, when the chain failed. */
void weir_pl_save_outcome(const struct node *node, char *out, size_t size);

#endif
