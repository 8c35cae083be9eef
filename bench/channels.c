/* What a channel costs: the least of 60 short rounds.
 *
 *   channels          all rows: their names, a tab, nanoseconds an item by the clock, a tab, of all
 *                     processors
 *   channels ROW      one
 */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "weir.h"

enum { ROUNDS = 60, ITEMS = 64 * 1000, CAPACITY = 64 };

static void die(const char *what)
{
    fprintf(stderr, "channels: %s\n", what);
    exit(1);
}

/* ---- sent and received in turn, by hand ---- */

static void nothing(weir_waker *waker)
{
    (void)waker;
}

static const weir_waker_ops quiet = {sizeof quiet, nothing, nothing};

static void fill_and_empty(size_t demand)
{
    static weir_waker waker;
    int64_t items[CAPACITY], sum = 0;
    weir_sender *tx;
    weir_waker_init(&waker, &quiet);
    weir_cx *cx = weir_cx_new(&waker);
    weir_stream *rx = weir_channel(&weir_type_i64, CAPACITY, &tx);
    for (int64_t i = 0; i < ITEMS;) {
        for (int k = 0; k < CAPACITY; k++, i++)
            if (weir_try_send(tx, &i) != WEIR_SENT)
                die("it is full");
        for (size_t n = 0; n < CAPACITY;) {
            weir_poll got = weir_poll_next(rx, cx, items, demand);
            n += got.n;
            sum += items[0];
        }
    }
    if (!sum)
        die("nothing came");
    weir_sender_drop(tx);
    weir_drop(rx);
    weir_cx_drop(cx);
}

static void one_by_one(void)
{
    fill_and_empty(1);
}

static void in_batches(void)
{
    fill_and_empty(CAPACITY);
}

/* ---- between two tasks, each item a future ---- */

static weir_stream *send(int64_t item, void *tx)
{
    return weir_send(tx, &item);
}
WEIR_THEN_FN(send_fn, send, int64_t, unsigned char, .to = &weir_type_unit)

static void two_tasks(void)
{
    weir_sender *tx;
    uint64_t n = 0;
    weir_stream *rx = weir_channel(&weir_type_i64, CAPACITY, &tx);
    weir_stream *sends = weir_count(weir_then(weir_range(0, ITEMS), &send_fn, tx));
    weir_drop(weir_spawn(sends));
    weir_stream *all = weir_count(weir_take(rx, ITEMS));
    if (weir_run(all, &n, NULL) != WEIR_READY || n != ITEMS)
        die("items are lost");
    weir_sender_drop(tx);
}

/* ---- between two threads ---- */

static void *send_all(void *tx)
{
    uint64_t n;
    weir_stream *sends = weir_count(weir_then(weir_range(0, ITEMS), &send_fn, tx));
    if (weir_run(sends, &n, NULL) != WEIR_READY || n != ITEMS)
        die("it cannot send");
    weir_sender_drop(tx);
    return NULL;
}

static void two_threads(void)
{
    weir_sender *tx;
    uint64_t n = 0;
    pthread_t thread;
    weir_stream *rx = weir_channel(&weir_type_i64, CAPACITY, &tx);
    if (pthread_create(&thread, NULL, send_all, tx))
        die("no thread");
    if (weir_run(weir_count(rx), &n, NULL) != WEIR_READY || n != ITEMS)
        die("items are lost");
    pthread_join(thread, NULL);
}

/* ---- rows ---- */

static const struct {
    const char *name;
    void (*run)(void);
} rows[] = {{"one by one", one_by_one},
            {"in batches", in_batches},
            {"between two tasks", two_tasks},
            {"between two threads", two_threads}};

static void print_row(const char *name, void (*run)(void))
{
    double wall = 1e18, cpu = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double wall_begin = wall_ns(), cpu_begin = cpu_ns();
        run();
        wall = lesser(wall, wall_ns() - wall_begin);
        cpu = lesser(cpu, cpu_ns() - cpu_begin);
    }
    printf("%s\t%.1f\t%.1f\n", name, wall / ITEMS, cpu / ITEMS);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (argc < 2 || !strcmp(argv[1], rows[i].name))
            print_row(rows[i].name, rows[i].run);
    return 0;
}
