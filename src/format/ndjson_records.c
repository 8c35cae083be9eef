/* ndjson_records: structs out of lines of JSON. */

#include "weir/json.h"

weir_stream *weir_ndjson_records(weir_reader *source, const weir_record *record,
                                 const weir_json_options *options)
{
    return weir_records(weir_ndjson(source, options), record);
}
