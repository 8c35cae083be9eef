/* Addresses: what a scheme means, and how the rest of the word is taken apart. */
#include "pipeline/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "pipeline/allow.h"
#include "pipeline/arguments.h"
#include "pipeline/broker.h"
#include "pipeline/columns.h"
#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

/* What stands behind the scheme. */
enum rest { REST_PATH, REST_COMMAND, REST_HOST_PORT, REST_PORT, REST_SOCKET, REST_URL, REST_NAME };

/* Without entries: what this version does not know. */
static const struct scheme {
    const char *name;
    const char *usage;
    enum rest rest;
    const struct entry *source, *sink;
} schemes[] = {
    {"file:", "file:PATH", REST_PATH, &weir_pl_entry_file_source, &weir_pl_entry_file_sink},
    {"tcp:", "tcp:HOST:PORT", REST_HOST_PORT, &weir_pl_entry_tcp_source, &weir_pl_entry_tcp_sink},
    {"tcp-listen:", "tcp-listen:[ADDRESS:]PORT", REST_PORT, &weir_pl_entry_tcp_listen_source,
     &weir_pl_entry_tcp_listen_sink},
    {"unix:", "unix:PATH", REST_SOCKET, &weir_pl_entry_unix_source, &weir_pl_entry_unix_sink},
    {"unix-listen:", "unix-listen:PATH", REST_SOCKET, &weir_pl_entry_unix_listen_source,
     &weir_pl_entry_unix_listen_sink},
    {"tls:", "tls:HOST:PORT", REST_HOST_PORT, &weir_pl_entry_tls_source, &weir_pl_entry_tls_sink},
    {"exec:", "exec:'COMMAND'", REST_COMMAND, &weir_pl_entry_exec_source, &weir_pl_entry_exec_sink},
    {"http:", "http:HOST[:PORT][/PATH]", REST_URL, &weir_pl_entry_http_source,
     &weir_pl_entry_http_sink},
    {"https:", "https:HOST[:PORT][/PATH]", REST_URL, &weir_pl_entry_https_source,
     &weir_pl_entry_https_sink},
    {"nats:", "nats:STREAM[/CONSUMER]", REST_NAME, &weir_pl_entry_nats_source,
     &weir_pl_entry_nats_sink},
    {"kafka:", "kafka:TOPIC[+TOPIC][,group=G]", REST_NAME, &weir_pl_entry_kafka_source,
     &weir_pl_entry_kafka_sink},
    {"redis:", "redis:STREAM[,group=G]", REST_NAME, &weir_pl_entry_redis_source,
     &weir_pl_entry_redis_sink},
    {.name = "amqp:"},
    {.name = "ftp:"},
    {.name = "mqtt:"},
    {.name = "s3:"},
    {.name = "ssh:"},
    {.name = "udp:"},
    {.name = "ws:"},
    {.name = "wss:"},
};

/* Of URLs, which are copied from elsewhere, capitals are small letters. */
static bool has_name(const char *text, const struct scheme *scheme)
{
    size_t n = strlen(scheme->name);
    return scheme->rest == REST_URL ? !strncasecmp(text, scheme->name, n)
                                    : !strncmp(text, scheme->name, n);
}

static const struct scheme *scheme_of(const char *text)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (has_name(text, &schemes[i]))
            return &schemes[i];
    return NULL;
}

bool weir_pl_address_looks_like(const char *text)
{
    return strpbrk(text, "/.") || scheme_of(text);
}

bool weir_pl_address_hint(const char *text, char *out, size_t size)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
    char name[32];
    struct suggestion near = {.word = name};

    if (n < 3 || n + 2 > sizeof name || (text[n] && text[n] != ':'))
        return false;
    snprintf(name, sizeof name, "%.*s:", (int)n, text);
    const struct scheme *scheme = scheme_of(name);
    if (scheme && scheme->usage)
        return snprintf(out, size, "%s is an address", scheme->usage);
    for (size_t i = 0; text[n] && i < sizeof schemes / sizeof *schemes; i++)
        if (schemes[i].usage)
            weir_pl_suggest(&near, schemes[i].name);
    return near.best[0] && snprintf(out, size, "did you mean '%s'?", near.best);
}

static bool refuse(const struct words *words, size_t word, const char *hint, const char *message,
                   const char *a)
{
    weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0}, hint, message, a);
    return false;
}

static bool refuse_unknown(const struct words *words, size_t word, const char *scheme)
{
    const char *text = words->at[word].text;
    char hint[300];

    snprintf(hint, sizeof hint, "a file of that name is written ./%.*s",
             (int)weir_pl_columns_cut(text, SIZE_MAX, 200), text);
    return refuse(words, word, hint, "this version knows no '%s' addresses", scheme);
}

const char *weir_pl_address_path(const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    const struct scheme *scheme = scheme_of(text);

    if (!scheme)
        return text;
    if (scheme->rest != REST_PATH || !scheme->usage)
        refuse(words, word, "a path is written ./NAME", "'%s' is no file", text);
    else if (!text[5])
        refuse(words, word, "a path follows: file:PATH", "'%s' names no file", "file:");
    else
        return text + 5;
    return NULL;
}

/* ---- the rest ---- */

/* ",key=": where options begin. */
static char *options_of(char *rest)
{
    for (char *at = strchr(rest, ','); at; at = strchr(at + 1, ',')) {
        size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-");
        if (n && at[n + 1] == '=')
            return at;
    }
    return NULL;
}

/* Of a URL, which may have commas of its own: where an option of this entry begins. */
static char *url_options_of(const struct entry *entry, char *rest)
{
    for (char *at = strchr(rest, ','); at; at = strchr(at + 1, ','))
        for (size_t i = 0; i < weir_pl_entry_args(entry); i++) {
            size_t n = strlen(entry->args[i].name);
            if (!strncmp(at + 1, entry->args[i].name, n) && at[n + 1] == '=')
                return at;
        }
    return NULL;
}

enum { NEAR_LETTERS_MIN = 4 }; /* shorter words are near to everything */

/* The option that a word is, or is nearly; "": none. */
static void find_near(struct suggestion *near, const struct entry *entry)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++) {
        weir_pl_suggest(near, entry->args[i].name);
        if (!strcmp(near->word, entry->args[i].name))
            snprintf(near->best, sizeof near->best, "%s", near->word);
    }
}

static bool refuse_near(const struct words *words, size_t word, const struct suggestion *near)
{
    char hint[400];

    if (!strcmp(near->word, near->best)) /* its own would not be a part of the URL */
        snprintf(hint, sizeof hint, "it is of a sink; a comma of the URL itself is written %%2C");
    else
        snprintf(hint, sizeof hint, "did you mean '%s'? a comma of the URL itself is written %%2C",
                 near->best);
    return refuse(words, word, hint, "',%s=' is no option here", near->word);
}

/* ",timout=" would be asked for as a part of the path. */
static bool check_url(const struct words *words, size_t word, const struct scheme *scheme,
                      const char *rest)
{
    for (const char *at = strchr(rest, ','); at; at = strchr(at + 1, ',')) {
        char written[32];
        size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-");
        if (at[n + 1] != '=' || n < NEAR_LETTERS_MIN || n >= sizeof written)
            continue;
        snprintf(written, sizeof written, "%.*s", (int)n, at + 1);
        struct suggestion near = {.word = written};
        find_near(&near, scheme->source);
        find_near(&near, scheme->sink);
        if (near.best[0])
            return refuse_near(words, word, &near);
    }
    return true;
}

/* Where they begin: a name has no comma of its own. */
static char *first_option(const struct scheme *scheme, const struct entry *entry, char *rest)
{
    switch (scheme->rest) {
    case REST_COMMAND:
        return NULL;
    case REST_URL:
        return url_options_of(entry, rest);
    case REST_NAME:
        return strchr(rest, ',');
    default:
        return options_of(rest);
    }
}

static bool parse_options(struct node *node, const struct words *words, const struct scheme *scheme,
                          char *options)
{
    while (options) {
        char *option = options + 1;
        *options = 0;
        options = scheme->rest == REST_NAME ? strchr(option, ',') : options_of(option);
        if (options)
            *options = 0; /* its text ends there; it is written again above */
        if (!weir_pl_arguments_option(node, words, option))
            return false;
    }
    return true;
}

static bool is_port(const char *text, bool any)
{
    uint64_t port;
    return weir_pl_arguments_number(text, false, &port) && port <= 65535 && (port || any);
}

/* HOST:PORT, where a HOST with colons of its own stands in brackets; [ADDRESS:]PORT of a listener.
 * NULL: it is right. */
static const char *wrong_with_port(const char *text, bool listens)
{
    const char *colon = strrchr(text, ':');
    const char *port = colon ? colon + 1 : text;
    size_t host = colon ? (size_t)(colon - text) : 0;
    bool brackets = host && text[0] == '[';

    if (!colon && !listens)
        return "'%s' names no port";
    if (!is_port(port, listens))
        return *port ? "'%s' has no number from 1 to 65535 as its port" : "'%s' names no port";
    if (!host && !listens)
        return "'%s' names no host";
    if (brackets != (host && memchr(text, ':', host)) || (brackets && text[host - 1] != ']'))
        return "'%s' has a host with colons: it stands in brackets, [::1]:80";
    return NULL;
}

static const char *wrong_with(const struct scheme *scheme, const char *rest)
{
    switch (scheme->rest) {
    case REST_HOST_PORT:
    case REST_PORT:
        return wrong_with_port(rest, scheme->rest == REST_PORT);
    case REST_URL:
        rest += strncmp(rest, "//", 2) ? 0 : 2;
        return *rest && !strchr("/?#:", *rest) ? NULL : "'%s' names no host";
    case REST_COMMAND:
        return *rest ? NULL : "'%s' names no command";
    case REST_NAME:
        return *rest ? NULL : "'%s' names no stream";
    case REST_SOCKET:
        if (strlen(rest) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
            return "'%s' is longer than a socket's name may be, 107 bytes";
        /* fall through */
    default:
        return *rest ? NULL : "'%s' names no file";
    }
}

/* "http://HOST/PATH" */
static char *url_address(const struct scheme *scheme, const char *rest)
{
    size_t size = strlen(scheme->name) + 2 + strlen(rest) + 1;
    char *address = weir_pl_room_zeroed(size, 1);

    rest += strncmp(rest, "//", 2) ? 0 : 2;
    if (address)
        snprintf(address, size, "%s//%s", scheme->name, rest);
    return address;
}

/* As the library takes it, NULL without memory: ":9000" for a port alone, and "unix:PATH". */
static char *library_address(const struct scheme *scheme, const char *rest)
{
    if (scheme->rest == REST_URL)
        return url_address(scheme, rest);
    const char *before = scheme->rest == REST_SOCKET                       ? "unix:"
                         : scheme->rest == REST_PORT && !strchr(rest, ':') ? ":"
                                                                           : "";
    size_t size = strlen(before) + strlen(rest) + 1;
    char *address = weir_pl_room_zeroed(size, 1);
    if (address)
        snprintf(address, size, "%s%s", before, rest);
    return address;
}

static bool parse_scheme(struct node *node, const struct words *words, const struct scheme *scheme)
{
    const char *text = words->at[node->first].text;

    node->text = weir_pl_room_text(text, strlen(text));
    if (!node->text)
        return weir_pl_note_no_memory(words);
    char *rest = node->text + strlen(scheme->name);
    if (scheme->source == &weir_pl_entry_http_listen && !strncmp(rest, "//", 2))
        rest += 2;
    char *options = first_option(scheme, node->entry, rest);
    if (options)
        *options = 0;
    const char *wrong = wrong_with(scheme, rest);
    bool broker_sink = node->entry->broker && node->entry->gives == FLOW_NOTHING;
    if (wrong)
        return refuse(words, node->first, broker_sink ? node->entry->usage : scheme->usage,
                      broker_sink ? "'%s' does not name where to" : wrong, text);
    if (scheme->rest == REST_URL && !check_url(words, node->first, scheme, rest))
        return false;
    node->address = library_address(scheme, rest);
    if (!node->address)
        return weir_pl_note_no_memory(words);
    return parse_options(node, words, scheme, options);
}

/* Brokers want libraries of others, which are loaded where an address is theirs. */
static bool has_library(const struct words *words, const struct node *node)
{
    const struct broker *broker = node->entry->broker;
    char why[400], hint[200];

    if (!broker || weir_pl_broker_load(broker, why, sizeof why))
        return true;
    snprintf(hint, sizeof hint, "install %s, and a weir that was built with it: -D%s=enabled",
             broker->library, broker->name);
    weir_pl_note_set(words, (struct span){node->first, node->first + 1}, (struct span){0, 0}, hint,
                     "this weir has no %s: %s", broker->name, why);
    return false;
}

static bool refuse_lacking(const struct words *words, const struct node *node)
{
    char hint[120];

    snprintf(hint, sizeof hint, "built without %s", node->entry->lacks);
    return refuse(words, node->first, hint, "there are no '%s' addresses in this build",
                  node->entry->scheme);
}

/* What is wrong with one connection is right with many of them. */
static bool is_of_many(const struct node *node, enum address_role role)
{
    return role >= ADDRESS_PEER && node->entry != &weir_pl_entry_http_listen;
}

bool weir_pl_address_parse(struct node *node, const struct words *words, enum address_role role)
{
    static const struct scheme listens = {
        "http:", "http:[ADDRESS:]PORT[,max=N][,peer-max=N][,type=TYPE]", REST_PORT,
        &weir_pl_entry_http_listen, NULL};
    const struct scheme *scheme = scheme_of(words->at[node->first].text);

    if (scheme && role == ADDRESS_SERVED && scheme->source == &weir_pl_entry_http_source)
        scheme = &listens;
    if (scheme && !scheme->usage)
        return refuse_unknown(words, node->first, scheme->name);
    if (scheme && scheme->rest != REST_PATH) {
        node->entry = role == ADDRESS_SINK ? scheme->sink : scheme->source;
        if (!weir_pl_allow_reach(words, node->first, node->entry->reach))
            return false;
        if (node->entry->lacks)
            return refuse_lacking(words, node);
        if (!has_library(words, node))
            return false;
        if (node->entry->broker && role >= ADDRESS_PEER)
            return refuse(words, node->first, "weir ADDRESS ! ... ! ADDRESS",
                          "'%s' is no connection", words->at[node->first].text);
        return parse_scheme(node, words, scheme) &&
               (is_of_many(node, role) || !node->entry->check || node->entry->check(node, words));
    }
    node->entry = role == ADDRESS_SINK ? &weir_pl_entry_file_sink : &weir_pl_entry_file_source;
    node->path = weir_pl_address_path(words, node->first);
    return node->path && weir_pl_allow_reach(words, node->first, node->entry->reach);
}

/* file: stands first. */
const struct entry *weir_pl_address_entry(size_t i)
{
    return i + 1 < sizeof schemes / sizeof *schemes ? schemes[i + 1].source : NULL;
}

const struct entry *weir_pl_address_sink(size_t i)
{
    return i + 1 < sizeof schemes / sizeof *schemes ? schemes[i + 1].sink : NULL;
}
