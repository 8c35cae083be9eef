/* Where a record stands: by what it is. */

#include "format/place.h"

void weir_record_place(const weir_stream *source, weir_record_view record, const char *field,
                       weir_error *error)
{
    if (record.type == &weir_type_row)
        weir_csv_place(record.item, field, error);
#ifdef WEIR_HAVE_YYJSON
    if (record.type == &weir_type_json)
        weir_ndjson_place(source, record.item, error);
#else
    (void)source;
#endif
}
