/* Memory for the values of some texts, which are all given up at once. */
#ifndef WEIR_FORMAT_JSON_POOL_H
#define WEIR_FORMAT_JSON_POOL_H

#include "weir/base.h"

/* Blocks of memory, the newest first; only that one is written to. */
typedef struct weir_json_pool {
    struct weir_json_block *newest;
    size_t held; /* bytes of all blocks */
    size_t bytes_max;
    bool full; /* the limit refused something since the last reset */
} weir_json_pool;

void *weir_json_pool_take(weir_json_pool *pool, size_t n);
/* The block at `old`, if it was the last that was taken, where it stands; else a copy. */
void *weir_json_pool_resize(weir_json_pool *pool, void *old, size_t old_n, size_t n);

/* So much can be taken without another block. */
bool weir_json_pool_has(const weir_json_pool *pool, size_t n);

/* Gives up what was taken; a block of the usual size is kept for what comes next. */
void weir_json_pool_reset(weir_json_pool *pool);
void weir_json_pool_release(weir_json_pool *pool);

#endif
