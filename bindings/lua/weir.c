/* weir for Lua 5.4: streams are called by a generic for, and take Lua's functions.
 *
 *     local weir = require "weir"
 *     for line in weir.open("access.log.gz"):lines() do ... end
 *
 * Errors are tables: message, place, number, record, fatal, and cause, what a function raised; the
 * next call goes on behind one that is not fatal. One Lua state has one runtime. */

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <string.h>
#include <weir.h>

enum { ROOM = 64, ITEM_BYTES = sizeof(weir_line) };

/* What the chains of a state share; the functions that they call run on whoever pulls. */
struct host {
    lua_State *lua;
    weir_rt *rt;
    const weir_type *value; /* whose items are references into the registry */
    int busy;               /* a function of a stream runs: no other stream does meanwhile */
};

struct stream {
    struct host *host;
    weir_stream *chain; /* NULL: another stage took it */
    size_t at, n;
    _Alignas(16) char items[ROOM * ITEM_BYTES];
};

struct reader {
    weir_reader *chain;
};

struct function {
    struct host *host;
    const weir_type *from;
    int reference;
};

static void forget(void *item, void *host)
{
    luaL_unref(((struct host *)host)->lua, LUA_REGISTRYINDEX, (int)*(int64_t *)item);
}

static struct host *host_of(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "weir.host");
    struct host *host = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    host->lua = lua;
    return host;
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

/* tostring() gives the text that a program in C would print, with its cure. */
static int raise_error(lua_State *lua, const weir_error *error)
{
    lua_createtable(lua, 0, 7);
    luaL_setmetatable(lua, "weir.error");
    set_text(lua, "message", error->message);
    set_text(lua, "place", error->place);
    set_text(lua, "text", WEIR_ERROR_TEXT(error));
    set_number(lua, "number", error->number);
    set_number(lua, "record", (int64_t)error->record);
    lua_pushboolean(lua, error->fatal);
    lua_setfield(lua, -2, "fatal");
    if (error->code == WEIR_E_USER) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, error->number);
        lua_setfield(lua, -2, "cause");
        luaL_unref(lua, LUA_REGISTRYINDEX, (int)error->number);
    }
    return lua_error(lua);
}

static int error_text(lua_State *lua)
{
    lua_getfield(lua, 1, "text");
    return 1;
}

/* ---- items ---- */

static void push_item(struct host *host, const weir_type *type, const void *item)
{
    if (type == host->value)
        lua_rawgeti(host->lua, LUA_REGISTRYINDEX, *(const int64_t *)item);
    else if (type == &weir_type_line || type == &weir_type_owned_line)
        lua_pushlstring(host->lua, ((const weir_line *)item)->data,
                        ((const weir_line *)item)->size);
    else if (type == &weir_type_bool)
        lua_pushboolean(host->lua, *(const bool *)item);
    else
        lua_pushinteger(host->lua, *(const int64_t *)item);
}

static struct stream *stream_at(lua_State *lua)
{
    struct stream *self = luaL_checkudata(lua, 1, "weir.stream");
    luaL_argcheck(lua, self->chain, 1, "the stream was taken by another stage");
    if (host_of(lua)->busy)
        luaL_error(lua, "a function of a stream cannot use a stream: both would run at once");
    return self;
}

/* What was pulled and nobody asked for. */
static void release(struct stream *self)
{
    const weir_type *type = weir_stream_type(self->chain);
    char *rest = self->items + self->at * weir_type_size(type);
    weir_type_drop_items(type, rest, self->n - self->at);
    self->at = self->n = 0;
}

static int next_item(lua_State *lua)
{
    struct stream *self = stream_at(lua);
    const weir_type *type = weir_stream_type(self->chain);
    weir_error error;
    weir_state state = WEIR_READY;
    if (self->at == self->n) {
        self->at = 0;
        self->host->busy++;
        state = weir_pull(self->host->rt, self->chain, self->items, ROOM, &self->n, &error);
        self->host->busy--;
    }
    if (state == WEIR_ERROR)
        return raise_error(lua, &error);
    if (state == WEIR_END)
        return 0;
    void *item = self->items + self->at++ * weir_type_size(type);
    push_item(self->host, type, item);
    weir_type_drop_items(type, item, 1);
    return 1;
}

static weir_stream *take_chain(struct stream *self)
{
    weir_stream *chain = self->chain;
    release(self);
    self->chain = NULL;
    return chain;
}

/* A stage sees all of it: no part was pulled for a loop. */
static weir_stream *take_whole(lua_State *lua, struct stream *self)
{
    if (self->at != self->n)
        luaL_error(lua, "a loop had items of it already that no stage would see");
    return take_chain(self);
}

static int drop_stream(lua_State *lua)
{
    struct stream *self = luaL_checkudata(lua, 1, "weir.stream");
    host_of(lua);
    if (self->chain)
        weir_stream_drop(take_chain(self));
    return 0;
}

static int close_stream(lua_State *lua)
{
    luaL_checkudata(lua, 1, "weir.stream");
    if (host_of(lua)->busy)
        luaL_error(lua, "a function of a stream cannot close a stream");
    return drop_stream(lua);
}

/* The place is got before the chain is: Lua leaves where it has no memory. */
static struct stream *new_stream(lua_State *lua)
{
    struct stream *self = lua_newuserdatauv(lua, sizeof *self, 0);
    self->host = host_of(lua);
    self->chain = NULL;
    self->at = self->n = 0;
    luaL_setmetatable(lua, "weir.stream");
    return self;
}

/* ---- functions ---- */

static void gone(void *arg)
{
    struct function *function = arg;
    lua_State *lua = function->host->lua;
    luaL_unref(lua, LUA_REGISTRYINDEX, function->reference);
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
    push_item(call->function->host, call->function->from, call->in);
    lua_call(lua, 1, 1);
    call->said = lua_toboolean(lua, -1);
    if (call->out) {
        int64_t reference = luaL_ref(lua, LUA_REGISTRYINDEX);
        memcpy(call->out, &reference, sizeof reference);
    }
    return 0;
}

static int call_function(const void *in, void *out, void *arg, weir_error *error)
{
    struct call call = {arg, in, out, 0};
    lua_State *lua = call.function->host->lua;
    if (!lua_checkstack(lua, 4)) {
        weir_error_say(error, WEIR_E_MEMORY, 0, "no stack for a function of Lua");
        return -1;
    }
    lua_pushcfunction(lua, call_protected);
    lua_pushlightuserdata(lua, &call);
    if (lua_pcall(lua, 1, 0, 0) == LUA_OK)
        return call.said;
    bool text = lua_type(lua, -1) == LUA_TSTRING;
    weir_error_say(error, WEIR_E_USER, 0,
                   text ? lua_tostring(lua, -1) : "a function of Lua failed");
    error->number = luaL_ref(lua, LUA_REGISTRYINDEX);
    return -1;
}

/* The second argument as a function of the stream's, which is the first. */
static struct function *new_function(lua_State *lua, struct stream *self)
{
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_pushvalue(lua, 2);
    int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    struct function *function = weir_allocate(sizeof *function);
    if (!function) {
        luaL_unref(lua, LUA_REGISTRYINDEX, reference);
        luaL_error(lua, "no memory");
    }
    *function = (struct function){self->host, weir_stream_type(self->chain), reference};
    return function;
}

static int map(lua_State *lua)
{
    struct stream *self = stream_at(lua), *made = new_stream(lua);
    struct function *function = new_function(lua, self);
    made->chain =
        weir_map_call(take_whole(lua, self), self->host->value, call_function, function, gone);
    return 1;
}

static int filter(lua_State *lua)
{
    struct stream *self = stream_at(lua), *made = new_stream(lua);
    struct function *function = new_function(lua, self);
    made->chain = weir_filter_call(take_whole(lua, self), call_function, function, gone);
    return 1;
}

static int each(lua_State *lua)
{
    struct stream *self = stream_at(lua), *made = new_stream(lua);
    struct function *function = new_function(lua, self);
    made->chain = weir_each_call(take_whole(lua, self), call_function, function, gone);
    return 1;
}

static int take(lua_State *lua)
{
    struct stream *self = stream_at(lua), *made = new_stream(lua);
    uint64_t n = (uint64_t)luaL_checkinteger(lua, 2);
    made->chain = weir_take(take_whole(lua, self), n);
    return 1;
}

static int count(lua_State *lua)
{
    struct stream *self = stream_at(lua);
    uint64_t n = 0;
    weir_error error;
    weir_stream *counted = weir_count(take_whole(lua, self));
    self->host->busy++;
    weir_state state = weir_rt_run(self->host->rt, counted, &n, &error);
    self->host->busy--;
    if (state == WEIR_ERROR)
        return raise_error(lua, &error);
    lua_pushinteger(lua, (lua_Integer)n);
    return 1;
}

/* ---- sources ---- */

static int range(lua_State *lua)
{
    lua_Integer first = luaL_checkinteger(lua, 1), end = luaL_checkinteger(lua, 2);
    new_stream(lua)->chain = weir_range(first, end);
    return 1;
}

static int open_file(lua_State *lua)
{
    const char *path = luaL_checkstring(lua, 1);
    struct reader *self = lua_newuserdatauv(lua, sizeof *self, 0);
    self->chain = NULL;
    luaL_setmetatable(lua, "weir.reader");
    self->chain = weir_open(path);
    return 1;
}

static int lines(lua_State *lua)
{
    struct reader *self = luaL_checkudata(lua, 1, "weir.reader");
    luaL_argcheck(lua, self->chain, 1, "the reader was taken by another stage");
    struct stream *made = new_stream(lua);
    made->chain = weir_lines(self->chain, WEIR_LINE_MAX_DEFAULT);
    self->chain = NULL;
    return 1;
}

static int drop_reader(lua_State *lua)
{
    struct reader *self = luaL_checkudata(lua, 1, "weir.reader");
    if (self->chain)
        weir_reader_drop(self->chain);
    self->chain = NULL;
    return 0;
}

/* ---- the module ---- */

static int drop_host(lua_State *lua)
{
    weir_rt_drop(((struct host *)lua_touserdata(lua, 1))->rt);
    return 0;
}

static void new_host(lua_State *lua)
{
    char name[40];
    weir_error error;
    struct host *host = lua_newuserdatauv(lua, sizeof *host, 0);
    snprintf(name, sizeof name, "value of Lua, %p", (void *)host);
    *host = (struct host){.lua = lua, .value = weir_type_make(name, 8, 8, forget, host)};
    host->rt = weir_rt_new(NULL, &error);
    if (!host->rt || !host->value)
        luaL_error(lua, "no runtime: %s", host->value ? error.message : "no memory");
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, drop_host);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    lua_setfield(lua, LUA_REGISTRYINDEX, "weir.host");
}

static void new_class(lua_State *lua, const char *name, const luaL_Reg *methods)
{
    luaL_newmetatable(lua, name);
    luaL_setfuncs(lua, methods, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}

int luaopen_weir(lua_State *lua);
int luaopen_weir(lua_State *lua)
{
    static const luaL_Reg of_streams[] = {
        {"map", map},          {"filter", filter},      {"each", each},
        {"take", take},        {"count", count},        {"__call", next_item},
        {"__gc", drop_stream}, {"close", close_stream}, {NULL, NULL}};
    static const luaL_Reg of_readers[] = {{"lines", lines}, {"__gc", drop_reader}, {NULL, NULL}};
    static const luaL_Reg of_errors[] = {{"__tostring", error_text}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"range", range}, {"open", open_file}, {NULL, NULL}};
    new_host(lua);
    new_class(lua, "weir.stream", of_streams);
    new_class(lua, "weir.reader", of_readers);
    new_class(lua, "weir.error", of_errors);
    luaL_newlib(lua, functions);
    return 1;
}
