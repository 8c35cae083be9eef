/* What comes of JSON, as text: each value as it stands in the input, "=" and what is shown of it;
 * each error with its place. */
#ifndef WEIR_TESTS_JSON_ANSWER_H
#define WEIR_TESTS_JSON_ANSWER_H

#include "../stream/stages.h"
#include "weir/json.h"

enum { JSON_ANSWER_MAX = 1 << 21 };

struct json_answer {
    char text[JSON_ANSWER_MAX];
    size_t n;
    size_t values;
    weir_error error;    /* the last */
    char rejected[4096]; /* what it was about */
};

/* Makes the stage over a reader. */
typedef weir_stream *json_over(weir_reader *reader WEIR_TAKES);

weir_stream *json_lines(weir_reader *reader);
weir_stream *json_whole(weir_reader *reader);

void json_answer_of(weir_stream *stream WEIR_TAKES, size_t demand, struct json_answer *answer);

/* Whole, byte by byte with and without waits, cut once at each place, and with other demands: all
 * answers are the same. */
void json_answer_any_way(json_over *over, const void *in, size_t n, struct json_answer *answer);

#endif
