/* Suites that know nothing of the kqueue driver run over it: whoever asks for epoll gets it, under
 * that name, and there is no ring. */

#include <pthread.h>
#include <stdatomic.h>

#include "driver/driver.h"

static _Atomic(const weir_driver_ops *) kqueue_ops;
static weir_driver_ops named_epoll;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void copy_ops(void)
{
    named_epoll = *kqueue_ops;
    named_epoll.name = "epoll";
}

weir_driver *weir_driver_epoll(const weir_driver_config *config, struct weir_refusal *why)
{
    weir_driver *driver = weir_driver_kqueue(config, why);
    if (!driver)
        return NULL;
    kqueue_ops = driver->ops;
    pthread_once(&once, copy_ops);
    driver->ops = &named_epoll;
    return driver;
}

weir_driver *weir_driver_uring(const weir_driver_config *config, struct weir_refusal *why)
{
    (void)config;
    *why = (struct weir_refusal){"these tests are kqueue's", 0};
    return NULL;
}
