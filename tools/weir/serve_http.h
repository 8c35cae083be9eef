/* serve_http.h: one pipeline a request: its body is read, and - is the answer's. */
#ifndef TOOL_SERVE_HTTP_H
#define TOOL_SERVE_HTTP_H

#include "pipeline/pipeline.h"
#include "run.h"

/* The body of a request, and the answer: 200 when the first byte is written, or when it is closed;
 * 500 where it is dropped before that. type: its content-type; NULL: none is said. */
weir_duplex http_near(weir_exchange *x WEIR_TAKES, const char *type WEIR_KEEPS);

/* Ends when the chain's future does, behind the answer that nobody wrote, which is one of no bytes.
 * What goes wrong is told, and ends this request alone. */
weir_stream *http_build(weir_stream *future WEIR_TAKES, struct chain *chain WEIR_KEEPS,
                        const struct run_options *options WEIR_KEEPS);

#endif
