/* What is asked of a chain that somebody waits for, and how what it came to is told. */
#ifndef WEIR_TASK_ROOT_H
#define WEIR_TASK_ROOT_H

#include "core/stage.h"

/* A future that can be run by itself, whose item goes to out (0: nobody knows how large that is).
 * What is not is refused. */
weir_stream *weir_root_expect(weir_stream *future, const void *out, size_t out_size);

/* True: the items of this stream cannot go there one by one, and *error says why. The stream is as
 * it was. */
bool weir_root_refuses_pull(weir_stream *stream, const void *out, size_t out_size,
                            weir_error *error);

/* *error becomes what it came to; cut: of a part of the input; why: its error, where that does not
 * stand in *error yet. */
weir_state weir_root_settle(weir_poll got, bool cut, weir_error *error, const weir_error *why);

#endif
