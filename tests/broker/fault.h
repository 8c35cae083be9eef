/* One call of a broker's library that fails: which, and after how many of them. The linker puts
 * what asks this in the place of the calls (tests/meson.build). */
#ifndef WEIR_TESTS_BROKER_FAULT_H
#define WEIR_TESTS_BROKER_FAULT_H

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

struct fault {
    pthread_mutex_t lock; /* calls come on any thread */
    const char *name;     /* the only one that may fail; NULL: any */
    long at;              /* calls until one does; 0: none; -3: the next three */
    bool failed;
};

static inline bool fault_is_now(struct fault *self, const char *name)
{
    pthread_mutex_lock(&self->lock);
    bool counts = !self->name || !strcmp(self->name, name);
    bool now = counts && (self->at == 1 || self->at < 0);
    if (counts && self->at)
        self->at += self->at < 0 ? 1 : -1;
    self->failed |= now;
    pthread_mutex_unlock(&self->lock);
    return now;
}

static inline bool fault_has_failed(struct fault *self)
{
    pthread_mutex_lock(&self->lock);
    bool failed = self->failed;
    pthread_mutex_unlock(&self->lock);
    return failed;
}

static inline void fault_arm(struct fault *self, const char *name, long at)
{
    pthread_mutex_lock(&self->lock);
    self->name = name;
    self->failed = false;
    self->at = at;
    pthread_mutex_unlock(&self->lock);
}

static inline void fault_disarm(struct fault *self)
{
    fault_arm(self, NULL, 0);
}

#endif
