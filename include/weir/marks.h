/* weir/marks.h: annotations of declarations, for the reader and for `weir lint`. They generate no
 * code: they are empty but where the lint reads a program (WEIR_LINT, by clang).
 *
 * A program annotates its own declarations with the same words. A source of jobs, a lock, and what
 * becomes of them under the lint:
 *
 *     WEIR_ITEM(struct job)
 *     WEIR_MUST_PAR_SPAWN("one slow job must not hold up the others")
 *     weir_stream *jobs_due(struct table *table);
 *
 *     weir_for_await (struct job, job, jobs_due(table))      warning: loop is sequential
 *         weir_await(job_run(&job), NULL, NULL);
 *
 *     void table_lock(struct table *table WEIR_HOLDS("whoever else wants the table is blocked"));
 *     void table_unlock(struct table *table WEIR_RELEASES);
 *
 *     table_lock(table);
 *     weir_await(table_save(table), NULL, NULL);     error: `table` is held while the task is
 *     table_unlock(table);                           suspended
 *
 * One stands on every declaration for which it is true, also on the function that a macro of that
 * name calls: the lint sees the function. What has none is taken for a plain function. */
#ifndef WEIR_MARKS_H
#define WEIR_MARKS_H

#include <stdint.h> /* SIZE_MAX */

#if defined(WEIR_LINT) && defined(__clang__)
#define WEIR_MARKED_(text) __attribute__((annotate("weir::" text)))
#else
#define WEIR_MARKED_(text)
#endif

/* ---- on a parameter, behind its name: int f(struct x *x WEIR_TAKES) ---- */

/* Ownership goes to the callee, also when the call fails. What a stage gives comes of the stream
 * that it takes first: a loop over the one is a loop over the other. */
#define WEIR_TAKES WEIR_MARKED_("takes")

/* What is pointed at stays the caller's, and must be there until the chain is dropped. */
#define WEIR_KEEPS WEIR_MARKED_("keeps")

/* From this call on what is pointed at is held, as a lock is; nothing may wait until it is given
 * to a WEIR_RELEASES. A try, which may have failed, has none. */
#define WEIR_HOLDS(reason) WEIR_MARKED_("holds=" reason)
#define WEIR_RELEASES WEIR_MARKED_("releases")

/* Behind this call what was written counts; nothing more is written. */
#define WEIR_FINISHES WEIR_MARKED_("finishes")

/* A limit where WEIR_NO_LIMIT, or SIZE_MAX, means that there is none. */
#define WEIR_UNBOUNDED WEIR_MARKED_("unbounded")

/* ---- on a function, on a line of its own before it ---- */

/* A source of items that have nothing to do with each other: to wait for one before the next is
 * asked for makes all of them wait. Also on a type of such items: struct WEIR_MUST_PAR_SPAWN("...")
 * job { ... }. */
#define WEIR_MUST_PAR_SPAWN(reason) WEIR_MARKED_("must_par_spawn=" reason)

/* What it is given goes on beside the caller: in another task, on another thread, or as one of
 * several at once. So does what is sent. */
#define WEIR_SPAWNS WEIR_MARKED_("spawns")

/* It may suspend whoever calls it: a fiber's other tasks, or a thread's, go on meanwhile. */
#define WEIR_AWAITS WEIR_MARKED_("awaits")

/* It blocks the thread, with all its tasks, for longer than a moment: not to be called in one. The
 * C library's are known without one. */
#define WEIR_BLOCKS WEIR_MARKED_("blocks")

/* It handles one item of the stream that it takes after the other; `twin`, a string, names what
 * handles several at once. What has a limit is WEIR_SPAWNS instead. */
#define WEIR_SEQUENTIAL_LOOP(twin) WEIR_MARKED_("sequential_loop=" twin)

/* A source whose items are lent: valid until the next poll. */
#define WEIR_LENDS WEIR_MARKED_("lends")

/* The type of what the stream yields, as a loop over it declares its variable. */
#define WEIR_ITEM(T) WEIR_MARKED_("item=" #T)

/* A stage that gives items of the stream that it takes first as they are: what ITEM and LENDS say
 * of that one holds behind it. */
#define WEIR_PASSES WEIR_MARKED_("passes")

/* A writer that loses what was written unless a WEIR_FINISHES, or a copy, closes it. */
#define WEIR_MUST_FINISH WEIR_MARKED_("must_finish")

/* ---- on a type: typedef struct WEIR_MUST_NOT_AWAIT("...") guard { ... } guard; ---- */

/* No value of it may live across a wait: guards of locks that block a thread. */
#define WEIR_MUST_NOT_AWAIT(reason) WEIR_MARKED_("must_not_await=" reason)

#endif
