/* record_lines.h: records as lines of JSON, for commands. */
#ifndef PIPELINE_RECORD_LINES_H
#define PIPELINE_RECORD_LINES_H

#include "pipeline/lanes.h"

/* Lines, lent, one at a time, each of which fits into a command. `lanes`, if there are any, see
 * each record before its line. */
weir_stream *weir_pl_record_lines(weir_stream *source WEIR_TAKES, struct lanes *lanes WEIR_KEEPS);

#endif
