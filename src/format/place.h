/* Where a record stands that a stage finds something wrong with. */
#ifndef WEIR_FORMAT_PLACE_H
#define WEIR_FORMAT_PLACE_H

#include "weir/csv.h"
#include "weir/json.h"

/* Puts file, byte, line and column into the error, where they are known: of a row, or of a line of
 * JSON, that source lent, whatever stages it passed through as it was. field: what is wrong is
 * there; NULL: anywhere in it. */
void weir_record_place(const weir_stream *source, weir_record_view record, const char *field,
                       weir_error *error);

void weir_csv_place(const weir_row *row, const char *field, weir_error *error);
void weir_ndjson_place(const weir_stream *source, const weir_json *json, weir_error *error);

#endif
