/* weir/cancel.h: tokens, by which work is told that it is no longer wanted.
 *
 *     weir_token *server = weir_token_new(NULL);
 *     ...
 *     weir_token *client = weir_token_new(server);        ends with the server, and alone too
 *     weir_spawn(weir_until_cancelled(serve(conn), client));
 *     ...
 *     weir_token_cancel(server);                          from any thread
 *
 * Tokens stand in trees: who cancels one cancels all below it, and none above. A token that is
 * cancelled stays so. All functions here may be called from any thread, but for those of a stream
 * or a future, which belongs to whoever polls it; none from a signal handler: weir_signals() is a
 * stream. What is cancelled sees it when it is polled next, and who waits is woken for that: what
 * runs a long way without a wait asks weir_token_is_cancelled(). */
#ifndef WEIR_CANCEL_H
#define WEIR_CANCEL_H

#include "weir/implement.h"

WEIR_BEGIN_C

typedef struct weir_token weir_token;

/* A token below `parent`, or one of its own (NULL). Below one that is cancelled it is so from the
 * beginning. NULL: no memory.
 * Owns: one reference, the caller's. A parent's memory stays as long as that of its children.
 * Source: tokio-util CancellationToken, child_token; Go context.WithCancel.
 *
 * Example:
 *     weir_token *all = weir_token_new(NULL), *one = weir_token_new(all);
 *     weir_token_cancel(all);
 *     p(weir_token_is_cancelled(one)); // -> true
 *     weir_token_drop(one);
 *     weir_token_drop(all);
 */
WEIR_API weir_token *weir_token_new(weir_token *parent) WEIR_MUST_USE;

/* One reference more: the same pointer, which is to be dropped once more. One less, which cancels
 * nothing; NULL: nothing.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL), *same = weir_token_ref(token);
 *     weir_token_drop(token);
 *     p(weir_token_is_cancelled(same)); // -> false
 *     weir_token_drop(same);
 */
WEIR_API weir_token *weir_token_ref(weir_token *token);
WEIR_API void weir_token_drop(weir_token *token WEIR_TAKES);

/* It is over with this token, and all below it: at once for whoever asks, and who waits is woken.
 * Costs one step for each token below that was not cancelled yet. NULL: nothing.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     p(weir_token_is_cancelled(token)); // -> false
 *     weir_token_cancel(token);
 *     p(weir_token_is_cancelled(token)); // -> true
 *     weir_token_drop(token);
 */
WEIR_API void weir_token_cancel(weir_token *token);

/* It was cancelled, or its deadline has passed. A look at one word; where there is a deadline, at
 * the clock too. NULL: false.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     p(weir_token_is_cancelled(token)); // -> false
 *     weir_token_drop(token);
 */
WEIR_API bool weir_token_is_cancelled(const weir_token *token);

/* It is cancelled at this moment, with all below it, if it is not before: the earliest of a token's
 * own deadlines and of those above it holds, and a later one changes nothing. 0: at once.
 * Units: nanoseconds of weir_now_ns(). No thread watches it: who waits sets a timer, and needs a
 * runtime for that. Source: Go context.WithDeadline.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     weir_token_deadline(token, 0);
 *     p(weir_token_is_cancelled(token)); // -> true
 *     weir_token_drop(token);
 */
WEIR_API void weir_token_deadline(weir_token *token, uint64_t at_ns);

/* Done when the token is cancelled.
 * Shape: a future of unit. Errors: token NULL: no memory; ARGUMENT where it has a deadline and no
 * runtime polls it. Owns: a reference of its own. Source: tokio-util cancelled, Go ctx.Done().
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     weir_token_cancel(token);
 *     p(weir_cancelled(token)); // -> done
 *     weir_token_drop(token);
 */
WEIR_NEW weir_stream *weir_cancelled(weir_token *token);

/* A stream until the token is cancelled; then END without asking it again: a cut one, which is not
 * taken for the end of the input. A future owes an answer: it fails with CANCELLED, or with TIMEOUT
 * where a deadline passed. Shape: n in, n out; items that are there at once are not waited for.
 * Errors: token NULL: no memory; ARGUMENT where it has a deadline and no runtime polls it.
 * Owns: a reference of its own to the token; the source is dropped with the chain.
 * Source: tokio-util run_until_cancelled. weir_abortable() is the same with a handle that knows no
 * parents; weir_take_until(s, weir_cancelled(token)) ends as if the input had ended.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     weir_stream *s = weir_until_cancelled(weir_range(0, 9), token);
 *     p(weir_take(weir_by_ref(s), 2)); // -> 0 1
 *     weir_token_cancel(token);
 *     p(s); // ->
 *     weir_token_drop(token);
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_until_cancelled(weir_stream *source WEIR_TAKES, weir_token *token);

/* What a guard does at the end of its block. NULL: nothing.
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL), *guard = weir_token_ref(token);
 *     weir_token_guard_end(&guard);
 *     p(weir_token_is_cancelled(token)); // -> true
 *     weir_token_drop(token);
 */
WEIR_API void weir_token_guard_end(weir_token **guard);

WEIR_END_C

/* weir_token_guard(name, token): declares a variable that takes a reference, and cancels the token
 * and drops it on every way out of the block; `name = NULL` takes that back, and the reference is
 * the program's again. Source: tokio-util DropGuard, Go's defer cancel().
 *
 * Example:
 *     weir_token *token = weir_token_new(NULL);
 *     {
 *         weir_token_guard(guard, weir_token_ref(token));
 *         p(weir_token_is_cancelled(token)); // -> false
 *     }
 *     p(weir_token_is_cancelled(token)); // -> true
 *     weir_token_drop(token);
 */
#define weir_token_guard(name, token)                                                              \
    weir_token *name __attribute__((cleanup(weir_token_guard_end), unused)) = (token)

#endif
