/* Fields as they stand in a line of CSV or TSV. */
#ifndef WEIR_FORMAT_CSV_PUT_H
#define WEIR_FORMAT_CSV_PUT_H

#include <string.h>

#include "format/csv_scan.h"
#include "weir/csv.h"

/* Where text goes: what has no room is counted. */
struct weir_csv_room {
    unsigned char *out;
    size_t size, n;
};

static inline void weir_csv_put_bytes(struct weir_csv_room *room, const void *bytes, size_t n)
{
    if (n && n <= room->size && room->n <= room->size - n)
        memcpy(room->out + room->n, bytes, n);
    room->n += n;
}

static inline void weir_csv_put_byte(struct weir_csv_room *room, unsigned char byte)
{
    weir_csv_put_bytes(room, &byte, 1);
}

/* How fields are written. */
struct weir_csv_put {
    weir_csv_dialect dialect;
    size_t bytes_max; /* of one that is nested, as JSON */
    unsigned char *json;
    size_t json_n;
    bool special[256]; /* what cannot stand there as it is */
};

void weir_csv_put_init(struct weir_csv_put *put, weir_csv_dialect dialect, size_t bytes_max);
void weir_csv_put_fini(struct weir_csv_put *put);

/* false: error was set. */
bool weir_csv_put_text(struct weir_csv_put *put, struct weir_csv_room *room, weir_text name,
                       weir_text text, weir_error *error);
bool weir_csv_put_value(struct weir_csv_put *put, struct weir_csv_room *room, weir_text name,
                        const weir_value *value, weir_error *error);

/* Says the beginning of a name, which is not NUL-terminated, by one %s. false. */
bool weir_csv_refuse_field(weir_error *error, const char *format, weir_text name);

#endif
