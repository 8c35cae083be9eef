/* Asking a reader where its bytes can be taken from, and a writer to have them moved. */
#ifndef WEIR_BYTES_RAW_H
#define WEIR_BYTES_RAW_H

#include "core/stage.h"
#include "weir/writer.h"

/* READY: *out holds; kind NONE for a reader that has something in hand, cannot say, or is over. */
weir_poll weir_reader_raw(weir_reader *reader, weir_cx *cx, weir_raw *out);

/* As the writer's own poll_move, with what is common to writers around it. */
weir_poll weir_writer_move(weir_writer *writer, weir_cx *cx, const weir_raw *from);

/* weir_poll_move(), which says where the bytes came from, or should have. */
weir_poll weir_move(weir_writer *writer, weir_cx *cx, weir_reader *reader, weir_raw *from);

/* What each would say before it is asked. */
weir_raw_kind weir_reader_raw_kind(const weir_reader *reader);
const char *weir_writer_moves_by(const weir_writer *writer, weir_raw_kind from);

/* n bytes were taken from there. */
static inline void weir_reader_took(weir_reader *reader, size_t n)
{
    reader->offset += n;
    reader->stage.n += n;
}

#endif
