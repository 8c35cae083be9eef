/* A lock for all of them: limits are made and changed seldom. */

#include "inspect/knobs.h"

#include <pthread.h>

#include "task/waiters.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* It begins with what is shared. */
static bool is_ours_alone(const weir_par_limit *limit)
{
    return atomic_load_explicit(&((const struct weir_shared *)limit)->refs, memory_order_relaxed) ==
           1;
}

void weir_knob_put(struct weir_account_row *row, weir_par_limit *limit)
{
    if (row->knob && !is_ours_alone(row->knob))
        return;
    pthread_mutex_lock(&lock);
    weir_par_limit_drop(row->knob);
    row->knob = weir_par_limit_ref(limit);
    pthread_mutex_unlock(&lock);
}

void weir_knobs_drop(struct weir_accounts *accounts)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < accounts->n; i++)
        weir_par_limit_drop(accounts->rows[i].knob);
    pthread_mutex_unlock(&lock);
}

static weir_par_limit *knob_of(const struct weir_looking *look, const weir_inspect_row *row)
{
    size_t i = weir_accounts_find(&look->accounts, row->place, row->stage, row->index);
    weir_par_limit *knob = NULL;
    if (i >= WEIR_INSPECT_ROWS_MAX)
        return NULL;
    pthread_mutex_lock(&lock);
    knob = weir_par_limit_ref(look->accounts.rows[i].knob);
    pthread_mutex_unlock(&lock);
    return knob;
}

bool weir_knobs_set(weir_rt *rt, const weir_inspect_row *row, size_t n, size_t *before)
{
    bool some = false;
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++) {
        const struct weir_looking *look = weir_looking_at(rt, i);
        weir_par_limit *knob = look ? knob_of(look, row) : NULL;
        if (!knob)
            continue;
        if (!some) /* workers may share it */
            *before = weir_par_limit_get(knob, NULL);
        some |= weir_par_limit_set(knob, n);
        weir_par_limit_drop(knob);
    }
    return some;
}
