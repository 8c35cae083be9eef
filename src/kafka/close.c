/* The end of a handle. Leaving a group and letting go of connections takes librdkafka a while, so
 * it is done on a thread of its own; the end of the program waits for those, or what was settled
 * last would come again. */

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "kafka/client.h"
#include "weir/kafka.h"

#define SECOND_NS 1000000000ull

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_closed = PTHREAD_COND_INITIALIZER;
static unsigned closing;
static uint64_t wait_ns; /* the longest of those */

static void begin_closing(uint64_t drain_ns)
{
    pthread_mutex_lock(&lock);
    closing++;
    wait_ns = drain_ns > wait_ns ? drain_ns : wait_ns;
    pthread_mutex_unlock(&lock);
}

static void end_closing(void)
{
    pthread_mutex_lock(&lock);
    if (!--closing) {
        wait_ns = 0;
        pthread_cond_broadcast(&all_closed);
    }
    pthread_mutex_unlock(&lock);
}

/* With the lock. */
static uint64_t longest_ns(void)
{
    return closing ? (wait_ns / SECOND_NS + 1) * SECOND_NS : 0;
}

uint64_t weir_kafka_closing_ns(void)
{
    pthread_mutex_lock(&lock);
    uint64_t ns = longest_ns();
    pthread_mutex_unlock(&lock);
    return ns;
}

__attribute__((destructor)) static void wait_for_closing(void)
{
    struct timespec until;
    timespec_get(&until, TIME_UTC);
    pthread_mutex_lock(&lock);
    until.tv_sec += (time_t)(longest_ns() / SECOND_NS);
    while (closing && pthread_cond_timedwait(&all_closed, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
}

static void *close_it(void *client)
{
    struct weir_kafka_client *self = client;
    if (self->rk && self->finish(self)) {
        rd_kafka_queue_destroy(self->queue);
        rd_kafka_destroy(self->rk);
    }
    if (self->conf)
        rd_kafka_conf_destroy(self->conf);
    weir_waker_cell_clear(&self->waiter);
    self->release(self);
    end_closing();
    return NULL;
}

/* Signals are for the program's own threads. */
static int start(struct weir_kafka_client *self)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, close_it, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pthread_detach(thread);
    return error;
}

void weir_kafka_end(struct weir_kafka_client *self)
{
    weir_waker_cell_clear(&self->waiter);
    begin_closing(self->drain_ns);
    if (!self->rk || start(self) != 0)
        close_it(self);
}
