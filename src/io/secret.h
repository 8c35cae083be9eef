/* Bytes that nobody can guess, where a hidden name (weir_sys.random) is not enough. */
#ifndef WEIR_IO_SECRET_H
#define WEIR_IO_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* n: up to 256. From the kernel alone, which is waited for where it has just been started. False:
 * it has none. */
bool weir_secret(void *out, size_t n);

#endif
