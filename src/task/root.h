/* What is asked of a chain that somebody waits for, and how what it came to is told. */
#ifndef WEIR_TASK_ROOT_H
#define WEIR_TASK_ROOT_H

#include "core/stage.h"
#include "weir/await.h"

/* Who asks, and where the item goes. */
struct weir_ask {
    const char *name; /* of the function that the program calls */
    void *out;        /* NULL: it is dropped */
    weir_room room;
    weir_site site; /* function NULL: not known */
};

/* As a sentence begins: "weir_await in main". */
enum { WEIR_WHO_BYTES = 80 };
const char *weir_ask_who(const struct weir_ask *ask, char out[WEIR_WHO_BYTES]);

/* *error arose at this stage, and is told as this caller's. Answers true, so that a check can end
 * with it. */
bool weir_ask_refused(const struct weir_ask *ask, const weir_stage *stage, const char *cure,
                      weir_error *error);

/* True: it is no future that can be run by itself and whose item can go there; *error says why. */
bool weir_root_refuses(const weir_stream *future, const struct weir_ask *ask, weir_error *error);

/* ... whose item stays the chain's, so that it may be lent. */
bool weir_root_refuses_one(const weir_stream *future, const struct weir_ask *ask,
                           weir_error *error);

/* True: the items of this stream cannot go there one by one. The stream is as it was. */
bool weir_root_refuses_pull(const weir_stream *stream, const struct weir_ask *ask,
                            weir_error *error);

/* *error becomes what it came to; cut: of a part of the input; why: its error, where that does not
 * stand in *error yet. */
weir_state weir_root_settle(weir_poll got, bool cut, weir_error *error, const weir_error *why);

/* Waits for it here, as weir_await() does. */
weir_state weir_root_await(weir_stream *future, const struct weir_ask *ask, weir_error *error);

#endif
