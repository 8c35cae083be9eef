/* Writing back while bytes still come: what a file's fsync waits for in the end has mostly reached
 * the disk by then. */
#ifndef WEIR_IO_WRITEBACK_H
#define WEIR_IO_WRITEBACK_H

#include "weir/sys.h"

struct weir_writeback {
    uint64_t begun; /* for the bytes before */
    bool refused;   /* not for this file */
};

/* Call it after each write. A failure is told by fsync. */
void weir_writeback_begin(struct weir_writeback *self, const weir_sys *sys, int fd,
                          uint64_t written);

#endif
