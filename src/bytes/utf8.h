/* Text: whether bytes are UTF-8, and from where on they are not. */
#ifndef WEIR_BYTES_UTF8_H
#define WEIR_BYTES_UTF8_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/* How many of the bytes are text: n where all are. */
size_t weir_utf8_bytes(const unsigned char *bytes, size_t n);

#endif
