/* Where a seek leads. */
#ifndef WEIR_BYTES_SEEK_H
#define WEIR_BYTES_SEEK_H

#include "weir/reader.h"

/* READY: *at is the place that is meant, of `size` bytes. ERROR: it is before the start. */
weir_poll weir_seek_to(const weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset,
                       uint64_t size, uint64_t *at);

#endif
