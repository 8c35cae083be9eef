/* watch_table.h: what a program has told, as a table for people. Shares are bars of four signs, so
 * that nobody has to see colours. */
#ifndef TOOL_WATCH_TABLE_H
#define TOOL_WATCH_TABLE_H

#include <stdio.h>

#include "watched.h"

enum { TABLE_COLUMNS_MIN = 40, TABLE_COLUMNS_DEFAULT = 80, TABLE_COLUMNS_MAX = 400 };

struct table_look {
    size_t width;  /* columns; fewer than the least count as the least */
    size_t height; /* lines; 0: as many as there are */
    bool colours;
    bool whole; /* of all the time, and not of the last second; then without what is said now */
};

/* All of it; where the height is not enough stages are left out, which is told. */
void table_print(FILE *to, const struct watched *watched, const struct table_look *look);

/* "parse_pet (import.c:41)", of a stage; cut at size. */
void table_stage_text(const struct watched *watched, size_t id, char *out, size_t size);

/* Cut at `room` columns, and filled up to it with blanks. */
void table_cell(FILE *to, const char *text, size_t room);

/* Words in lines of that width, those behind the first begin with `indent` blanks. Returns the
 * lines. */
size_t table_wrap(FILE *to, const char *text, size_t width, size_t indent);

/* ": 1.9x (1.7 to 2.0)"; "" where nothing is foretold. */
enum { TABLE_GAIN_BYTES = 96 };
const char *table_gain(char out[TABLE_GAIN_BYTES], const struct watched_advice *advice);

/* "810", "12.3k", "4.1M". */
enum { TABLE_RATE_BYTES = 16 };
const char *table_rate(char out[TABLE_RATE_BYTES], double each_second);

#endif
