/* A lock for all of them: limits are made and changed seldom. */

#include "inspect/knobs.h"

#include <pthread.h>
#include <string.h>

#include "task/waiters.h"
#include "weir/alloc.h"

static pthread_mutex_t knobs_lock = PTHREAD_MUTEX_INITIALIZER;

#define KNOBS_PUT(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)
#define KNOBS_GET(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/* ---- of the row's worker ---- */

static struct weir_knobs *knobs_of(struct weir_account_row *row)
{
    struct weir_knobs *knobs = row->knobs ? row->knobs : weir_allocate(sizeof *knobs);
    if (knobs && !row->knobs) {
        memset(knobs, 0, sizeof *knobs);
        __atomic_store_n(&row->knobs, knobs, __ATOMIC_RELEASE);
    }
    return knobs;
}

/* It begins with what is shared. */
static bool is_ours_alone(const weir_par_limit *limit)
{
    return atomic_load_explicit(&((const struct weir_shared *)limit)->refs, memory_order_relaxed) ==
           1;
}

static bool is_free(const struct weir_knob *knob)
{
    return !knob->limit || (!knob->stages && is_ours_alone(knob->limit));
}

static void knobs_place(struct weir_knob *knob, weir_par_limit *limit)
{
    pthread_mutex_lock(&knobs_lock);
    weir_par_limit_drop(knob->limit);
    KNOBS_PUT(knob->limit, weir_par_limit_ref(limit));
    pthread_mutex_unlock(&knobs_lock);
}

/* One stays in its place until nobody else has it. */
static uint8_t knobs_find(struct weir_knobs *knobs, weir_par_limit *limit)
{
    uint8_t free = WEIR_KNOB_OTHER;
    for (uint8_t i = WEIR_KNOBS_MAX; i--;) {
        if (knobs->all[i].limit == limit)
            return i + 1;
        if (is_free(&knobs->all[i]))
            free = i + 1;
    }
    if (free != WEIR_KNOB_OTHER)
        knobs_place(&knobs->all[free - 1], limit);
    return free;
}

static void knobs_count(struct weir_knobs *knobs, uint8_t which, uint64_t n)
{
    if (which)
        WEIR_TALLY(*(which == WEIR_KNOB_OTHER ? &knobs->others : &knobs->all[which - 1].stages), n);
}

void weir_knob_put(struct weir_noted_stage *noted, const weir_holding *now)
{
    struct weir_knobs *knobs = knobs_of(noted->row);
    if (!knobs)
        return;
    uint8_t which = now->knob ? knobs_find(knobs, now->knob) : 0;
    if (which != noted->knob) {
        knobs_count(knobs, noted->knob, UINT64_MAX);
        knobs_count(knobs, which, 1);
        noted->knob = which;
    }
    if (!weir_knob_is_apart(noted))
        return;
    KNOBS_PUT(knobs->all[which - 1].at_once, now->limit);
    KNOBS_PUT(knobs->all[which - 1].in_flight, now->in_flight);
}

void weir_knobs_drop(struct weir_accounts *accounts)
{
    for (size_t i = 0; i < accounts->n; i++) {
        struct weir_knobs *knobs = accounts->rows[i].knobs;
        for (size_t k = 0; knobs && k < WEIR_KNOBS_MAX; k++)
            weir_par_limit_drop(knobs->all[k].limit);
        weir_release(knobs, sizeof *knobs);
    }
}

/* ---- from any thread ---- */

/* True: it was not. Beyond the last none is. */
static bool meet(struct weir_knobs_met *met, const void *limit)
{
    for (size_t i = 0; i < met->n; i++)
        if (met->limits[i] == limit)
            return false;
    if (met->n < WEIR_KNOBS_MET_MAX)
        met->limits[met->n++] = limit;
    return true;
}

void weir_knobs_sum(const struct weir_account_row *row, struct weir_knobs_met *met,
                    weir_inspect_row *sum)
{
    const struct weir_knobs *knobs = KNOBS_GET(row->knobs);
    for (size_t i = 0; knobs && i < WEIR_KNOBS_MAX; i++) {
        const struct weir_knob *knob = &knobs->all[i];
        if (!KNOBS_GET(knob->stages) || !meet(met, KNOBS_GET(knob->limit)))
            continue;
        sum->limit += KNOBS_GET(knob->at_once);
        sum->in_flight += KNOBS_GET(knob->in_flight);
    }
}

static void knobs_keep(struct weir_knobs_kept *kept, weir_par_limit *limit)
{
    for (size_t i = 0; i < kept->n; i++)
        if (kept->limits[i] == limit)
            return;
    if (kept->n == WEIR_KNOBS_MET_MAX) {
        kept->others++;
        return;
    }
    kept->before[kept->n] = weir_par_limit_get(limit, NULL);
    kept->limits[kept->n++] = weir_par_limit_ref(limit);
}

/* Under the lock none of them goes. */
static void keep_all(struct weir_knobs_kept *kept, const struct weir_knobs *knobs)
{
    pthread_mutex_lock(&knobs_lock);
    for (size_t i = 0; i < WEIR_KNOBS_MAX; i++)
        if (knobs->all[i].limit)
            knobs_keep(kept, knobs->all[i].limit);
    pthread_mutex_unlock(&knobs_lock);
    kept->others += KNOBS_GET(knobs->others);
}

void weir_knobs_set(weir_rt *rt, const weir_inspect_row *row, size_t n,
                    struct weir_knobs_kept *kept)
{
    kept->others = 0;
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++) {
        const struct weir_looking *look = weir_looking_at(rt, i);
        size_t at = look ? weir_accounts_find(&look->accounts, row->place, row->stage, row->index)
                         : WEIR_INSPECT_ROWS_MAX;
        const struct weir_knobs *knobs =
            at < WEIR_INSPECT_ROWS_MAX ? KNOBS_GET(look->accounts.rows[at].knobs) : NULL;
        if (knobs)
            keep_all(kept, knobs);
    }
    for (size_t i = 0; i < kept->n; i++)
        (void)weir_par_limit_set(kept->limits[i], n);
}

void weir_knobs_end(struct weir_knobs_kept *kept, bool restore)
{
    for (size_t i = 0; i < kept->n; i++) {
        if (restore)
            (void)weir_par_limit_set(kept->limits[i], kept->before[i]);
        weir_par_limit_drop(kept->limits[i]);
    }
    kept->n = 0;
}
