/* Functions and members of the program's own that are called as blocking ones are. */
#include <stdio.h>

#include <weir.h>

struct machine {
    bool asleep;
    int (*poll)(struct machine *self, int timeout_ms);
    void (*wait)(struct machine *self);
};

static void pause_machine(struct machine *self)
{
    self->asleep = true;
}

static double machine_step(double x, void *arg)
{
    struct machine *self = arg;
    if (x < 0)
        pause_machine(self);
    else if (self->poll(self, 1000) > 0)
        self->wait(self);
    return self->asleep ? 0 : x;
}
WEIR_MAP_FN(machine_step_fn, machine_step, double, double)

weir_stream *run_machine(weir_stream *steps, struct machine *machine)
{
    return weir_map(steps, &machine_step_fn, machine);
}
