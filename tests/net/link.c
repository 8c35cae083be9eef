/* The two ends of link.h. */

#ifdef WEIR_HAVE_OPENSSL
#include "link.h"

static void choose(struct link *link)
{
    const struct certificates *all = certificates();
    weir_tls_options *server = &link->server, *client = &link->client;
    server->size = client->size = sizeof(weir_tls_options);
    if (!server->certificate && !server->certificate_file) {
        server->certificate = all->server.certificate;
        server->key = all->server.key;
    }
    if (!client->ca && !client->ca_file && !client->insecure_no_verify)
        client->ca = all->ca.certificate;
    link->host = link->host ? link->host : "example.org";
}

static weir_tls_context *usual[2];

void link_usual_begin(void)
{
    struct link link = {0};
    choose(&link);
    usual[0] = weir_tls_client(&link.client);
    usual[1] = weir_tls_server(&link.server);
}

void link_usual_end(void)
{
    weir_tls_context_unref(usual[0]);
    weir_tls_context_unref(usual[1]);
}

void link_open(struct link *link)
{
    choose(link);
    weir_tls_context *client =
        link->usual ? weir_tls_context_ref(usual[0]) : weir_tls_client(&link->client);
    weir_tls_context *server =
        link->usual ? weir_tls_context_ref(usual[1]) : weir_tls_server(&link->server);
    weir_duplex near = weir_tls(wire_client(&link->wire), client,
                                &(weir_tls_how){.size = sizeof(weir_tls_how), .host = link->host});
    weir_duplex far = weir_tls(wire_server(&link->wire), server, NULL);
    weir_tls_context_unref(client);
    weir_tls_context_unref(server);
    link->pumps[CLIENT_WRITES].writer = near.writer;
    link->pumps[CLIENT_READS].reader = near.reader;
    link->pumps[SERVER_WRITES].writer = far.writer;
    link->pumps[SERVER_READS].reader = far.reader;
}

bool link_run(struct link *link)
{
    return pumps_run(link->pumps, PUMPS, &link->wire);
}

void link_close(struct link *link)
{
    pumps_fini(link->pumps, PUMPS);
    wire_fini(&link->wire);
}

bool link_all(struct link *link)
{
    link_open(link);
    bool done = link_run(link);
    link_close(link);
    return done;
}
#endif
