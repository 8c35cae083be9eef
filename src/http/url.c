/* url: http://host:port/path?query. */

#include "http/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "weir/alloc.h"
#include "weir/http_client.h"

enum { PORT_DIGITS_MAX = 5, URL_HOST_BYTES_MAX = 253 };

/* Where the parts of a text stand. */
struct url_parts {
    const char *text;
    size_t n; /* without a fragment */
    bool secure, v6;
    size_t host, host_n; /* without brackets */
    size_t end;          /* of host and port: the path begins here, or the query, or nothing */
    size_t query;        /* its '?', or n */
    uint32_t port;
};

/* ---- taking apart ---- */

static bool url_refuse(weir_error *error, size_t byte, const char *fact, const char *cure)
{
    weir_error_set(error, WEIR_E_ARGUMENT, "it is no URL: %s", fact)->fatal = true;
    error->byte = byte;
    error->cure = cure;
    return false;
}

static unsigned char url_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool url_begins(const char *text, size_t n, const char *word)
{
    size_t i = 0;
    for (; word[i]; i++)
        if (i == n || url_lower((unsigned char)text[i]) != (unsigned char)word[i])
            return false;
    return true;
}

static bool take_scheme(struct url_parts *self, size_t *at, weir_error *error)
{
    self->secure = url_begins(self->text, self->n, "https://");
    if (!self->secure && !url_begins(self->text, self->n, "http://"))
        return url_refuse(error, 0, "it does not begin with http:// or https://",
                          "http://host/path, https://host:8443/path?query");
    *at = self->secure ? 8 : 7;
    return true;
}

/* What a URL may hold: visible ASCII, and none of the bytes that end it in a text. */
static bool is_written_right(const struct url_parts *self, weir_error *error)
{
    for (size_t i = 0; i < self->n; i++) {
        unsigned char c = (unsigned char)self->text[i];
        if (c <= ' ' || c >= 127 || c == '"' || c == '<' || c == '>' || c == '\\')
            return url_refuse(error, i, "a byte of it has to be written with a percent sign",
                              "%20 for a space; a name with letters beyond ASCII as xn--...");
    }
    return true;
}

static bool is_host_byte(unsigned char c)
{
    c = url_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static bool take_v6(struct url_parts *self, size_t *at, weir_error *error)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;
    const char *end = memchr(self->text + *at, ']', self->end - *at);
    size_t n = end ? (size_t)(end - self->text) - *at - 1 : 0;
    if (n && n < sizeof text)
        memcpy(text, self->text + *at + 1, n);
    if (inet_pton(AF_INET6, text, &address) != 1)
        return url_refuse(error, *at, "between the brackets stands no address", "[::1]");
    self->v6 = true;
    self->host = *at + 1;
    self->host_n = n;
    *at += n + 2;
    return true;
}

static bool take_name(struct url_parts *self, size_t *at, weir_error *error)
{
    self->host = *at;
    while (*at < self->end && is_host_byte((unsigned char)self->text[*at]))
        ++*at;
    self->host_n = *at - self->host;
    if (!self->host_n || self->host_n > URL_HOST_BYTES_MAX)
        return url_refuse(error, self->host, "a host of 1 to 253 letters is wanted",
                          "http://host/path");
    return true;
}

static bool take_port(struct url_parts *self, size_t at, weir_error *error)
{
    size_t n = self->end - at;
    self->port = self->secure ? WEIR_URL_PORT_SECURE : WEIR_URL_PORT_USUAL;
    if (n && self->text[at] != ':')
        return url_refuse(error, at, "behind the host stands what is none",
                          "http://host:8080/path");
    if (n <= 1)
        return true; /* "host:" is allowed, and means the usual one */
    self->port = 0;
    for (size_t i = at + 1; i < self->end; i++) {
        unsigned digit = (unsigned)self->text[i] - '0';
        if (digit > 9 || n > PORT_DIGITS_MAX + 1)
            return url_refuse(error, i, "a port is a number of up to 5 digits", NULL);
        self->port = self->port * 10 + digit;
    }
    if (!self->port || self->port > UINT16_MAX)
        return url_refuse(error, at + 1, "a port is a number from 1 to 65535", NULL);
    return true;
}

static size_t find_any(const struct url_parts *self, size_t at, const char *bytes)
{
    while (at < self->n && !strchr(bytes, self->text[at]))
        at++;
    return at;
}

static bool take_authority(struct url_parts *self, size_t at, weir_error *error)
{
    self->end = find_any(self, at, "/?");
    self->query = find_any(self, at, "?");
    if (memchr(self->text + at, '@', self->end - at))
        return url_refuse(error, at, "a user's name and password are not sent from there",
                          "a field authorization: Basic ...");
    bool host = self->end > at && self->text[at] == '[' ? take_v6(self, &at, error)
                                                        : take_name(self, &at, error);
    return host && take_port(self, at, error);
}

static bool take_apart(struct url_parts *self, weir_error *error)
{
    size_t at = 0;
    return is_written_right(self, error) && take_scheme(self, &at, error) &&
           take_authority(self, at, error);
}

/* ---- putting together ---- */

struct url_place {
    char *at;
};

static void url_put(struct url_place *out, const char *bytes, size_t n)
{
    memcpy(out->at, bytes, n);
    out->at += n;
}

static const char *end_text(struct url_place *out, const char *begin)
{
    *out->at++ = 0;
    return begin;
}

static const char *put_host(struct url_place *out, const struct url_parts *from)
{
    const char *begin = out->at;
    for (size_t i = 0; i < from->host_n; i++)
        *out->at++ = (char)url_lower((unsigned char)from->text[from->host + i]);
    return end_text(out, begin);
}

static const char *put_authority(struct url_place *out, const struct url_parts *from,
                                 const char *host, bool port)
{
    const char *begin = out->at;
    out->at += weir_format(out->at, from->host_n + 16, from->v6 ? "[%s]" : "%s", host);
    if (port)
        out->at += weir_format(out->at, 16, ":%u", from->port);
    return end_text(out, begin);
}

static const char *put_target(struct url_place *out, const struct url_parts *from)
{
    const char *begin = out->at;
    if (from->end == from->n || from->text[from->end] != '/')
        url_put(out, "/", 1);
    url_put(out, from->text + from->end, from->n - from->end);
    return end_text(out, begin);
}

static const char *put_whole(struct url_place *out, const struct url_parts *from,
                             const struct weir_url *url, size_t target_n)
{
    const char *begin = out->at;
    url_put(out, "https", from->secure ? 5 : 4);
    url_put(out, "://", 3);
    url_put(out, url->authority, strlen(url->authority));
    url_put(out, url->target, target_n);
    return end_text(out, begin);
}

static void url_put_all(struct weir_url *url, const struct url_parts *from)
{
    struct url_place out = {url->block};
    bool usual = from->port == (from->secure ? WEIR_URL_PORT_SECURE : WEIR_URL_PORT_USUAL);
    url->secure = from->secure;
    url->port = (uint16_t)from->port;
    url->host = put_host(&out, from);
    url->authority = put_authority(&out, from, url->host, !usual);
    url->dialled = put_authority(&out, from, url->host, true);
    url->target = put_target(&out, from);
    url->whole = put_whole(&out, from, url, strlen(url->target));
    url->place = put_whole(&out, from, url, strcspn(url->target, "?"));
}

/* Each of the six texts has a scheme, brackets, a port and its end at most. */
static bool url_make_room(struct weir_url *url, const struct url_parts *from, weir_error *error)
{
    url->size = 6 * (from->n + 32);
    url->block = weir_allocate(url->size);
    if (url->block)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory for a URL (%zu bytes)", url->size)->fatal =
        true;
    return false;
}

static bool url_parse(struct weir_url *out, const char *text, size_t n, weir_error *error)
{
    struct url_parts parts = {.text = text};
    memset(out, 0, sizeof *out);
    if (n > WEIR_URL_BYTES_MAX) {
        weir_error_set(error, WEIR_E_LIMIT, "a URL of %zu bytes, at most %u are taken", n,
                       (unsigned)WEIR_URL_BYTES_MAX)
            ->fatal = true;
        return false;
    }
    const char *fragment = memchr(text, '#', n);
    parts.n = fragment ? (size_t)(fragment - text) : n;
    struct weir_url url = {0};
    if (!take_apart(&parts, error) || !url_make_room(&url, &parts, error))
        return false;
    url_put_all(&url, &parts);
    *out = url;
    return true;
}

bool weir_url_parse(struct weir_url *out, const char *text, weir_error *error)
{
    return url_parse(out, text, strlen(text), error);
}

void weir_url_drop(struct weir_url *url)
{
    weir_release(url->block, url->size);
    memset(url, 0, sizeof *url);
}

/* ---- relative ones ---- */

static bool has_scheme(const char *text)
{
    size_t n = strcspn(text, ":/?#");
    return n && text[n] == ':';
}

/* Takes "." and ".." out of a path, up to its query; in place. */
static void remove_dots(char *path)
{
    size_t n = strcspn(path, "?#");
    char *out = path, *query = path + n;
    for (char *at = path; at < query;) {
        size_t part = 1 + strcspn(at + 1, "/?#");
        bool last = at + part == query;
        if (part == 2 && at[1] == '.') {
            *out = '/';
            out += last;
        } else if (part == 3 && at[1] == '.' && at[2] == '.') {
            while (out > path && *--out != '/') {
            }
            *out = '/';
            out += last;
        } else {
            memmove(out, at, part);
            out += part;
        }
        at += part;
    }
    memmove(out, query, strlen(query) + 1);
}

/* How much of the base stands before it. */
static size_t kept(const struct weir_url *base, const char *text)
{
    size_t origin = strlen(base->whole) - strlen(base->target);
    size_t path = strcspn(base->target, "?");
    if (text[0] == '/' && text[1] == '/')
        return base->secure ? 6 : 5;
    if (text[0] == '/')
        return origin;
    if (text[0] == '?')
        return origin + path;
    if (!text[0] || text[0] == '#')
        return strlen(base->whole);
    while (base->target[path - 1] != '/')
        path--;
    return origin + path;
}

bool weir_url_resolve(struct weir_url *out, const struct weir_url *base, const char *text,
                      weir_error *error)
{
    if (has_scheme(text))
        return weir_url_parse(out, text, error);
    size_t n = kept(base, text), more = strnlen(text, WEIR_URL_BYTES_MAX);
    char *joined = weir_allocate(n + more + 1);
    memset(out, 0, sizeof *out);
    if (!joined) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a URL (%zu bytes)", n + more)->fatal =
            true;
        return false;
    }
    memcpy(joined, base->whole, n);
    memcpy(joined + n, text, more);
    joined[n + more] = 0;
    size_t origin = strlen(base->whole) - strlen(base->target);
    if (n >= origin && text[0] && text[0] != '?' && text[0] != '#')
        remove_dots(joined + origin);
    bool well = weir_url_parse(out, joined, error);
    weir_release(joined, n + more + 1);
    return well;
}

/* ---- what they say ---- */

bool weir_url_same_origin(const struct weir_url *a, const struct weir_url *b)
{
    return a->secure == b->secure && !strcmp(a->dialled, b->dialled);
}

static bool is_local_v4(const unsigned char *at)
{
    return at[0] == 127 || at[0] == 0 || (at[0] == 169 && at[1] == 254);
}

static bool is_local_v6(const struct in6_addr *at)
{
    if (IN6_IS_ADDR_V4MAPPED(at) || IN6_IS_ADDR_V4COMPAT(at))
        return is_local_v4(at->s6_addr + 12);
    return IN6_IS_ADDR_LINKLOCAL(at) || IN6_IS_ADDR_LOOPBACK(at) || IN6_IS_ADDR_UNSPECIFIED(at);
}

/* What some resolvers take for an address although it is none of the usual form: 127.1, 0x7f.1,
 * 2130706433. No name of the net is a number at its end. */
static bool is_odd_number(const char *host, size_t n)
{
    size_t last = n;
    while (last && host[last - 1] != '.')
        last--;
    return last < n && host[last] >= '0' && host[last] <= '9';
}

static bool ends_with(const char *text, size_t n, const char *end)
{
    size_t more = strlen(end);
    return n >= more && !memcmp(text + n - more, end, more);
}

bool weir_url_is_local(const char *host)
{
    char text[URL_HOST_BYTES_MAX + 1];
    struct in6_addr v6;
    struct in_addr v4;
    bool bracket = host[0] == '[';
    bool bare_v6 = !bracket && strchr(host, ':') != strrchr(host, ':');
    size_t n = bracket ? strcspn(++host, "]") : bare_v6 ? strlen(host) : strcspn(host, ":");
    if (!strncmp(host, "unix:", 5) || !n || n >= sizeof text)
        return true;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)url_lower((unsigned char)host[i]);
    text[n] = 0;
    if (inet_pton(AF_INET6, text, &v6) == 1)
        return is_local_v6(&v6);
    if (inet_pton(AF_INET, text, &v4) == 1)
        return is_local_v4((const unsigned char *)&v4);
    n -= text[n - 1] == '.';
    bool name = n == 9 ? ends_with(text, n, "localhost") : ends_with(text, n, ".localhost");
    return name || is_odd_number(text, n);
}
