/* records.h: what the stages between bytes and records share. */
#ifndef PIPELINE_RECORDS_H
#define PIPELINE_RECORDS_H

#include "pipeline/message.h"

/* "a,b,c", for weir_pl_room_free(); an empty name is one. */
struct names {
    size_t n;
    const char *at[];
};
struct names *weir_pl_records_names(const char *text);

bool weir_pl_records_is_table(const char *format);

/* csv, tsv, ndjson, json, and their other names. */
bool weir_pl_records_is_format(const char *name);

/* As `from` does when nothing else is said. */
weir_stream *weir_pl_records_from(weir_reader *reader WEIR_TAKES, const char *format);

/* Argument i is one character, or the word `tab`. false: it complained. */
bool weir_pl_records_character(const struct node *node, const struct words *words, size_t i,
                               char *out);

/* And it can be told apart from quotes, escapes and ends of lines, and from `other`. false: it
 * complained. */
bool weir_pl_records_distinct(const struct node *node, const struct words *words, size_t i,
                              char other, bool escapes);

/* Of the arguments [first, last], which csv and tsv alone have, none is given for another format.
 * false: it complained. */
bool weir_pl_records_only_tables(const struct node *node, const struct words *words, size_t first,
                                 size_t last);

/* Argument i says what a message is made of, where the format is proto. false: it complained. */
bool weir_pl_records_fields(const struct node *node, const struct words *words, size_t i,
                            struct message **out);

/* One more that is left out; the first is remembered, for drop. */
void weir_pl_records_note_rejected(struct node *node, const weir_error *error);

weir_stream *weir_pl_records_from_ndjson(weir_reader *reader WEIR_TAKES, size_t bytes_max);
weir_stream *weir_pl_records_from_json(weir_reader *reader WEIR_TAKES, size_t bytes_max);

/* weir_record_view, lent: any record. */
extern const weir_type weir_pl_records_view_type;

/* For people: aligned columns. */
weir_reader *weir_pl_records_to_table(weir_stream *stream WEIR_TAKES);

/* Takes all of them, and gives nothing. */
weir_reader *weir_pl_records_to_nothing(weir_stream *stream WEIR_TAKES);

#endif
