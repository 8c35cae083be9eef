/* More rows, or bytes, than that are an error. */
#include <weir.h>

enum { ROWS_MAX = 10000, BODY_BYTES_MAX = 1 << 20 };

struct report {
    weir_vec rows;
    weir_vec body;
};

static bool gather(struct report *report, weir_stream *rows, weir_reader *body, weir_error *error)
{
    if (weir_await(weir_extend(rows, &report->rows, ROWS_MAX), NULL, error) == WEIR_ERROR)
        return false;
    return weir_await(weir_read_to_end(body, &report->body, BODY_BYTES_MAX), NULL, error) !=
           WEIR_ERROR;
}

bool report_read(struct report *report, weir_stream *rows, weir_duplex client, weir_error *error)
{
    return rows && client.reader && gather(report, rows, client.reader, error);
}
