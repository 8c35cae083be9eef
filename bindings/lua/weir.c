/* weir for Lua 5.4: streams are called by a generic for, and take Lua's functions.
 *
 *     local weir = require "weir"
 *     for line in weir.open("access.log.gz"):lines() do ... end
 *
 * Errors are tables: message, place, number, record, fatal, and cause, what a function raised; the
 * next call goes on behind one that is not fatal. One Lua state has one runtime. */

#include "weir_lua.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 64, READ_BYTES = 1 << 14, RAISED_MAX = 64 };

struct stream {
    struct chain chain;
    size_t at, n;
    int64_t items[ROOM * sizeof(weir_line) / sizeof(int64_t)];
};

/* What calls a function of Lua. */
struct function {
    struct host *host;
    const weir_type *from;
    int reference;
};

/* What functions raised, until it is an error's cause: the registry has a place for each address,
 * from the beginning, so that to put something there needs no memory. */
static const char raised[RAISED_MAX], thrown;

/* ---- the state ---- */

static struct host *host_of(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "weir.host");
    struct host *host = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    if (!host->rt)
        luaL_error(lua, "the Lua state is closing: there is no weir any more");
    return host;
}

struct host *weirL_host(lua_State *lua)
{
    struct host *host = host_of(lua);
    if (host->busy)
        luaL_error(lua, "a function of a stream cannot use a stream: both would run at once");
    host->lua = lua;
    return host;
}

/* Where a function closes the state (os.exit), the poll is beneath, and never goes on. */
static int drop_host(lua_State *lua)
{
    struct host *host = lua_touserdata(lua, 1);
    if (!host->busy)
        weir_rt_drop(host->rt);
    host->rt = NULL;
    return 0;
}

static void forget(void *item, void *host)
{
    luaL_unref(((struct host *)host)->lua, LUA_REGISTRYINDEX, (int)*(int64_t *)item);
}

static void new_host(lua_State *lua)
{
    char name[40];
    weir_error error;
    struct host *host = lua_newuserdatauv(lua, sizeof *host, 0);
    *host = (struct host){.lua = lua, .raised = (lua_Integer)1 << 32}; /* no errno is one of them */
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, drop_host);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    snprintf(name, sizeof name, "value of Lua, %p", (void *)host);
    host->value = weir_type_make(name, 8, 8, forget, host);
    host->rt = weir_rt_new(NULL, &error);
    if (!host->rt || !host->value)
        luaL_error(lua, "no runtime: %s", host->rt ? "no memory" : error.message);
    for (int i = 0; i < RAISED_MAX; i++) {
        lua_pushboolean(lua, 0);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, raised + i);
    }
    lua_pushboolean(lua, 0);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &thrown);
    lua_setfield(lua, LUA_REGISTRYINDEX, "weir.host");
}

/* ---- errors ---- */

static void set_text(lua_State *lua, const char *field, const char *text)
{
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, field);
}

static void set_number(lua_State *lua, const char *field, int64_t number)
{
    lua_pushinteger(lua, number);
    lua_setfield(lua, -2, field);
}

/* Of a table on top: what a function raised under that number. */
static void set_cause(lua_State *lua, const struct host *host, int64_t number)
{
    if (number > host->raised || number <= host->raised - RAISED_MAX)
        return;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, raised + number % RAISED_MAX);
    lua_setfield(lua, -2, "cause");
    lua_pushboolean(lua, 0);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, raised + number % RAISED_MAX);
}

/* tostring() gives the text that a program in C would print, with its cure. */
int weirL_raise(lua_State *lua, struct host *host, const weir_error *error)
{
    lua_createtable(lua, 0, 7);
    luaL_setmetatable(lua, "weir.error");
    set_text(lua, "message", error->message);
    set_text(lua, "place", error->place);
    set_text(lua, "text", WEIR_ERROR_TEXT(error));
    set_number(lua, "number", error->number);
    if (error->record != WEIR_NOWHERE)
        set_number(lua, "record", (int64_t)error->record);
    lua_pushboolean(lua, error->fatal);
    lua_setfield(lua, -2, "fatal");
    if (error->code == WEIR_E_USER)
        set_cause(lua, host, error->number);
    return lua_error(lua);
}

/* nil would free its place. */
static void put_raised(lua_State *lua, const char *place)
{
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, 0);
    }
    lua_rawsetp(lua, LUA_REGISTRYINDEX, place);
}

void weirL_throw(struct host *host)
{
    if (host->thrown)
        lua_pop(host->lua, 1);
    else
        put_raised(host->lua, &thrown);
    host->thrown = true;
}

static void rethrow(lua_State *lua, struct host *host)
{
    if (!host->thrown)
        return;
    host->thrown = false;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &thrown);
    lua_pushboolean(lua, 0);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &thrown);
    lua_error(lua);
}

/* What was thrown meanwhile comes behind what came. */
static void look_behind(lua_State *lua, struct host *host, weir_state state,
                        const weir_error *error)
{
    if (state != WEIR_READY)
        rethrow(lua, host);
    if (state == WEIR_ERROR)
        weirL_raise(lua, host, error);
}

static int error_text(lua_State *lua)
{
    lua_getfield(lua, 1, "text");
    return 1;
}

/* ---- chains ---- */

static struct chain *chain_at(lua_State *lua)
{
    return luaL_checkudata(lua, 1, lua_tostring(lua, lua_upvalueindex(1)));
}

struct chain *weirL_self(lua_State *lua)
{
    struct chain *self = chain_at(lua);
    luaL_argcheck(lua, self->held, 1, "it was taken by another stage, or closed");
    weirL_host(lua);
    return self;
}

void *weirL_take(struct chain *self)
{
    void *held = self->held;
    self->held = NULL;
    return held;
}

/* Within a function too, but for the chain that calls it: what it lets go of is let go of here. */
static int drop_chain(lua_State *lua)
{
    struct chain *self = chain_at(lua);
    if (!self->held || self->polled)
        return 0;
    lua_State *outer = self->host->lua;
    self->host->lua = lua;
    self->drop(self);
    self->held = NULL;
    self->host->lua = outer;
    return 0;
}

static int close_chain(lua_State *lua)
{
    if (chain_at(lua)->polled)
        luaL_error(lua, "a function of a stream cannot close the stream, which runs");
    return drop_chain(lua);
}

void *weirL_new(lua_State *lua, size_t size, const char *class, void (*drop)(struct chain *self))
{
    struct chain *self = lua_newuserdatauv(lua, size, 1);
    memset(self, 0, size);
    *self = (struct chain){.host = host_of(lua), .drop = drop};
    luaL_setmetatable(lua, class);
    return self;
}

void weirL_keep_as_first(lua_State *lua)
{
    lua_getiuservalue(lua, 1, 1);
    lua_setiuservalue(lua, -2, 1);
}

static void set_polled(struct chain *self, bool polled)
{
    self->polled = self->host->busy = polled;
}

int weirL_number(lua_State *lua, struct host *host, weir_stream *future)
{
    uint64_t n = 0;
    weir_error error;
    host->busy = true;
    weir_state state = weir_rt_run(host->rt, future, &n, &error);
    host->busy = false;
    rethrow(lua, host);
    if (state == WEIR_ERROR)
        return weirL_raise(lua, host, &error);
    lua_pushinteger(lua, (lua_Integer)n);
    return 1;
}

/* ---- items ---- */

static void push_item(lua_State *lua, const struct host *host, const weir_type *type,
                      const void *item)
{
    const weir_line *line = item;
    if (type == host->value)
        lua_rawgeti(lua, LUA_REGISTRYINDEX, *(const int64_t *)item);
    else if (type == &weir_type_line || type == &weir_type_owned_line)
        lua_pushlstring(lua, line->data, line->size);
    else
        lua_pushinteger(lua, *(const int64_t *)item);
}

static void *item_at(struct stream *self)
{
    return (char *)self->items + self->at * weir_type_size(weir_stream_type(self->chain.held));
}

/* With what was pulled and nobody asked for. */
static void drop_stream(struct chain *chain)
{
    struct stream *self = (struct stream *)chain;
    weir_type_drop_items(weir_stream_type(chain->held), item_at(self), self->n - self->at);
    self->at = self->n = 0;
    weir_stream_drop(chain->held);
}

struct chain *weirL_new_stream(lua_State *lua)
{
    return weirL_new(lua, sizeof(struct stream), "weir.stream", drop_stream);
}

static weir_state pull(struct stream *self, weir_error *error)
{
    struct chain *chain = &self->chain;
    self->at = 0;
    set_polled(chain, true);
    weir_state state = weir_pull(chain->host->rt, chain->held, self->items, ROOM, &self->n, error);
    set_polled(chain, false);
    return state;
}

/* It is gone when Lua has it: to push it may fail. */
static int next_item(lua_State *lua)
{
    struct stream *self = (struct stream *)weirL_self(lua);
    weir_error error;
    if (self->at == self->n)
        rethrow(lua, self->chain.host);
    weir_state state = self->at == self->n ? pull(self, &error) : WEIR_READY;
    look_behind(lua, self->chain.host, state, &error);
    if (state == WEIR_END)
        return 0;
    const weir_type *type = weir_stream_type(self->chain.held);
    push_item(lua, self->chain.host, type, item_at(self));
    weir_type_drop_items(type, item_at(self), 1);
    self->at++;
    return 1;
}

/* ---- stages ---- */

/* A stage sees all of it: no part was pulled for a loop. */
static struct stream *whole_stream(lua_State *lua)
{
    struct stream *self = (struct stream *)weirL_self(lua);
    if (self->at != self->n)
        luaL_error(lua, "a loop had items of it already that no stage would see");
    return self;
}

static struct chain *new_stage(lua_State *lua)
{
    struct chain *made = weirL_new_stream(lua);
    weirL_keep_as_first(lua);
    return made;
}

static void gone(void *arg)
{
    struct function *function = arg;
    luaL_unref(function->host->lua, LUA_REGISTRYINDEX, function->reference);
    weir_release(function, sizeof *function);
}

struct call {
    const struct function *function;
    const void *in;
    void *out; /* NULL: a yes or no is wanted */
    int said;
};

/* All that may raise something, within lua_pcall(): nothing may jump out of a poll. */
static int call_protected(lua_State *lua)
{
    struct call *call = lua_touserdata(lua, 1);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call->function->reference);
    push_item(lua, call->function->host, call->function->from, call->in);
    lua_call(lua, 1, 1);
    call->said = lua_toboolean(lua, -1);
    if (call->out) {
        int64_t reference = luaL_ref(lua, LUA_REGISTRYINDEX);
        memcpy(call->out, &reference, sizeof reference);
    }
    return 0;
}

/* What stands on top. */
static int keep_raised(struct host *host, weir_error *error)
{
    lua_State *lua = host->lua;
    bool text = lua_type(lua, -1) == LUA_TSTRING;
    weir_error_say(error, WEIR_E_USER, ++host->raised,
                   text ? lua_tostring(lua, -1) : "a function of Lua failed");
    put_raised(lua, raised + host->raised % RAISED_MAX);
    return -1;
}

static int call_function(const void *in, void *out, void *arg, weir_error *error)
{
    struct call call = {arg, in, out, 0};
    struct host *host = call.function->host;
    if (!lua_checkstack(host->lua, 4)) {
        weir_error_say(error, WEIR_E_MEMORY, 0, "no stack for a function of Lua");
        return -1;
    }
    lua_pushcfunction(host->lua, call_protected);
    lua_pushlightuserdata(host->lua, &call);
    if (lua_pcall(host->lua, 1, 0, 0) == LUA_OK)
        return call.said;
    return keep_raised(host, error);
}

/* The second argument as a function of the stream's. */
static struct function *new_function(lua_State *lua, const struct chain *self)
{
    lua_pushvalue(lua, 2);
    int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    struct function *function = weir_allocate(sizeof *function);
    if (!function) {
        luaL_unref(lua, LUA_REGISTRYINDEX, reference);
        luaL_error(lua, "no memory");
    }
    *function = (struct function){self->host, weir_stream_type(self->held), reference};
    return function;
}

/* A stage of a function, or of a number. */
struct stage {
    const char *name;
    weir_stream *(*of_function)(weir_stream *, weir_call *, void *, void (*)(void *));
    weir_stream *(*of_number)(weir_stream *, uint64_t);
};

static weir_stream *map_values(weir_stream *source, weir_call *fn, void *arg, void (*end)(void *))
{
    return weir_map_call(source, ((struct function *)arg)->host->value, fn, arg, end);
}

static const struct stage stages[] = {
    {"map", map_values, NULL}, {"filter", weir_filter_call, NULL}, {"each", weir_each_call, NULL},
    {"take", NULL, weir_take}, {"skip", NULL, weir_skip},
};

static int add_stage(lua_State *lua)
{
    const struct stage *stage = lua_touserdata(lua, lua_upvalueindex(2));
    lua_Integer n = stage->of_number ? luaL_checkinteger(lua, 2) : 0;
    luaL_argcheck(lua, n >= 0, 2, "how many items is 0 or more");
    if (stage->of_function)
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    struct chain *self = &whole_stream(lua)->chain, *made = new_stage(lua);
    struct function *function = stage->of_function ? new_function(lua, self) : NULL;
    weir_stream *chain = weirL_take(self);
    made->held = function ? stage->of_function(chain, call_function, function, gone)
                          : stage->of_number(chain, (uint64_t)n);
    return 1;
}

static int count(lua_State *lua)
{
    struct chain *self = &whole_stream(lua)->chain;
    return weirL_number(lua, self->host, weir_count(weirL_take(self)));
}

/* ---- readers ---- */

static void drop_reader(struct chain *self)
{
    weir_reader_drop(self->held);
}

struct chain *weirL_new_reader(lua_State *lua)
{
    return weirL_new(lua, sizeof(struct chain), "weir.reader", drop_reader);
}

static int lines(lua_State *lua)
{
    lua_Integer bytes_max = luaL_optinteger(lua, 2, WEIR_LINE_MAX_DEFAULT);
    luaL_argcheck(lua, bytes_max > 0, 2, "a line has at least 1 byte");
    struct chain *self = weirL_self(lua), *made = new_stage(lua);
    made->held = weir_lines(weirL_take(self), (size_t)bytes_max);
    return 1;
}

/* What is there of it, as a string. */
static int next_bytes(lua_State *lua)
{
    struct chain *self = weirL_self(lua);
    char bytes[READ_BYTES];
    size_t n;
    weir_error error;
    rethrow(lua, self->host);
    set_polled(self, true);
    weir_state state = weir_pull_bytes(self->host->rt, self->held, bytes, sizeof bytes, &n, &error);
    set_polled(self, false);
    look_behind(lua, self->host, state, &error);
    if (state == WEIR_READY)
        lua_pushlstring(lua, bytes, n);
    return state == WEIR_READY;
}

/* A path that is cut at a NUL would be another one. */
static const char *path_at(lua_State *lua, int at)
{
    size_t n;
    const char *path = luaL_checklstring(lua, at, &n);
    luaL_argcheck(lua, !memchr(path, 0, n), at, "a path has no NUL");
    return path;
}

/* To a file, which appears when it is complete; gives how many bytes. */
static int save(lua_State *lua)
{
    const char *path = path_at(lua, 2);
    struct chain *self = weirL_self(lua);
    return weirL_number(lua, self->host, weir_copy(weirL_take(self), weir_file_writer(path, NULL)));
}

/* ---- sources ---- */

static int range(lua_State *lua)
{
    lua_Integer first = luaL_checkinteger(lua, 1), end = luaL_checkinteger(lua, 2);
    weirL_new_stream(lua)->held = weir_range(first, end);
    return 1;
}

static int open_file(lua_State *lua)
{
    const char *path = path_at(lua, 1);
    weirL_new_reader(lua)->held = weir_open(path);
    return 1;
}

/* The bytes of a string, which lives as long. */
static int memory(lua_State *lua)
{
    size_t n;
    const char *bytes = luaL_checklstring(lua, 1, &n);
    struct chain *made = weirL_new_reader(lua);
    lua_pushvalue(lua, 1);
    lua_setiuservalue(lua, -2, 1);
    made->held = weir_memory_reader(bytes, n);
    return 1;
}

/* ---- the module ---- */

void weirL_class(lua_State *lua, const char *name, const luaL_Reg *methods)
{
    static const luaL_Reg of_all[] = {
        {"close", close_chain}, {"__close", drop_chain}, {"__gc", drop_chain}, {NULL, NULL}};
    luaL_newmetatable(lua, name);
    lua_pushstring(lua, name);
    luaL_setfuncs(lua, of_all, 1);
    lua_pushstring(lua, name);
    luaL_setfuncs(lua, methods, 1);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}

static void add_stages(lua_State *lua)
{
    luaL_getmetatable(lua, "weir.stream");
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        lua_pushliteral(lua, "weir.stream");
        lua_pushlightuserdata(lua, (void *)&stages[i]);
        lua_pushcclosure(lua, add_stage, 2);
        lua_setfield(lua, -2, stages[i].name);
    }
    lua_pop(lua, 1);
}

int luaopen_weir(lua_State *lua)
{
    static const luaL_Reg of_streams[] = {{"count", count}, {"__call", next_item}, {NULL, NULL}};
    static const luaL_Reg of_readers[] = {
        {"lines", lines}, {"save", save}, {"__call", next_bytes}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"range", range}, {"open", open_file}, {"memory", memory}, {NULL, NULL}};
    if (lua_getfield(lua, LUA_REGISTRYINDEX, "weir.host") == LUA_TNIL)
        new_host(lua);
    weirL_class(lua, "weir.stream", of_streams);
    add_stages(lua);
    weirL_class(lua, "weir.reader", of_readers);
    luaL_newmetatable(lua, "weir.error");
    lua_pushcfunction(lua, error_text);
    lua_setfield(lua, -2, "__tostring");
    luaL_newlib(lua, functions);
    return 1;
}
