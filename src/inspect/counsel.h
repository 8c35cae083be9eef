/* The advice for this process: a model is made of what its busiest runtime did in a window of some
 * seconds, again and again while somebody wants to know. */
#ifndef WEIR_INSPECT_COUNSEL_H
#define WEIR_INSPECT_COUNSEL_H

#include "inspect/export.h"
#include "inspect/known.h"
#include "inspect/machine.h"

struct weir_counsel;
struct weir_advice;

/* Looks whether a window is over. Of the thread of all sessions. No memory: there is no advice. */
void weir_counsel_tick(struct weir_export *of, uint64_t now_ns);
void weir_counsel_drop(struct weir_counsel *counsel); /* NULL: nothing */

/* How many windows are over; 0: none is. */
uint64_t weir_counsel_n(const struct weir_export *of);

/* The advice of the last one, and the row that it is about; SIZE_MAX: of none that is known. NULL:
 * there is none. */
const struct weir_advice *weir_counsel_advice(const struct weir_export *of,
                                              const struct weir_known *known, size_t *id);

/* Why there is none: the last one, which says nothing. NULL: no window was judged. */
const struct weir_advice *weir_counsel_silence(const struct weir_export *of);

/* Reads what the machine is like, and measures it where the export allows it: a thread does that,
 * once. */
void weir_export_read_machine(struct weir_export *self);
void weir_export_calibrate(struct weir_export *self);
/* What is known of it by now; returns how often that changed. */
uint64_t weir_export_machine(struct weir_export *self, struct weir_machine *out);

#endif
