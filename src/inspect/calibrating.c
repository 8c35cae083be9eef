/* What the machine is like: read when somebody asks, measured once by a thread that does nothing
 * else. */

#include "inspect/counsel.h"
#include "task/threads.h"

void weir_export_read_machine(struct weir_export *self)
{
    pthread_mutex_lock(&self->lock);
    weir_machine_read(self->sys, &weir_machine_paths, &self->machine);
    self->machine_n += !self->machine_n;
    pthread_mutex_unlock(&self->lock);
}

static void *calibrate(void *arg)
{
    struct weir_export *self = arg;
    struct weir_machine machine = {0};
    weir_machine_read(self->sys, &weir_machine_paths, &machine);
    if (!weir_machine_calibrate(self->sys, &machine))
        return NULL;
    pthread_mutex_lock(&self->lock);
    self->machine = machine;
    self->machine_n++;
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* No thread: what is read has to do. */
void weir_export_calibrate(struct weir_export *self)
{
    if (!self->calibrates || self->calibrating)
        return;
    self->calibrating = !weir_thread_make(&self->calibrator, NULL, calibrate, self);
}

uint64_t weir_export_machine(struct weir_export *self, struct weir_machine *out)
{
    pthread_mutex_lock(&self->lock);
    uint64_t n = self->machine_n;
    *out = self->machine;
    pthread_mutex_unlock(&self->lock);
    return n;
}
