/* Who may see the page. A browser sends requests to this machine for whatever page it shows, so an
 * address of one's own protects nothing: the name that was asked for does (Host), who asks (Origin,
 * Sec-Fetch-Site), and a secret that only the address on the terminal has. */

#include "inspect/page_rules.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "core/format.h"
#include "net/address.h"

/* ---- names of ours ---- */

/* An address in digits, with brackets where it has colons: no name, so nobody can have it changed
 * to lead here. */
static bool is_digits(const char *host, size_t n)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    bool six = n > 2 && host[0] == '[' && host[n - 1] == ']';
    if (six)
        host++, n -= 2;
    if (!n || n >= sizeof text)
        return false;
    memcpy(text, host, n);
    text[n] = 0;
    return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1;
}

static bool is_loopback(const char *host, size_t n)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == n && !strncasecmp(names[i], host, n))
            return true;
    return false;
}

/* The bytes of the host before ":port", where it is our port; 0: it is another. 80 goes unsaid. */
static size_t before_port(const char *host, unsigned port)
{
    char end[8];
    size_t n = strlen(host), wanted = weir_format(end, sizeof end, ":%u", port);
    if (n > wanted && !strcmp(host + n - wanted, end))
        return n - wanted;
    return port == 80 ? n : 0;
}

static bool host_is_ours(const struct weir_page_door *door, const char *host)
{
    size_t n = host ? before_port(host, door->port) : 0;
    return n && (is_loopback(host, n) || (door->anywhere && is_digits(host, n)));
}

/* ---- who asks ---- */

static bool origin_is_ours(const struct weir_page_asked *asked)
{
    static const char scheme[] = "http://";
    size_t n = sizeof scheme - 1;
    bool own = !asked->origin ||
               (!strncmp(asked->origin, scheme, n) && !strcasecmp(asked->origin + n, asked->host));
    return own && (!asked->site || !strcmp(asked->site, "same-origin") ||
                   !strcmp(asked->site, "none")); /* typed, or followed from outside of a browser */
}

bool weir_page_token_is(const char *token, const char *said)
{
    volatile unsigned char other = 0;
    if (!said || strlen(said) != WEIR_PAGE_TOKEN_DIGITS)
        return false;
    for (size_t i = 0; i < WEIR_PAGE_TOKEN_DIGITS; i++)
        other |= (unsigned char)(token[i] ^ said[i]);
    return !other;
}

enum weir_page_answer weir_page_judge(const struct weir_page_door *door,
                                      const struct weir_page_asked *asked)
{
    if (strcmp(asked->method, "GET") && strcmp(asked->method, "HEAD"))
        return WEIR_PAGE_NO_METHOD;
    if (!host_is_ours(door, asked->host))
        return WEIR_PAGE_NO_HOST;
    if (!origin_is_ours(asked))
        return WEIR_PAGE_NO_ORIGIN;
    if (!strcmp(asked->path, "/"))
        return WEIR_PAGE_TEXT;
    if (strcmp(asked->path, "/events"))
        return WEIR_PAGE_NO_PATH;
    return weir_page_token_is(door->token, asked->token) ? WEIR_PAGE_EVENTS : WEIR_PAGE_NO_TOKEN;
}

/* ---- texts ---- */

void weir_page_token_text(const unsigned char bytes[WEIR_PAGE_TOKEN_BYTES],
                          char out[WEIR_PAGE_TOKEN_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < WEIR_PAGE_TOKEN_BYTES; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[WEIR_PAGE_TOKEN_DIGITS] = 0;
}

bool weir_page_address(const char *said, bool anywhere, char out[WEIR_ADDRESS_BYTES])
{
    struct weir_address parsed;
    char host[WEIR_ADDRESS_BYTES];
    unsigned port;
    said = said ? said : "127.0.0.1:0";
    if (weir_address_path(said) || !weir_address_split(said, host, &port))
        return false;
    if (said[0] == ':')
        return weir_format(out, WEIR_ADDRESS_BYTES, "127.0.0.1%s", said) < WEIR_ADDRESS_BYTES;
    if (weir_format(out, WEIR_ADDRESS_BYTES, "%s", said) >= WEIR_ADDRESS_BYTES)
        return false;
    if (is_loopback(said, (size_t)(strrchr(said, ':') - said)))
        return true;
    return anywhere && weir_address_parse(&parsed, said);
}
