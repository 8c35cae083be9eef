/* A message of cnats' as one of ours. Where it stands is said by its reply subject:
 *
 *     $JS.ACK.STREAM.CONSUMER.TRIES.SEQUENCE.SEQUENCE-OF-CONSUMER.TIME.PENDING
 *     $JS.ACK.DOMAIN.ACCOUNT.STREAM.CONSUMER.TRIES.SEQUENCE...PENDING[.more]
 */

#include "nats/message.h"

#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 16, SHORT_FORM = 9, TRIES_SHORT = 4, TRIES_LONG = 6 };

static int split(const char *subject, const char *tokens[TOKENS_MAX])
{
    int n = 0;
    for (const char *at = subject; at && n < TOKENS_MAX; n++) {
        tokens[n] = at;
        at = strchr(at, '.');
        at = at ? at + 1 : NULL;
    }
    return n;
}

static uint64_t number_at(const char *text)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

uint64_t weir_nats_last_number(const char *subject)
{
    const char *dot = subject ? strrchr(subject, '.') : NULL;
    return dot ? number_at(dot + 1) : 0;
}

/* What has another form tells nothing. */
static void read_place(const char *reply, weir_message *out)
{
    const char *tokens[TOKENS_MAX];
    int n = split(reply, tokens);
    if (n < SHORT_FORM || n == SHORT_FORM + 1)
        return;
    int tries = n == SHORT_FORM ? TRIES_SHORT : TRIES_LONG;
    out->tries = (uint32_t)number_at(tokens[tries]);
    out->offset = (int64_t)number_at(tokens[tries + 1]);
    out->time_ns = (int64_t)number_at(tokens[tries + 3]);
}

uint64_t weir_nats_to_come(natsMsg *from)
{
    const char *tokens[TOKENS_MAX];
    int n = split(natsMsg_GetReply(from), tokens);
    if (n < SHORT_FORM || n == SHORT_FORM + 1)
        return WEIR_LAG_UNKNOWN;
    return number_at(tokens[(n == SHORT_FORM ? TRIES_SHORT : TRIES_LONG) + 4]);
}

const char *weir_nats_text(const natsMsg *message)
{
    return natsMsg_GetDataLength(message) ? natsMsg_GetData(message) : "";
}

bool weir_nats_says_no(const natsMsg *answer)
{
    return strstr(weir_nats_text(answer), "\"error\":");
}

void weir_nats_message(natsMsg *from, weir_message *out)
{
    *out = (weir_message){
        .value = {weir_nats_text(from), (size_t)natsMsg_GetDataLength(from)},
        .topic = natsMsg_GetSubject(from),
        .partition = -1,
        .offset = -1,
    };
    read_place(natsMsg_GetReply(from), out);
}

/* The values of one name; how many, or -1. */
static int read_values(natsMsg *from, const char *name, weir_header *out, int max, size_t *bytes)
{
    const char **values = NULL;
    int n = 0;
    if (natsMsgHeader_Values(from, name, &values, &n) != NATS_OK)
        return 0;
    for (int i = 0; i < n && i < max; i++) {
        out[i] = (weir_header){name, values[i]};
        *bytes += strlen(name) + strlen(values[i]);
    }
    free((void *)values); /* cnats' */
    return n <= max && *bytes <= WEIR_NATS_HEADERS_BYTES_MAX ? n : -1;
}

int weir_nats_headers(natsMsg *from, weir_header *out, int max)
{
    const char **names = NULL;
    int n = 0, names_n = 0;
    size_t bytes = 0;
    if (natsMsgHeader_Keys(from, &names, &names_n) != NATS_OK)
        return 0;
    for (int i = 0; i < names_n && n >= 0; i++) {
        int more = read_values(from, names[i], out + n, max - n, &bytes);
        n = more < 0 ? -1 : n + more;
    }
    free((void *)names);
    return n;
}
