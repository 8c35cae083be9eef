/* locks.h: what takes a lock and gives it back: of the C library by name, else by its annotations.
 */
#ifndef LINT_LOCKS_H
#define LINT_LOCKS_H

#include "tree.h"

/* Calls in calls that are looked into for what is given back. */
enum { LOCKS_DEPTH_MAX = 3 };

/* Why a lock that blocks threads must not be held over a wait. */
extern const char lock_reason[];

/* The variable, or the member, behind an argument: `lock`, `&table->lock`, `&locks[i]`. NULL: it is
 * none. */
const struct symbol *lock_of(const struct node *argument);

/* The call, whose function is known, takes what its ith argument is: why that matters. NULL: not.
 */
const char *lock_is_taken(const struct node *call, size_t i);
bool lock_is_given(const struct node *call, size_t i);

/* Its answer says whether it took the lock; of a try both are common. */
bool lock_answers(const struct symbol *callee);
bool lock_is_tried(const struct symbol *callee);

/* Somewhere in the function, or in what it calls, something is given back. */
bool lock_may_be_given_in(struct unit *unit, const struct symbol *callee);

/* A lock of a callee, as the caller knows it: a member, a global, or what it passes. NULL: it does
 * not. */
const struct symbol *lock_outside(const struct node *call, const struct symbol *lock);

#endif
