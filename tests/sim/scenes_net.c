/* Scenes over a simulated network: an echo that several workers serve, and a proxy before it. */

#include <string.h>

#include "scene.h"

enum { HOSTS = 3, CLIENTS_MAX = 4, BYTES_MAX = 3000, PORT_OPENS_NS = 1000000 };
#define PATIENCE_NS 200000000000u

struct client {
    size_t n;
    weir_vec back;
    bool failed;
    weir_error error;
};

struct net {
    weir_world *world;
    weir_host *hosts[HOSTS];
    weir_rt *rts[HOSTS];
    struct client clients[CLIENTS_MAX];
    unsigned clients_n;
};

static unsigned char known[BYTES_MAX];

static void note_error(const weir_error *error, void *arg)
{
    struct client *client = arg;
    client->failed = true;
    client->error = *error;
}

static weir_stream *exchange(struct client *client, const char *address)
{
    weir_duplex far = weir_dial(address, NULL);
    weir_stream *both =
        weir_join(weir_copy(weir_memory_reader(known, client->n), far.writer),
                  weir_copy(far.reader, weir_memory_writer(&client->back, client->n + 1)));
    return weir_inspect_err(weir_timeout(both, PATIENCE_NS), note_error, client);
}

WEIR_PAR_FN(echo_fn, weir_duplex, near, void *, arg)
{
    (void)arg;
    weir_await(weir_copy(near.reader, near.writer), NULL, NULL);
}

static bool pass_on(weir_duplex near, weir_relayed *out, void *arg, weir_error *error)
{
    (void)arg;
    weir_stream *relay = weir_relay(near, weir_dial("10.0.0.3:7", NULL), NULL);
    return weir_await(relay, out, error) == WEIR_READY;
}
WEIR_PAR_MAP_FN(pass_on_fn, pass_on, weir_duplex, weir_relayed, .from = &weir_type_duplex,
                .to = &weir_type_relayed)

static void open_host(struct net *net, struct scene *scene, unsigned i)
{
    static const char *const addresses[HOSTS] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    net->hosts[i] = weir_world_host(net->world, addresses[i]);
    net->rts[i] = scene_rt(scene, i ? scene->workers : 1, net->hosts[i]);
}

static weir_stream *serve_echo(struct scene *scene, weir_stream *incoming)
{
    weir_par_options how =
        WEIR_PAR_OPTIONS(.stop = scene_draw(scene, 2) ? WEIR_CANCEL : WEIR_DRAIN);
    return weir_par_for_each(incoming, &echo_fn, NULL, 1 + scene_draw(scene, 5), &how);
}

static weir_stream *serve_proxy(struct scene *scene, weir_stream *incoming)
{
    weir_par_options how = WEIR_PAR_OPTIONS(.stop = WEIR_CANCEL);
    weir_stream *each =
        weir_par_map_unordered(incoming, &pass_on_fn, NULL, 1 + scene_draw(scene, 5), &how);
    return weir_count(weir_skip_errors(each, UINT64_MAX, NULL));
}

static void serve(struct net *net, struct scene *scene, unsigned i)
{
    weir_stream *incoming = weir_skip_errors(weir_incoming(":7", NULL), UINT64_MAX, NULL);
    weir_stream *all = i == 1 ? serve_proxy(scene, incoming) : serve_echo(scene, incoming);
    if (!weir_rt_spawn(net->rts[i], scene_cut(scene, all)))
        scene_fail("no task for a server");
}

static void check_client(const struct scene *scene, const struct client *client)
{
    if (client->failed && !scene->faults && !scene->was_cut)
        scene_fail("client: %s", client->error.message);
    bool same = client->back.n == client->n &&
                (!client->n || memcmp(client->back.items, known, client->n) == 0);
    if (!client->failed && !same)
        scene_fail("client: %zu bytes of %zu, and no error", client->back.n, client->n);
}

static void close_all(struct net *net, struct scene *scene)
{
    for (unsigned i = 0; i < net->clients_n; i++) {
        check_client(scene, &net->clients[i]);
        weir_vec_drop(&net->clients[i].back);
    }
    for (unsigned i = 0; i < HOSTS; i++)
        weir_rt_drop(net->rts[i]);
    for (unsigned i = 0; i < HOSTS; i++)
        if (net->hosts[i] && weir_host_fds(net->hosts[i]))
            scene_fail("host %u has %u sockets", i, weir_host_fds(net->hosts[i]));
    if (weir_world_connections(net->world))
        scene_fail("%u connections are left", weir_world_connections(net->world));
    weir_world_drop(net->world);
}

static void run(struct net *net, uint64_t ns)
{
    weir_world_run(net->world, weir_world_now_ns(net->world) + ns);
}

static void talk(struct scene *scene, bool proxied)
{
    struct net net = {.world = weir_world_new(scene->seed)};
    for (size_t i = 0; i < BYTES_MAX; i++)
        known[i] = (unsigned char)(i * 31 + (i >> 8) * 17);
    for (unsigned i = 0; i < HOSTS; i++)
        if (i != 1 || proxied)
            open_host(&net, scene, i);
    scene->by_cancel = false;
    serve(&net, scene, 2);
    if (proxied)
        serve(&net, scene, 1);
    run(&net, PORT_OPENS_NS);
    net.clients_n = 1 + scene_draw(scene, CLIENTS_MAX);
    for (unsigned i = 0; i < net.clients_n; i++) {
        net.clients[i].n = scene_draw(scene, scene_draw(scene, 8) ? 300 : BYTES_MAX);
        const char *address = proxied ? "10.0.0.2:7" : "10.0.0.3:7";
        if (!weir_rt_spawn(net.rts[0], exchange(&net.clients[i], address)))
            scene_fail("no task for a client");
    }
    run(&net, PATIENCE_NS + PORT_OPENS_NS);
    for (unsigned i = 0; i < HOSTS; i++)
        if (net.rts[i] && scene_draw(scene, 2))
            weir_rt_stop(net.rts[i]);
    run(&net, PORT_OPENS_NS);
    close_all(&net, scene);
}

void scene_echo(struct scene *scene)
{
    talk(scene, false);
}

void scene_proxy(struct scene *scene)
{
    talk(scene, true);
}
