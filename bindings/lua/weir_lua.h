/* What weir.c and weir_pipeline.c share. Nothing holds a chain but a userdata while Lua may raise
 * something, as where it has no memory: the place is made first, and the chain put into it. */
#ifndef WEIR_LUA_H
#define WEIR_LUA_H

#include <lauxlib.h>
#include <lua.h>
#include <weir.h>

/* What the chains of a state share. */
struct host {
    lua_State *lua;         /* who polls or drops a chain: functions are called on it */
    weir_rt *rt;            /* NULL: the state is closing */
    const weir_type *value; /* whose items are references into the registry */
    bool busy;              /* a poll runs, and in it perhaps a function of a stream */
    bool thrown;            /* by who is told, and has no item to give it to */
    lua_Integer raised;     /* the number of what a function raised last */
};

/* A stream, a reader, a pipeline. Its one user value is what has to live as long. */
struct chain {
    struct host *host;
    void *held; /* NULL: another stage took it, or it was closed */
    void (*drop)(struct chain *self);
    bool polled;
};

/* Of a state that is not within a poll: raises where it is, since both would run at once. */
struct host *weirL_host(lua_State *lua);
/* The first argument of a method, which holds something. The caller takes it out, or leaves it. */
struct chain *weirL_self(lua_State *lua);
void *weirL_take(struct chain *self);

/* On top of the stack, empty. The class was made by weirL_class(). */
void *weirL_new(lua_State *lua, size_t size, const char *class, void (*drop)(struct chain *self));
struct chain *weirL_new_stream(lua_State *lua);
struct chain *weirL_new_reader(lua_State *lua);
/* What stands on top lives as long as what the first argument needs. */
void weirL_keep_as_first(lua_State *lua);

/* Runs it, and pushes its number, or raises its error. */
int weirL_number(lua_State *lua, struct host *host, weir_stream *future);
/* What stands on top is raised behind the poll, and gone here. Of several it is the first. */
void weirL_throw(struct host *host);
int weirL_raise(lua_State *lua, struct host *host, const weir_error *error);

/* Its methods know the class of their first argument. close is one of every class. */
void weirL_class(lua_State *lua, const char *name, const luaL_Reg *methods);

int luaopen_weir(lua_State *lua);

#endif
