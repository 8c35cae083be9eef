/* Connections as sources and sinks: to an address, and from whoever comes first to one of ours. */
#include "pipeline/allow.h"
#include "pipeline/stage_net.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { DIAL_TIMEOUT, DIAL_LINGER, DIAL_CA, DIAL_VERIFY };
enum { LISTEN_MAX, LISTEN_LINGER, LISTEN_PEER_MAX };
#define MILLISECOND_NS UINT64_C(1000000)

static const struct arg *arg_called(const struct node *node, const char *name)
{
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (!strcmp(node->entry->args[i].name, name))
            return &node->args[i];
    return NULL;
}

/* As long as socat waits. */
uint64_t weir_pl_net_linger_ns(const struct node *node)
{
    const struct arg *linger = arg_called(node, "linger");
    return linger && linger->given ? linger->number : 500 * MILLISECOND_NS;
}

uint32_t weir_pl_net_max(const struct node *node)
{
    const struct arg *max = arg_called(node, "max");
    return max && max->given ? (uint32_t)max->number : NET_MAX_DEFAULT;
}

uint32_t weir_pl_net_peer_max(const struct node *node)
{
    const struct arg *max = arg_called(node, "peer-max");
    return max && max->given ? (uint32_t)max->number : 0;
}

bool weir_pl_net_listens(const struct node *node)
{
    const struct entry *entry = node->entry;
    return entry == &weir_pl_entry_tcp_listen_source ||
           entry == &weir_pl_entry_unix_listen_source || entry == &weir_pl_entry_http_listen;
}

/* ---- dialling ---- */

/* Without the port: what must stand in the certificate. */
static void put_host(const char *address, char *host, size_t size)
{
    size_t n = (size_t)(strrchr(address, ':') - address);
    if (address[0] == '[')
        address++, n -= 2;
    snprintf(host, size, "%.*s", (int)n, address);
}

static weir_duplex over_tls(const struct node *node, weir_duplex far)
{
    char host[256];
    weir_tls_options options = {.size = sizeof options,
                                .ca_file = node->args[DIAL_CA].text,
                                .insecure_no_verify = node->args[DIAL_VERIFY].given};
    weir_tls_context *context = weir_tls_client(&options);

    put_host(node->address, host, sizeof host);
    far = weir_tls(far, context, &(weir_tls_how){.size = sizeof(weir_tls_how), .host = host});
    weir_tls_context_unref(context);
    return far;
}

weir_duplex weir_pl_net_dial(const struct node *node)
{
    const struct entry *entry = node->entry;

    if (entry == &weir_pl_entry_exec_source || entry == &weir_pl_entry_exec_sink)
        return weir_exec_duplex(node->address);
    weir_dial_options options = {.size = sizeof options,
                                 .timeout_ns = node->args[DIAL_TIMEOUT].number};
    weir_duplex far = weir_dial(node->address, &options);
    return entry == &weir_pl_entry_tls_source || entry == &weir_pl_entry_tls_sink
               ? over_tls(node, far)
               : far;
}

static void build_dial(struct flow *flow, struct node *node)
{
    weir_duplex far = weir_pl_net_dial(node);
    flow->reader = far.reader;
    node->rest.writer = far.writer;
}

static weir_writer *dial_writer(struct node *node)
{
    weir_duplex far = weir_pl_net_dial(node);
    node->rest.reader = far.reader;
    return far.writer;
}

static void build_exec(struct flow *flow, struct node *node)
{
    flow->reader = weir_exec_reader(node->address);
}

static weir_writer *exec_writer(struct node *node)
{
    return weir_exec_writer(node->address);
}

/* ---- listening ---- */

/* Where any port would do, nobody else can know which it is. */
static void tell_address(const char *address, void *arg)
{
    const struct node *node = arg;
    const char *colon = strrchr(node->address, ':');

    if (strcmp(node->entry->scheme, "unix-listen:") && colon && !strcmp(colon, ":0"))
        weir_pl_note_plain(node->chain->words, NULL, "listens at %s", address);
}

weir_stream *weir_pl_net_incoming(struct node *node)
{
    weir_listen_options options = {.size = sizeof options,
                                   .on_listening = tell_address,
                                   .arg = node,
                                   .peer_max = weir_pl_net_peer_max(node),
                                   .peer_refused = &node->rejected};
    return weir_incoming(node->address, &options);
}

void weir_pl_net_tell_refused(const struct node *node)
{
    unsigned long long n = node->rejected;

    if (n)
        weir_pl_note_plain(node->chain->words, NULL, "%llu %s refused: %s address had %u already",
                           n, n == 1 ? "connection was" : "connections were",
                           n == 1 ? "its" : "their", weir_pl_net_peer_max(node));
}

static bool check_listen(struct node *node, const struct words *words)
{
    const struct arg *max = arg_called(node, "max"), *peer_max = arg_called(node, "peer-max");
    const struct arg *given = max->given ? max : peer_max && peer_max->given ? peer_max : NULL;
    char option[64];

    if (!given)
        return true;
    snprintf(option, sizeof option, "%s=%s", given == max ? "max" : "peer-max", given->text);
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "weir serve, weir relay", "'%s' is for who serves many connections", option);
    return false;
}

/* ---- what the catalogue says of them ---- */

static const char *net_note(const struct node *node)
{
    if (node->entry->gives)
        return "a connection; what is not read stays with the peer";
    return "a connection; what the peer says is dropped";
}

static const char *listen_note(const struct node *node)
{
    (void)node;
    return "the first connection that is made to it";
}

static const char *exec_note(const struct node *node)
{
    return node->entry->gives ? "what a shell command writes; it must succeed"
                              : "a shell command's input; it must succeed";
}

#define DIAL_ARGS                                                                                  \
    [DIAL_TIMEOUT] = {.name = "timeout", .kind = ARG_KEY, .type = ARG_TIME}, [DIAL_LINGER] = {     \
                                                                                 .name = "linger", \
                                                                                 .kind = ARG_KEY,  \
                                                                                 .type = ARG_TIME}
#define TLS_ARGS                                                                                   \
    [DIAL_CA] = {.name = "ca", .kind = ARG_KEY, .type = ARG_TEXT, .reach = WEIR_ALLOW_READ},       \
    [DIAL_VERIFY] = {                                                                              \
        .name = "insecure-no-verify", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "yes"}
#define MANY_SPEC(name_)                                                                           \
    {                                                                                              \
        .name = name_, .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1000000               \
    }
#define LISTEN_ARGS                                                                                \
    [LISTEN_MAX] = MANY_SPEC("max"), [LISTEN_LINGER] = {                                           \
                                         .name = "linger", .kind = ARG_KEY, .type = ARG_TIME}

#define DIAL_HELP                                                                                  \
    "timeout=TIME  until there is a connection, 30s without it\n"                                  \
    "linger=TIME   of a sink: after all was sent its peer's end is waited for, unless it is\n"     \
    "              silent for so long; 500ms without it. What the peer says is dropped."
#define LISTEN_HELP                                                                                \
    "In front of relay and serve: every connection, and max=N of them at once, 1000 without\n"     \
    "it. linger=TIME as with tcp:."

/* The source and the sink of a scheme; behind the two what both have. */
#define CONNECTION(name_, build_, sink_, ...)                                                      \
    const struct entry weir_pl_entry_##name_##_source = {                                          \
        .gives = FLOW_BYTES, .copies = true, .build = build_, __VA_ARGS__};                        \
    const struct entry weir_pl_entry_##name_##_sink = {                                            \
        .takes = FLOW_BYTES | FLOW_ITEMS, .sink = sink_, __VA_ARGS__}

CONNECTION(tcp, build_dial, dial_writer, .scheme = "tcp:", .usage = "tcp:HOST:PORT",
           .reach = WEIR_ALLOW_NET, .does = "a connection", .help = DIAL_HELP,
           .example = "weir dump.sql.gz ! gunzip ! rate 20M ! tcp:db2:9000", .args = {DIAL_ARGS},
           .note = net_note);
CONNECTION(unix, build_dial, dial_writer, .scheme = "unix:", .usage = "unix:PATH",
           .reach = WEIR_ALLOW_NET, .does = "a connection to a socket with a name",
           .help = DIAL_HELP,
           .example = "weir tail app.log ! lines ! grep ERROR ! unix:/run/alert.sock",
           .args = {DIAL_ARGS}, .note = net_note);
CONNECTION(tls, build_dial, dial_writer, .scheme = "tls:", .usage = "tls:HOST:PORT",
           .reach = WEIR_ALLOW_NET, .does = "an encrypted connection",
           .help = "ca=FILE       whom to trust, a PEM file; unsaid: whom the system trusts\n"
                   "insecure-no-verify=yes  anybody may answer\n" DIAL_HELP,
           .example = "weir shop.sql.gz ! tls:backup:7443,ca=ca.pem", .args = {DIAL_ARGS, TLS_ARGS},
           .note = net_note);
CONNECTION(tcp_listen, weir_pl_listen_build, weir_pl_listen_writer,
           .scheme = "tcp-listen:", .usage = "tcp-listen:[ADDRESS:]PORT", .reach = WEIR_ALLOW_NET,
           .does = "the first connection made to it; port 0: a free one, which is told",
           .help = LISTEN_HELP
           "\n"
           "peer-max=N    connections of one address at once; who has as many is refused, and the\n"
           "              others come in. Any number without it",
           .example = "weir tcp-listen:9000 ! buffer 256M ! recv.bin",
           .args = {LISTEN_ARGS, [LISTEN_PEER_MAX] = MANY_SPEC("peer-max")}, .check = check_listen,
           .note = listen_note);
CONNECTION(unix_listen, weir_pl_listen_build, weir_pl_listen_writer,
           .scheme = "unix-listen:", .usage = "unix-listen:PATH", .reach = WEIR_ALLOW_NET,
           .does = "the same, to a socket with a name", .help = LISTEN_HELP,
           .example = "weir unix-listen:/run/alert.sock ! lines ! ./alerts append",
           .args = {LISTEN_ARGS}, .check = check_listen, .note = listen_note);
CONNECTION(exec, build_exec, exec_writer, .scheme = "exec:", .usage = "exec:'COMMAND'",
           .reach = WEIR_ALLOW_EXEC, .does = "what a shell command writes, or its input",
           .help = "It must succeed: any other status is an error, and no file is created.",
           .example = "weir exec:'pg_dump shop' ! gzip ! ./shop.sql.gz", .note = exec_note);
