/* A generator takes its items from a thread: it waits for its semaphore, and joins it at the end.
 */
#include <pthread.h>
#include <semaphore.h>

#include <weir.h>

struct sampler {
    pthread_t thread;
    sem_t ready;
    int64_t samples[256];
    uint32_t read, n;
    bool over;
};

static bool sample(struct sampler **self_at, weir_error *error)
{
    struct sampler *self = *self_at;
    while (!self->over) {
        if (sem_wait(&self->ready)) // lint: blocking_in_async 13-21
            continue;
        if (!weir_yield(int64_t, self->samples[self->read++ % 256]))
            break;
    }
    if (pthread_join(self->thread, NULL)) // lint: blocking_in_async 9-21
        return weir_error_set(error, WEIR_E_USER, "the sampler cannot be joined"), false;
    return true;
}
WEIR_GENERATOR_FN(sample_fn, sample, struct sampler *, int64_t)

weir_stream *samples(struct sampler *sampler)
{
    return weir_generator(&sample_fn, &sampler, NULL);
}
