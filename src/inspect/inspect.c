/* The inspector of a runtime: a look at each of its workers, and what is read of all of them. */

#include "weir/inspect.h"

#include <string.h>

#include "inspect/knobs.h"
#include "inspect/look.h"
#include "inspect/services.h"
#include "weir/alloc.h"

/* ---- from its start to the end of its runtime ---- */

static struct weir_inspector *inspector_of(weir_rt *rt)
{
    struct weir_looker *looker = atomic_load(&rt->looker);
    return looker ? WEIR_CONTAINER(looker, struct weir_inspector, looker) : NULL;
}

static struct weir_look *open_look(struct weir_looker *looker, weir_worker *worker)
{
    struct weir_inspector *self = WEIR_CONTAINER(looker, struct weir_inspector, looker);
    struct weir_looking *look = weir_looking_new(worker);
    if (!look)
        return NULL;
    atomic_store_explicit(&self->looks[worker->index], look, memory_order_release);
    return &look->look;
}

static void inspect_inspect_drop(struct weir_looker *looker)
{
    struct weir_inspector *self = WEIR_CONTAINER(looker, struct weir_inspector, looker);
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++)
        if (self->looks[i])
            weir_looking_drop(self->looks[i]);
    weir_release(self, sizeof *self);
}

bool weir_inspect_start(weir_rt *rt, weir_error *error)
{
    struct weir_looker *none = NULL;
    if (atomic_load(&rt->looker))
        return true;
    struct weir_inspector *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for an inspector (%zu bytes)",
                       sizeof *self);
        return false;
    }
    memset(self, 0, sizeof *self);
    weir_stage_tell_drops(weir_looking_drops);
    self->looker.open = open_look;
    self->looker.drop = inspect_inspect_drop;
    if (!atomic_compare_exchange_strong(&rt->looker, &none, &self->looker))
        weir_release(self, sizeof *self); /* another thread was first */
    return true;
}

/* Those that sleep see it too, but for those of a simulation: it goes on as if nobody looked. */
void weir_inspect_attach(weir_rt *rt, bool exact)
{
    struct weir_inspector *self = inspector_of(rt);
    if (!self)
        return;
    bool changed = atomic_exchange(&self->looker.exact, exact) != exact;
    if (changed && !rt->worker.drawn)
        weir_workers_interrupt(rt);
}

/* ---- the looks at its workers ---- */

/* The next from *at on; NULL: there are no more. */
static const struct weir_looking *next_look(struct weir_inspector *self, size_t *at)
{
    const struct weir_looking *look = NULL;
    while (!look && *at < WEIR_WORKERS_MAX)
        look = atomic_load_explicit(&self->looks[(*at)++], memory_order_acquire);
    return look;
}

/* ---- rows ---- */

struct reading {
    struct weir_inspector *of;
    bool exact;
    weir_inspect_row *rows;
    size_t room, n;
};

/* One that has this row too was read before. */
static bool was_read(const struct reading *self, const struct weir_account_key *key, size_t before)
{
    const struct weir_looking *look;
    for (size_t at = 0; (look = next_look(self->of, &at)) && at < before;)
        if (weir_accounts_find(&look->accounts, key->place, key->stage, key->index) <
            WEIR_INSPECT_ROWS_MAX)
            return true;
    return false;
}

/* Until the turn of a task that was woken begins it is counted as one that waits: to go by the
 * moment of its wake until then keeps sums from going down again. */
static uint64_t told_until_ns(const struct weir_looking *look)
{
    uint64_t now_ns = weir_looking_now_ns(look);
    uint64_t woken_ns = __atomic_load_n(&look->look.woken_ns, __ATOMIC_RELAXED);
    return woken_ns && woken_ns < now_ns ? woken_ns : now_ns;
}

/* ... and those behind may have it. */
static void sum_up(const struct reading *self, const struct weir_account_key *key, size_t at,
                   weir_inspect_row *sum)
{
    const struct weir_looking *look;
    struct weir_knobs_met met = {.n = 0};
    for (at--; (look = next_look(self->of, &at));) {
        size_t i = weir_accounts_find(&look->accounts, key->place, key->stage, key->index);
        if (i < WEIR_INSPECT_ROWS_MAX)
            weir_accounts_add(&look->accounts, i, told_until_ns(look), self->exact, &met, sum);
    }
}

/* Beyond the last but one all are "other". */
static void inspect_inspect_read_one(struct reading *self, const struct weir_account_key *key,
                                     size_t at)
{
    bool is_last = self->n + 1 >= WEIR_INSPECT_ROWS_MAX;
    size_t to = is_last ? WEIR_INSPECT_ROWS_MAX - 1 : self->n;
    bool is_new = self->n == to;
    self->n += is_new;
    if (to >= self->room)
        return;
    if (is_new)
        self->rows[to] = (weir_inspect_row){.stage = is_last ? "other" : NULL};
    sum_up(self, key, at, &self->rows[to]);
}

static size_t inspect_inspect_read_all(struct reading *self)
{
    const struct weir_looking *look;
    for (size_t at = 0; (look = next_look(self->of, &at));) {
        uint64_t n = weir_accounts_n(&look->accounts);
        for (size_t i = 0; i < n; i++)
            if (!was_read(self, &look->accounts.rows[i].key, at))
                inspect_inspect_read_one(self, &look->accounts.rows[i].key, at);
    }
    return self->n;
}

size_t weir_inspect_snapshot(weir_rt *rt, weir_inspect_row *rows, size_t n)
{
    struct reading reading = {.of = inspector_of(rt), .rows = rows, .room = n};
    if (!reading.of)
        return 0;
    reading.exact = atomic_load_explicit(&reading.of->looker.exact, memory_order_relaxed);
    return inspect_inspect_read_all(&reading);
}

/* ---- service times ---- */

size_t weir_inspect_service(weir_rt *rt, const weir_site *place, const char *stage, uint64_t index,
                            weir_service *out, size_t n)
{
    struct weir_inspector *self = inspector_of(rt);
    const struct weir_looking *look;
    size_t got = 0;
    for (size_t at = 0; self && got < n && (look = next_look(self, &at));) {
        size_t i = weir_accounts_find(&look->accounts, place, stage, index);
        if (i < WEIR_INSPECT_ROWS_MAX)
            got += weir_services_read(&look->accounts.rows[i], out + got, n - got);
    }
    return got;
}

/* ---- what runs now ---- */

/* In a turn that is sampled the stage is known. */
static const struct weir_account_row *row_of_turn(const struct weir_looking *look, bool *known)
{
    const struct weir_look_turn *turn = &look->turn;
    const struct weir_account_row *row = __atomic_load_n(&turn->row, __ATOMIC_ACQUIRE);
    const weir_stage *stage = __atomic_load_n(&look->timing.stage, __ATOMIC_RELAXED);
    *known = false;
    for (size_t i = 0; row && stage && i < WEIR_NOTED_MAX && !*known; i++) {
        *known = __atomic_load_n(&turn->stages[i], __ATOMIC_RELAXED) == stage;
        if (*known)
            row = __atomic_load_n(&turn->rows[i], __ATOMIC_RELAXED);
    }
    return row;
}

static void name_turn(weir_inspect_turn *turn, const struct weir_account_row *row)
{
    turn->place = row->key.place;
    turn->stage = row->key.stage;
    turn->function = row->key.function;
    turn->index = row->key.index;
}

static weir_inspect_turn turn_of(const struct weir_looking *look)
{
    weir_inspect_turn turn = {.worker = look->look.worker->index};
    uint64_t since_ns = __atomic_load_n(&look->turn.since_ns, __ATOMIC_RELAXED);
    uint64_t now_ns = weir_looking_now_ns(look);
    const struct weir_account_row *row = row_of_turn(look, &turn.known);
    if (!row)
        return turn;
    name_turn(&turn, row);
    turn.for_ns = now_ns > since_ns ? now_ns - since_ns : 0;
    return turn;
}

/* ---- what runs since before anybody looked ---- */

/* So long a turn is seen to be the same before it is named: it tells nothing itself. */
#define STUCK_NS UINT64_C(2000000000)

/* 0: the worker is in no turn; 1: in one that begins now as far as it is known. */
static uint64_t seen_for_ns(struct weir_look_seen *seen, uint32_t n, uint64_t now_ns)
{
    if (n % 2 && atomic_load_explicit(&seen->n, memory_order_acquire) == n)
        return now_ns - atomic_load_explicit(&seen->since_ns, memory_order_relaxed) + 1;
    atomic_store_explicit(&seen->since_ns, now_ns, memory_order_relaxed);
    atomic_store_explicit(&seen->n, n, memory_order_release);
    return n % 2;
}

/* Of the rows of its place, the one that worked most so far. NULL: none was told of. */
static const struct weir_account_row *inspect_inspect_most_of(struct weir_inspector *self,
                                                              const weir_site *place)
{
    const struct weir_account_row *most = NULL;
    const struct weir_looking *look;
    uint64_t most_ns = 0;
    for (size_t at = 0; (look = next_look(self, &at));) {
        uint64_t n = weir_accounts_n(&look->accounts);
        for (size_t i = 0; i < n; i++) {
            const struct weir_account_row *row = &look->accounts.rows[i];
            uint64_t ns = __atomic_load_n(&row->self_ns, __ATOMIC_RELAXED);
            if (row->key.place != place || (most && ns <= most_ns))
                continue;
            most = row;
            most_ns = ns;
        }
    }
    return most;
}

/* Its worker did not come round its loop since, so nothing of it was told. */
static void find_stuck(struct weir_inspector *self, weir_rt *rt, size_t i, weir_inspect_turn *turn)
{
    const weir_worker *worker = weir_workers_nth(rt, (uint32_t)i);
    const struct weir_worker_turn *at = &worker->turn;
    uint32_t n = __atomic_load_n(&at->n, __ATOMIC_ACQUIRE);
    uint64_t for_ns = seen_for_ns(&self->seen[i], n, worker->sys->now_ns(worker->sys));
    const weir_site *place = __atomic_load_n(&at->place, __ATOMIC_ACQUIRE);
    const weir_stream_ops *ops = __atomic_load_n(&at->ops, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&at->n, __ATOMIC_RELAXED) != n)
        return;
    turn->for_ns = for_ns;
    if (for_ns < STUCK_NS)
        return;
    const struct weir_account_row *row = inspect_inspect_most_of(self, place);
    turn->place = place;
    turn->stage = ops->name;
    if (row)
        name_turn(turn, row);
}

/* True: there is something to say of this worker. */
static bool read_turn(struct weir_inspector *self, weir_rt *rt, size_t i, weir_inspect_turn *turn)
{
    const struct weir_looking *look = atomic_load_explicit(&self->looks[i], memory_order_acquire);
    *turn = look ? turn_of(look) : (weir_inspect_turn){.worker = i};
    if (!turn->stage && !rt->worker.drawn && i < weir_rt_workers(rt))
        find_stuck(self, rt, i, turn);
    return look || turn->for_ns;
}

size_t weir_inspect_running(weir_rt *rt, weir_inspect_turn *out, size_t n)
{
    struct weir_inspector *self = inspector_of(rt);
    weir_inspect_turn turn;
    size_t there = 0;
    for (size_t i = 0; self && i < WEIR_WORKERS_MAX; i++) {
        if (!read_turn(self, rt, i, &turn))
            continue;
        if (there < n)
            out[there] = turn;
        there++;
    }
    return there;
}
