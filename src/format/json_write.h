/* Values and records as JSON text, on one line. */
#ifndef WEIR_FORMAT_JSON_WRITE_H
#define WEIR_FORMAT_JSON_WRITE_H

#include "weir/record.h"

/* Writes into out, and returns the bytes it takes; more than size: nothing counts, and it is called
 * again with that room. 0: error was set, not fatal, and names the field.
 * A number stands as it came, a word is one where JSON's grammar says so, and text elsewhere. What
 * text holds is escaped only where it must be. Errors: CORRUPT for text that is not UTF-8, and for
 * a number that is infinite or none, or not JSON's; LIMIT for what is nested too deep. */
size_t weir_json_write(const weir_value *value, unsigned char *out, size_t size, weir_error *error);

/* The same for a record of a stream: as it came, if it came as JSON; without the newlines that may
 * stand between its values. */
size_t weir_json_write_record(weir_record_view record, unsigned char *out, size_t size,
                              weir_error *error);

#endif
