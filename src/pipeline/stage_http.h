/* stage_http.h: what the addresses of HTTP and http-get share. */
#ifndef PIPELINE_STAGE_HTTP_H
#define PIPELINE_STAGE_HTTP_H

#include "pipeline/pipeline.h"

/* As a node's arguments want requests: follow=, ca=, insecure-no-verify=. The context is the
 * caller's, and may be NULL. */
weir_http_client_options weir_pl_http_options(const struct node *node);

/* Places of these in the args. */
enum { HTTP_TIMEOUT, HTTP_FOLLOW, HTTP_CA, HTTP_VERIFY, HTTP_ARGS };
#define HTTP_ARG_SPECS                                                                             \
    [HTTP_TIMEOUT] = {.name = "timeout", .kind = ARG_KEY, .type = ARG_TIME},                       \
    [HTTP_FOLLOW] = {.name = "follow", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 100}, \
    [HTTP_CA] = {.name = "ca", .kind = ARG_KEY, .type = ARG_TEXT, .reach = WEIR_ALLOW_READ},       \
    [HTTP_VERIFY] = {                                                                              \
        .name = "insecure-no-verify", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "yes"}
#define HTTP_HELP                                                                                  \
    "follow=N      go where up to N redirects lead; unsaid, they are errors\n"                     \
    "ca=FILE       whom to trust, a PEM file; unsaid: whom the system trusts\n"                    \
    "insecure-no-verify=yes  anybody may answer"

/* Of what serve listens to: type=, of the answers; NULL: it says none. */
const char *weir_pl_http_listen_type(const struct node *node);

/* ERROR: "the peer answered 404 Not Found". */
weir_poll weir_pl_http_fail_status(weir_cx *cx, const weir_reply *reply);

#endif
