/* Who may see the page, and what goes over it. Pure functions. */
#ifndef WEIR_INSPECT_PAGE_RULES_H
#define WEIR_INSPECT_PAGE_RULES_H

#include "weir/net.h"

enum { WEIR_PAGE_TOKEN_BYTES = 16, WEIR_PAGE_TOKEN_DIGITS = 2 * WEIR_PAGE_TOKEN_BYTES };

/* What is asked at. */
struct weir_page_door {
    unsigned port;
    bool anywhere; /* it listens to other machines too: any address in digits is its own */
    char token[WEIR_PAGE_TOKEN_DIGITS + 1];
};

/* What is looked at of a request. NULL: it was not said. */
struct weir_page_asked {
    const char *method, *path, *host, *origin, *site, *token; /* site: Sec-Fetch-Site */
};

enum weir_page_answer {
    WEIR_PAGE_TEXT,
    WEIR_PAGE_EVENTS,
    WEIR_PAGE_NO_METHOD,
    WEIR_PAGE_NO_HOST,   /* another name leads here: a page of others that had it changed */
    WEIR_PAGE_NO_ORIGIN, /* a page of others asks */
    WEIR_PAGE_NO_PATH,
    WEIR_PAGE_NO_TOKEN,
    WEIR_PAGE_ANSWERS
};

enum weir_page_answer weir_page_judge(const struct weir_page_door *door,
                                      const struct weir_page_asked *asked);

/* Takes as long for a wrong token as for the right one. */
bool weir_page_token_is(const char *token, const char *said);

void weir_page_token_text(const unsigned char bytes[WEIR_PAGE_TOKEN_BYTES],
                          char out[WEIR_PAGE_TOKEN_DIGITS + 1]);

/* The address to listen at for what a user said (NULL: nothing). false: it is none, or another
 * machine's to reach. */
bool weir_page_address(const char *said, bool anywhere, char out[WEIR_ADDRESS_BYTES]);

#endif
