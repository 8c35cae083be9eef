/* stage_watch.h: the last stage of every chain that runs. */
#ifndef PIPELINE_STAGE_WATCH_H
#define PIPELINE_STAGE_WATCH_H

#include "weir.h"

/* Shared with the one who runs the chain. */
struct watch {
    weir_waker_slot slot;       /* of a chain that waits */
    bool alive;                 /* the chain still stands */
    bool abort;                 /* it is to give up at its next poll */
    bool failed;                /* it gave an error */
    void (*on_over)(void *arg); /* it gave all that it gives, without one; NULL: nobody asks */
    void (*on_end)(void *arg);  /* the last moment to look at the stages */
    void *arg;
};

/* Gives what the future gives. */
weir_stream *weir_pl_watch_build(weir_stream *future WEIR_TAKES, struct watch *watch WEIR_KEEPS);

/* Makes the chain give up: it answers STOPPED when it is polled next, which is soon. */
void weir_pl_watch_abort(struct watch *watch);

#endif
