/* serve.h: the commands that go on: relay and serve. */
#ifndef TOOL_SERVE_H
#define TOOL_SERVE_H

#include "run.h"

/* weir relay A B [idle=TIME]. Exit codes; complains on stderr. */
int relay_command(struct words *words, const struct run_options *options);

/* weir serve ADDRESS ! STAGES: one pipeline a connection. only_explain: the plan of one of them. */
int serve_command(struct words *words, const struct run_options *options, bool only_explain);

#endif
