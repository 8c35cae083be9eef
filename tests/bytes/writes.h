/* A script of writes: words between spaces are written whole, `f` flushes, `x` closes; \n is a
 * newline in a word. PENDING is gone through: each write is offered again. */
#ifndef TESTS_BYTES_WRITES_H
#define TESTS_BYTES_WRITES_H

#include "doubles.h"

void writes_run(weir_writer *writer, const char *steps);

/* The same until something fails; the code of the error, or WEIR_OK. */
weir_code writes_try(weir_writer *writer, const char *steps);

#endif
