/* Whether the advice comes true on a real clock: three programs of the kind that users write are
 * looked at as they stand, then run in turn as they stand and as the advice says.
 *
 *   advised [ROUNDS]   a line each, tabs between: program, rule, change, gain foretold, low, high,
 *                      gain measured, by how many % that was foretold wrong;
 *                      or program, rule, change, why nothing is foretold
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/advise.h"
#include "inspect/machine.h"
#include "inspect/model_rows.h"
#include "measure.h"
#include "weir.h"

enum {
    ROUNDS_MAX = 64,
    URL_BYTES = 80,
    CLIENTS = 64,
    FILES = 3000,
    FILE_BYTES = 1024,
    /* What something outside of the program takes. */
    QUERY_NS = 1000000,
    DEVICE_NS = 2000000,
    UPSTREAM_NS = 2000000
};

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "advised: %s: %s\n", what, why);
    exit(1);
}

static weir_rt *new_runtime(uint32_t workers)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = workers), &error);
    if (!rt)
        give_up("a runtime", error.message);
    return rt;
}

/* As it stands, or with so many items at once. */
static weir_stream *each(weir_stream *source, const weir_then_fn *fn, unsigned limit)
{
    return limit ? weir_par_map(source, fn, NULL, limit, NULL) : weir_then(source, fn, NULL);
}

/* ---- a table is imported: a question to a database for each record ---- */

static bool ask_database(weir_fields *order, weir_fields *out, weir_error *error)
{
    if (weir_await(weir_sleep(QUERY_NS), NULL, error) != WEIR_READY)
        return false;
    *out = *order;
    return true;
}
WEIR_FIBER_FN(ask_database_fn, ask_database, weir_fields, weir_fields,
              .to = &weir_type_owned_fields)

static weir_stream *look_up(weir_fields order, void *arg)
{
    (void)arg;
    return weir_fiber(&ask_database_fn, &order, NULL);
}
WEIR_THEN_FN(look_up_fn, look_up, weir_fields, weir_fields, .from = &weir_type_owned_fields,
             .to = &weir_type_owned_fields)

static char *table;
static size_t table_n;

static void make_table(size_t records)
{
    free(table);
    FILE *out = open_memstream(&table, &table_n);
    if (!out)
        give_up("the table", "no memory");
    fprintf(out, "id,customer,amount\n");
    for (size_t i = 0; i < records; i++)
        fprintf(out, "%zu,\"customer %zu\",%zu.50\n", i, i * 7919 % 1000, i % 100);
    if (fclose(out) != 0)
        give_up("the table", "no memory");
}

static weir_stream *import(unsigned limit, size_t records)
{
    make_table(records);
    weir_stream *orders = weir_own(weir_csv(weir_memory_reader(table, table_n), NULL));
    weir_stream *found = each(orders, &look_up_fn, limit);
    return weir_copy(weir_to_ndjson(found, NULL), weir_null_writer());
}

/* ---- the files of a directory are hashed: each is read from a slow device ---- */

static char directory[64];

struct block {
    size_t n;
    char bytes[FILE_BYTES];
};

static bool read_slowly(weir_dir_entry *entry, struct block *out, weir_error *error)
{
    char path[sizeof directory + WEIR_ENTRY_NAME_BYTES];
    nanosleep(&(struct timespec){.tv_nsec = DEVICE_NS}, NULL);
    snprintf(path, sizeof path, "%s/%s", directory, entry->name);
    FILE *file = fopen(path, "r");
    if (!file)
        return weir_error_set(error, WEIR_E_SYSTEM, "%s: not read", path), false;
    out->n = fread(out->bytes, 1, sizeof out->bytes, file);
    fclose(file);
    return true;
}
WEIR_BLOCKING_FN(read_slowly_fn, read_slowly, weir_dir_entry, struct block)

static bool hash(weir_dir_entry *entry, weir_digest *out, weir_error *error)
{
    struct block block;
    if (weir_await(weir_spawn_blocking(&read_slowly_fn, entry), &block, error) != WEIR_READY)
        return false;
    weir_hash_kind kind = weir_hash_is_there(WEIR_SHA256) ? WEIR_SHA256 : WEIR_CRC32;
    weir_reader *bytes = weir_hash(weir_memory_reader(block.bytes, block.n), kind, out);
    return weir_await(weir_copy(bytes, weir_null_writer()), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(hash_fiber, hash, weir_dir_entry, weir_digest)

static weir_stream *hash_file(weir_dir_entry entry, void *arg)
{
    (void)arg;
    return weir_fiber(&hash_fiber, &entry, NULL);
}
WEIR_THEN_FN(hash_file_fn, hash_file, weir_dir_entry, weir_digest)

static void make_directory(void)
{
    char path[sizeof directory + 16], text[FILE_BYTES];
    memset(text, 'a', sizeof text);
    snprintf(directory, sizeof directory, "/tmp/weir-advised-%d", (int)getpid());
    if (mkdir(directory, 0700) != 0)
        give_up(directory, "not made");
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%u", directory, i);
        FILE *file = fopen(path, "wx");
        if (!file || fwrite(text, 1, sizeof text, file) != sizeof text || fclose(file) != 0)
            give_up(path, "not written");
    }
}

static void remove_directory(void)
{
    char path[sizeof directory + 16];
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%u", directory, i);
        unlink(path);
    }
    rmdir(directory);
}

static weir_stream *hash_directory(unsigned limit, size_t files)
{
    return weir_count(each(weir_take(weir_read_dir(directory), files), &hash_file_fn, limit));
}

/* ---- a proxy: what it is asked it asks another server ---- */

/* A server, or what asks it, with a runtime and a thread of its own. */
struct beside {
    weir_rt *rt;
    weir_stream *future;
    pthread_t thread;
};

static void *run_beside(void *arg)
{
    struct beside *self = arg;
    weir_error error;
    (void)weir_rt_run(self->rt, self->future, NULL, &error);
    return NULL;
}

/* While somebody looks, all runtimes are looked at. */
static bool looks;

static void be_looked_at(weir_rt *rt)
{
    weir_error error;
    if (!weir_inspect_start(rt, &error))
        give_up("an inspector", error.message);
    weir_inspect_attach(rt, true);
}

static void begin_beside(struct beside *self, weir_stream *future)
{
    self->rt = new_runtime(1);
    self->future = future;
    if (looks)
        be_looked_at(self->rt);
    if (pthread_create(&self->thread, NULL, run_beside, self) != 0)
        give_up("a thread", "none is left");
}

static void end_beside(struct beside *self)
{
    weir_rt_stop(self->rt);
    pthread_join(self->thread, NULL);
    weir_rt_drop(self->rt);
    self->rt = NULL;
}

struct url {
    char text[URL_BYTES];
    atomic_bool known;
};
static struct url upstream_url, proxy_url;

static void keep_address(const char *address, void *arg)
{
    struct url *url = arg;
    snprintf(url->text, sizeof url->text, "http://%s/", address);
    atomic_store(&url->known, true);
}

static weir_stream *listen_at(struct url *url)
{
    weir_listen_options options = WEIR_LISTEN_OPTIONS(.on_listening = keep_address, .arg = url);
    atomic_store(&url->known, false);
    return weir_incoming("127.0.0.1:0", &options);
}

static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");

static bool answer(weir_exchange **x, uint64_t *out, weir_error *error)
{
    *out = 0;
    return weir_await(weir_sleep(UPSTREAM_NS), NULL, error) == WEIR_READY &&
           weir_await(weir_respond_bytes(*x, &ok, "hello\n", 6), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(answer_fiber, answer, weir_exchange *, uint64_t)

static weir_stream *answer_later(weir_exchange *x, void *arg)
{
    (void)arg;
    return weir_fiber(&answer_fiber, &x, NULL);
}
WEIR_HTTP_FN(answer_later_fn, answer_later)

static weir_stream *serve_upstream(weir_duplex connection, void *arg)
{
    return weir_http_serve(connection, &answer_later_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_upstream_fn, serve_upstream)

static weir_stream *pass_on(weir_exchange *x, void *arg)
{
    (void)arg;
    return weir_respond_reader(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN,
                               weir_http_reader(upstream_url.text, NULL));
}
WEIR_HTTP_FN(pass_on_fn, pass_on)

static weir_stream *serve_proxy(weir_duplex connection, void *arg)
{
    return weir_http_serve(connection, &pass_on_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_proxy_fn, serve_proxy)

/* One request after the other. Whoever is cut off, when the proxy has enough, has no answer. */
WEIR_PAR_FN(ask_proxy, int64_t, n, atomic_bool *, enough)
{
    weir_error error;
    (void)n;
    while (!atomic_load(&proxy_url.known))
        (void)weir_await(weir_sleep(QUERY_NS), NULL, &error);
    while (!atomic_load(enough))
        (void)weir_await(weir_copy(weir_http_reader(proxy_url.text, NULL), weir_null_writer()),
                         NULL, &error);
}

static struct beside upstream, clients;
static atomic_bool enough;

static weir_stream *proxy(unsigned limit, size_t requests)
{
    weir_stream *connections = weir_take(listen_at(&proxy_url), requests);
    return weir_count(each(connections, &serve_proxy_fn, limit));
}

static void begin_others(void)
{
    weir_stream *connections = listen_at(&upstream_url);
    begin_beside(&upstream, weir_par_for_each(connections, &serve_upstream_fn, NULL, 1000, NULL));
    while (!atomic_load(&upstream_url.known))
        usleep(1000);
    atomic_store(&enough, false);
    begin_beside(&clients, weir_par_for_each(weir_range(0, CLIENTS), &ask_proxy, &enough, CLIENTS,
                                             &WEIR_PAR_OPTIONS(.local = true)));
}

static void end_others(void)
{
    atomic_store(&enough, true);
    end_beside(&clients);
    end_beside(&upstream);
}

/* ---- a run ---- */

struct program {
    const char *name;
    size_t items; /* that take some 2 s as it stands */
    weir_stream *(*make)(unsigned limit, size_t items);
    void (*begin)(void), (*end)(void); /* what it needs beside it; NULL: nothing */
};

static const struct program programs[] = {
    {"CSV import", 2000, import, NULL, NULL},
    {"directory hash", 1000, hash_directory, NULL, NULL},
    {"HTTP proxy", 700, proxy, begin_others, end_others},
};

/* Items a second. */
static double run_on(weir_rt *rt, const struct program *program, unsigned limit, size_t items)
{
    uint64_t answer;
    weir_error error;
    weir_stream *future = program->make(limit, items);
    if (program->begin)
        program->begin();
    double start_ns = wall_ns();
    if (weir_rt_run(rt, future, &answer, &error) != WEIR_READY)
        give_up(program->name, error.message);
    double took_ns = wall_ns() - start_ns;
    if (program->end)
        program->end();
    return (double)items * 1e9 / took_ns;
}

/* What is faster has more to do, so that its beginning and its end weigh as little. */
static double run(const struct program *program, unsigned limit)
{
    weir_rt *rt = new_runtime(0);
    double rate = run_on(rt, program, limit, limit ? 3 * program->items : program->items);
    weir_rt_drop(rt);
    return rate;
}

/* ---- what the inspector says of it ---- */

static struct look {
    weir_rt *rt;
    weir_inspect_row before[WEIR_INSPECT_ROWS_MAX], after[WEIR_INSPECT_ROWS_MAX];
    size_t before_n, after_n;
    struct weir_model model;
    struct weir_model_room room;
    struct weir_advice advice;
    bool is_model, is_advice;
} look;

static size_t snapshot(weir_inspect_row *rows, double *at_ns)
{
    *at_ns = wall_ns();
    size_t n = weir_inspect_snapshot(look.rt, rows, WEIR_INSPECT_ROWS_MAX);
    return n < WEIR_INSPECT_ROWS_MAX ? n : WEIR_INSPECT_ROWS_MAX;
}

/* By all that is in this process. */
static uint64_t worked_ns(void)
{
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *const all[] = {look.rt, upstream.rt, clients.rt};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t n = all[i] ? weir_inspect_snapshot(all[i], rows, WEIR_INSPECT_ROWS_MAX) : 0;
        sum += weir_model_worked_ns(rows, n < WEIR_INSPECT_ROWS_MAX ? n : WEIR_INSPECT_ROWS_MAX);
    }
    return sum;
}

static size_t service_of(void *rt, const weir_inspect_row *row, weir_service *out, size_t n)
{
    return weir_inspect_service(rt, row->place, row->stage, row->index, out, n);
}

/* A window within its run. */
static void *watch(void *arg)
{
    double from_ns, to_ns;
    (void)arg;
    usleep(300000);
    uint64_t before_ns = worked_ns();
    look.before_n = snapshot(look.before, &from_ns);
    usleep(1200000);
    look.after_n = snapshot(look.after, &to_ns);
    uint64_t after_ns = worked_ns();
    struct weir_model_source source = {.before = look.before,
                                       .after = look.after,
                                       .before_n = look.before_n,
                                       .after_n = look.after_n,
                                       .took_ns = (uint64_t)(to_ns - from_ns),
                                       .worked_ns = after_ns - before_ns,
                                       .service = service_of,
                                       .arg = look.rt};
    look.is_model = weir_model_from_rows(&look.model, &look.room, &source);
    return NULL;
}

static void advise(const struct weir_machine *machine)
{
    weir_model_set_workers(&look.model, look.rt, machine);
    weir_model_set_machine(&look.model, machine);
    look.is_advice = look.is_model && weir_advise(&look.model, &look.advice);
}

static void look_at(const struct program *program, const struct weir_machine *machine)
{
    pthread_t watcher;
    memset(&look, 0, sizeof look);
    look.rt = new_runtime(0);
    be_looked_at(look.rt);
    looks = true;
    if (pthread_create(&watcher, NULL, watch, NULL) != 0)
        give_up(program->name, "no thread is left");
    (void)run_on(look.rt, program, 0, program->items);
    pthread_join(watcher, NULL);
    looks = false;
    advise(machine);
    weir_rt_drop(look.rt);
}

/* ---- the advice is followed ---- */

static double measure_gain(const struct program *program, unsigned limit, unsigned rounds)
{
    double now[ROUNDS_MAX], changed[ROUNDS_MAX];
    for (unsigned i = 0; i < rounds; i++) {
        now[i] = run(program, 0);
        changed[i] = run(program, limit);
    }
    return median(changed, rounds) / median(now, rounds);
}

/* Why nothing is foretold. */
static void say_why(const struct program *program, const char *rule, const char *change)
{
    char why[160] = "nothing would bring 15 % more";
    if (!look.is_model)
        snprintf(why, sizeof why, "no line of stages was seen");
    else if (look.advice.silence)
        weir_silence_text(&look.advice, why, sizeof why);
    printf("%s\t%s\t%s\t%s\n", program->name, rule, change, why);
}

static void follow(const struct program *program, unsigned rounds)
{
    const struct weir_advice *advice = &look.advice;
    if (!look.is_advice || !advice->n) {
        say_why(program, look.is_advice ? advice->rule : "", advice->change);
        return;
    }
    double gain = measure_gain(program, advice->n, rounds);
    printf("%s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%+.1f\n", program->name, advice->rule,
           advice->change, advice->gain, advice->low, advice->high, gain,
           (advice->gain / gain - 1) * 100);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 3;
    struct weir_machine machine = {0};
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    weir_machine_read(&weir_sys_posix, &weir_machine_paths, &machine);
    if (!weir_machine_calibrate(&weir_sys_posix, &machine))
        give_up("the machine", "no threads are left");
    weir_machine_measure_spawn(&weir_sys_posix, &machine);
    make_directory();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        look_at(&programs[i], &machine);
        follow(&programs[i], rounds);
        fflush(stdout);
    }
    remove_directory();
    return 0;
}
