/* The body is whatever the caller gave: it may hand the client to a task. */
#include <weir.h>

struct service {
    const char *address;
    void (*accepted)(struct service *self, weir_duplex client);
    uint64_t n;
};

void service_run(struct service *self)
{
    weir_for_await (weir_duplex, client, weir_incoming(self->address, NULL)) {
        self->n++;
        self->accepted(self, client);
    }
}
