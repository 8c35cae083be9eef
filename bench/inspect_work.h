/* Work that is done with an inspector and without one. */
#ifndef BENCH_INSPECT_WORK_H
#define BENCH_INSPECT_WORK_H

#include "weir.h"

_Noreturn void give_up(const char *what, const char *why);

/* Four stages over numbers: 20 000 items. */
void work_chain4(weir_rt *rt);
/* A file of 8 MiB is copied; it is made first, and removed at the end. */
void work_file_copy(weir_rt *rt);
void work_file_make(void);
void work_file_remove(void);
/* 400 requests of 64 bytes between two ends of one runtime; the kernel is between them. */
void work_echo(weir_rt *rt);

enum { WORK_ITEMS = 20000, WORK_COPIED = 8 << 20, WORK_REQUESTS = 400 };

#endif
