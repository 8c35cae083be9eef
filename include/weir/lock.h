/* weir/lock.h: a lock for moments, between threads: what a weir_mutex (weir/channel.h) is too dear
 * for, and what no wait stands in.
 *
 *     static weir_lock lock;
 *     weir_locked (&lock) {
 *         table[n++] = entry;
 *     }
 *
 * Whoever wants it meanwhile is blocked, the whole thread with all its tasks: a few lines that
 * compute, and no weir_await() among them, no loop over a stream, no weir_yield(). A fiber that
 * waited would hold it while others run on its thread, who may want it: then nothing goes on.
 * Checking builds (-Dchecks=true) end the program at such a wait, by the function that took it. */
#ifndef WEIR_LOCK_H
#define WEIR_LOCK_H

#include "weir/loop.h"

WEIR_BEGIN_C

/* All zero bytes: free. It may stand in any struct that is not moved while it is held; nothing has
 * to be released. Not recursive. Source: std Mutex, whose guard is not Send; Go sync.Mutex. */
typedef struct weir_lock {
    uint64_t room[6];
} weir_lock;

/* Takes it: spins for a moment, then sleeps. weir_lock_try: false, another one has it. Whoever has
 * it gives it back, on the same thread.
 *
 * Example:
 *     weir_lock lock = {0};
 *     weir_lock_take(&lock);
 *     p("mine"); // -> mine
 *     weir_lock_give(&lock);
 */
#define weir_lock_take(lock) weir_lock_take_at(lock, WEIR_SITE_)
#define weir_lock_try(lock) weir_lock_try_at(lock, WEIR_SITE_)
WEIR_API void weir_lock_take_at(weir_lock *lock WEIR_HOLDS("whoever else wants it is blocked"),
                                weir_site site);
WEIR_API bool weir_lock_try_at(weir_lock *lock, weir_site site) WEIR_MUST_USE;
WEIR_API void weir_lock_give(weir_lock *lock WEIR_RELEASES);

typedef struct WEIR_MUST_NOT_AWAIT("whoever else wants the lock is blocked") weir_lock_guard {
    weir_lock *lock;
    bool on;
} weir_lock_guard;

/* What weir_locked() is made of: takes the lock for a block,
 *
 * Example:
 *     weir_lock lock = {0};
 *     weir_lock_guard guard = weir_lock_begin(&lock, WEIR_SITE_);
 *     p("mine"); // -> mine
 *     weir_lock_end(&guard);
 */
static inline weir_lock_guard weir_lock_begin(weir_lock *lock, weir_site site)
{
    weir_lock_guard guard = {lock, true};
    weir_lock_take_at(lock, site);
    return guard;
}

/* and gives it back on every way out of it.
 *
 * Example:
 *     weir_lock lock = {0};
 *     weir_lock_guard guard = weir_lock_begin(&lock, WEIR_SITE_);
 *     weir_lock_end(&guard);
 *     p(weir_lock_try(&lock)); // -> true
 *     weir_lock_give(&lock);
 */
static inline void weir_lock_end(weir_lock_guard *guard)
{
    weir_lock_give(guard->lock);
}

WEIR_END_C

/* weir_locked (lock) { ... }: the block has it, until it is left on whatever way: its end, `break`
 * and `continue`, which leave the block alone, `return`, `goto`.
 *
 * Example:
 *     weir_lock lock = {0};
 *     weir_locked (&lock)
 *         p("mine"); // -> mine
 */
#define weir_locked(lock) WEIR_LOCKED_(lock, __COUNTER__)
#define WEIR_LOCKED_(lock, n) WEIR_LOCKED_ON_(lock, n)
#define WEIR_LOCKED_ON_(lock, n) WEIR_LOCKED_AS_(lock, weir_guard_##n##_)
#define WEIR_LOCKED_AS_(lock, guard)                                                               \
    for (weir_lock_guard guard                                                                     \
         __attribute__((cleanup(weir_lock_end))) = weir_lock_begin(lock, WEIR_SITE_);              \
         guard.on; guard.on = false)

#endif
