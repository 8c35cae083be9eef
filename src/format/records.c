/* records: structs out of any records, by the names of their members. */

#include "format/record_struct.h"
#include "format/remake.h"

enum { RECORDS_ITEMS_MAX = 32 }; /* at once */

struct records {
    struct weir_remake remake;
    const weir_record *record;
    size_t *hints; /* one a member */
};

static struct records *records_of(struct weir_remake *remake)
{
    return WEIR_CONTAINER(remake, struct records, remake);
}

static bool records_read_one(struct weir_remake *remake, void *out, weir_record_view in,
                             weir_error *error)
{
    const struct records *self = records_of(remake);
    size_t read = weir_record_fill(self->record, in, self->hints, out, error);
    if (read < self->record->n)
        remake->field = self->record->members[read].name;
    return read == self->record->n;
}

static void records_fini(weir_stream *stream)
{
    weir_remake_drop(WEIR_CONTAINER(stream, struct weir_remake, stream));
}

static const weir_stream_ops records_ops = {.size = sizeof records_ops,
                                            .name = "records",
                                            .poll_next = weir_remake_poll_next,
                                            .fini = records_fini,
                                            .size_hint = weir_remake_size_hint,
                                            .marks = WEIR_MARKS_PASS,
                                            .rejected = weir_remake_rejected};

weir_stream *weir_records(weir_stream *source, const weir_record *record)
{
    weir_stream *stream = weir_remake_new(source, sizeof(struct records), &records_ops,
                                          &record->type, records_read_one, RECORDS_ITEMS_MAX);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct records *self = WEIR_CONTAINER(stream, struct records, remake.stream);
    self->record = record;
    size_t bytes = record->n * sizeof *self->hints;
    self->hints = weir_arena_take(stream->stage.arena, bytes, _Alignof(size_t));
    if (!self->hints)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for records of '%s'", record->type.name, NULL, 0);
    for (size_t i = 0; i < record->n; i++)
        self->hints[i] = i; /* the order of the struct is a good guess */
    return stream;
}
