/* writeback: the kernel is told every 8 MiB to begin. It would wait for seconds, or for fsync. */

#include "io/writeback.h"

enum { WRITEBACK_BYTES = 8 << 20 };

void weir_writeback_begin(struct weir_writeback *self, const weir_sys *sys, int fd,
                          uint64_t written)
{
    if (self->refused || written - self->begun < WRITEBACK_BYTES)
        return;
    self->refused = sys->write_back(sys, fd) < 0;
    self->begun = written;
}
