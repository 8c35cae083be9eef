/* The program's own database call is marked; a future function and an each function call it. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct user {
    int64_t id;
    char name[40];
};

WEIR_BLOCKS int db_query(const char *text, char *out, size_t size);

static bool load(struct user *user)
{
    char text[100];
    snprintf(text, sizeof text, "select name from users where id = %lld", (long long)user->id);
    return db_query(text, user->name, sizeof user->name) == 0; // lint: blocking_in_async 12-20
}

static const weir_type user_type = WEIR_TYPE(struct user);

static weir_stream *user_of(int64_t id, void *arg)
{
    struct user user = {id, ""};
    (void)arg;
    if (!load(&user))
        return weir_empty(&user_type);
    return weir_once(&user_type, &user);
}
WEIR_THEN_FN(user_of_fn, user_of, int64_t, struct user, .to = &user_type)

static void forget(struct user user, void *deleted)
{
    char text[100];
    if (!user.id)
        return;
    snprintf(text, sizeof text, "delete from users where id = %lld", (long long)user.id);
    if (db_query(text, NULL, 0) == 0) // lint: blocking_in_async 9-17
        ++*(uint64_t *)deleted;
}
WEIR_EACH_FN(forget_fn, forget, struct user)

weir_stream *forget_users(weir_stream *ids, uint64_t *deleted)
{
    return weir_for_each(weir_then(ids, &user_of_fn, NULL), &forget_fn, deleted);
}
