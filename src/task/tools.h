/* What the sanitizers and Valgrind are told of stacks and switches; nothing in other builds. */
#ifndef WEIR_TASK_TOOLS_H
#define WEIR_TASK_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_feature)
#define WEIR_HAS_FEATURE_(x) __has_feature(x)
#else
#define WEIR_HAS_FEATURE_(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || WEIR_HAS_FEATURE_(address_sanitizer)
#define WEIR_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define WEIR_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || WEIR_HAS_FEATURE_(thread_sanitizer)
#define WEIR_TSAN 1
#include <sanitizer/tsan_interface.h>
#else
#define WEIR_TSAN 0
#endif

#ifdef WEIR_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#endif

/* What they know of one fiber. */
struct weir_tools {
#if WEIR_ASAN
    void *fake, *caller_fake; /* where ASan keeps the locals of either side */
    const void *caller_low;
    size_t caller_size;
#endif
#if WEIR_TSAN
    void *fiber, *caller;
#endif
    char nothing; /* ISO C wants a member */
};

/* ---- a switch: each function on its own side of it ---- */

static inline void weir_tools_enter(struct weir_tools *self, const void *low, size_t size)
{
    (void)self, (void)low, (void)size;
#if WEIR_ASAN
    __sanitizer_start_switch_fiber(&self->caller_fake, low, size);
#endif
#if WEIR_TSAN
    if (!self->fiber)
        self->fiber = __tsan_create_fiber(0);
    self->caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(self->fiber, 0);
#endif
}

static inline void weir_tools_entered(struct weir_tools *self)
{
    (void)self;
#if WEIR_ASAN
    __sanitizer_finish_switch_fiber(self->fake, &self->caller_low, &self->caller_size);
#endif
}

static inline void weir_tools_leave(struct weir_tools *self, bool for_good)
{
    (void)self, (void)for_good;
#if WEIR_ASAN
    __sanitizer_start_switch_fiber(for_good ? NULL : &self->fake, self->caller_low,
                                   self->caller_size);
#endif
#if WEIR_TSAN
    __tsan_switch_to_fiber(self->caller, 0);
#endif
}

static inline void weir_tools_left(struct weir_tools *self)
{
    (void)self;
#if WEIR_ASAN
    __sanitizer_finish_switch_fiber(self->caller_fake, NULL, NULL);
#endif
}

static inline void weir_tools_end(struct weir_tools *self)
{
    (void)self;
#if WEIR_TSAN
    if (self->fiber)
        __tsan_destroy_fiber(self->fiber);
    self->fiber = NULL;
#endif
}

/* ---- a stack ---- */

/* It is used from now on: what only it points to is no leak. */
static inline void weir_tools_take(const void *low, size_t size)
{
    (void)low, (void)size;
#if WEIR_ASAN
    __lsan_register_root_region(low, size);
#endif
}

/* Frames that were left for good do not clean up behind them. */
static inline void weir_tools_give(const void *low, size_t size)
{
    (void)low, (void)size;
#if WEIR_ASAN
    __lsan_unregister_root_region(low, size);
    __asan_unpoison_memory_region(low, size);
#endif
}

static inline unsigned weir_tools_map(const void *low, size_t size)
{
    (void)low, (void)size;
#ifdef WEIR_HAVE_VALGRIND
    return VALGRIND_STACK_REGISTER(low, (const char *)low + size);
#else
    return 0;
#endif
}

static inline void weir_tools_unmap(unsigned id)
{
    (void)id;
#ifdef WEIR_HAVE_VALGRIND
    VALGRIND_STACK_DEREGISTER(id);
#endif
}

/* It runs one thread at a time, and holds the others up while one waits in a call that it does not
 * know. */
static inline bool weir_tools_serialize(void)
{
#ifdef WEIR_HAVE_VALGRIND
    return RUNNING_ON_VALGRIND;
#else
    return false;
#endif
}

#endif
