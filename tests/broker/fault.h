/* One call of a broker's library that fails: which, and after how many of them. The linker puts
 * what asks this in the place of the calls (tests/meson.build). */
#ifndef WEIR_TESTS_BROKER_FAULT_H
#define WEIR_TESTS_BROKER_FAULT_H

#include <stdbool.h>
#include <string.h>

struct fault {
    const char *name; /* the only one that may fail; NULL: any */
    long at;          /* calls until one does; 0: none */
    bool failed;
};

static inline bool fault_is_now(struct fault *self, const char *name)
{
    if (self->name && strcmp(self->name, name) != 0)
        return false;
    bool now = __atomic_fetch_sub(&self->at, 1, __ATOMIC_RELAXED) == 1;
    self->failed |= now;
    return now;
}

static inline void fault_arm(struct fault *self, const char *name, long at)
{
    self->name = name;
    self->failed = false;
    __atomic_store_n(&self->at, at, __ATOMIC_RELEASE);
}

static inline void fault_disarm(struct fault *self)
{
    __atomic_store_n(&self->at, 0, __ATOMIC_RELEASE);
}

#endif
