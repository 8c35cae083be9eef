/* Structs filled by name, again and again. */
#ifndef WEIR_FORMAT_RECORD_STRUCT_H
#define WEIR_FORMAT_RECORD_STRUCT_H

#include "weir/record.h"

/* As weir_record_read(). hints: one a member, where it stood last. How many members were read: with
 * the one behind them something is wrong. */
size_t weir_record_fill(const weir_record *record, weir_record_view from, size_t *hints, void *out,
                        weir_error *error);

#endif
