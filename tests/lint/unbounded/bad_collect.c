/* A whole stream in memory, and a whole request, however long it is. */
#include <weir.h>

struct report {
    weir_vec rows;
    weir_vec body;
};

static bool gather(struct report *report, weir_stream *rows, weir_reader *body, weir_error *error)
{
    // lint-next: unbounded 53-61
    if (weir_await(weir_extend(rows, &report->rows, SIZE_MAX), NULL, error) == WEIR_ERROR)
        return false;
    // lint-next: unbounded 61-69
    return weir_await(weir_read_to_end(body, &report->body, SIZE_MAX), NULL, error) != WEIR_ERROR;
}

bool report_read(struct report *report, weir_stream *rows, weir_duplex client, weir_error *error)
{
    return rows && client.reader && gather(report, rows, client.reader, error);
}
