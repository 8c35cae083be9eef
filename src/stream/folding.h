/* What fold and reduce share: an accumulator in the arena, and the loop over the source. */
#ifndef WEIR_STREAM_FOLDING_H
#define WEIR_STREAM_FOLDING_H

#include "core/poll.h"
#include "weir/fn.h"

struct weir_fold {
    struct weir_folding folding;
    const weir_fold_fn *fn;
    weir_fold_kernel *kernel;
};

/* Folds on until the source does not answer READY; at its end *acc goes to out. */
weir_poll weir_fold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

/* Drops *acc, unless it was given. */
void weir_fold_fini(weir_stream *stream);

/* Fills in what both have, but for the content of *acc. False: no memory. */
bool weir_fold_init(weir_stream *stream, const weir_fold_fn *fn, void *arg) WEIR_MUST_USE;

#endif
