/* The marked call stands in functions of the pool. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct user {
    int64_t id;
    char name[40];
};

WEIR_BLOCKS int db_query(const char *text, char *out, size_t size);

static bool load(struct user *user, struct user *out, weir_error *error)
{
    char text[100];
    snprintf(text, sizeof text, "select name from users where id = %lld", (long long)user->id);
    if (db_query(text, user->name, sizeof user->name))
        return weir_error_set(error, WEIR_E_USER, "there is no user of that number"), false;
    *out = *user;
    return true;
}
WEIR_BLOCKING_FN(load_fn, load, struct user, struct user)

static bool forget(struct user *user, bool *deleted, weir_error *error)
{
    char text[100];
    (void)error;
    snprintf(text, sizeof text, "delete from users where id = %lld", (long long)user->id);
    *deleted = db_query(text, NULL, 0) == 0;
    return true;
}
WEIR_BLOCKING_FN(forget_fn, forget, struct user, bool)

static weir_stream *user_of(int64_t id, void *arg)
{
    (void)arg;
    return weir_spawn_blocking(&load_fn, &(struct user){id, ""});
}
WEIR_THEN_FN(user_of_fn, user_of, int64_t, struct user)

static weir_stream *forgotten(struct user user, void *arg)
{
    (void)arg;
    return weir_spawn_blocking(&forget_fn, &user);
}
WEIR_THEN_FN(forgotten_fn, forgotten, struct user, bool)

weir_stream *forget_users(weir_stream *ids)
{
    return weir_then(weir_then(ids, &user_of_fn, NULL), &forgotten_fn, NULL);
}
