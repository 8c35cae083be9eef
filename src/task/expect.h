/* What can be run, or be a task of its own. Each returns the future, or the failed one in its
 * place. */
#ifndef WEIR_TASK_EXPECT_H
#define WEIR_TASK_EXPECT_H

#include "core/stage.h"

#define WEIR_SETTLE_CURE "weir_settle_here() around it"
#define WEIR_UNSETTLED "'%s' gives marks, which nobody here settles"
#define WEIR_ONE_CURE "weir_nth(it, 0), weir_collect() or another consumer around it"
#define WEIR_OWN_CURE "weir_own() around it, or item by item (weir_await_next, a loop)"
#define WEIR_LENT "'%s' lends its '%s', which would be gone before it is used"

/* It gives no marks, and lends nothing. */
weir_stream *weir_expect_settled(weir_stream *future);

/* ... and it is a future. stage: who wants one. */
weir_stream *weir_expect_task(weir_stream *future, const char *stage);

/* A source that holds items: their type does not lend them. */
weir_stream *weir_expect_held(weir_stream *source, const char *stage);

/* ... and can be copied: it owns nothing, or has a clone. */
weir_stream *weir_expect_cloned(weir_stream *source, const char *stage);

#endif
