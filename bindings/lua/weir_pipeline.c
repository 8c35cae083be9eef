/* The command's pipelines for Lua 5.4, beside weir.c in one module, which wants libweir-pipeline.
 *
 *     local pipeline = require "weir.pipeline"
 *     for line in pipeline("seq 5 ! skip 3"):lines() do ... end
 *     pipeline("a ! lines ! to lines ! b", { allow = { "read", "write" } }):run()
 *
 * A text reaches what it is allowed, which is nothing unless said. One that is no pipeline is an
 * error, a table: message, hint, first and last, for text:sub(). */

#include "weir_lua.h"

#include <string.h>
#include <weir/pipeline.h>

/* Who hears what stages say. Its user value is what the input needs. */
struct told {
    struct host *host;
    int function;
};

/* ---- what stages say ---- */

static int tell_protected(lua_State *lua)
{
    const struct told *told = lua_touserdata(lua, 1);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, told->function);
    lua_pushstring(lua, lua_touserdata(lua, 2));
    lua_call(lua, 1, 0);
    return 0;
}

/* What it raises has no item to be the error of: it comes out of the loop, or of run(). */
static void tell(void *arg, const weir_note *note)
{
    struct told *told = arg;
    lua_State *lua = told->host->lua;
    if (!lua_checkstack(lua, 4))
        return;
    lua_pushcfunction(lua, tell_protected);
    lua_pushlightuserdata(lua, told);
    lua_pushlightuserdata(lua, (void *)note->message);
    if (lua_pcall(lua, 2, 0, 0) != LUA_OK)
        weirL_throw(told->host);
}

static int drop_told(lua_State *lua)
{
    struct told *told = luaL_checkudata(lua, 1, "weir.told");
    luaL_unref(lua, LUA_REGISTRYINDEX, told->function);
    told->function = LUA_NOREF;
    return 0;
}

static struct told *new_told(lua_State *lua, struct host *host)
{
    struct told *told = lua_newuserdatauv(lua, sizeof *told, 1);
    *told = (struct told){host, LUA_NOREF};
    luaL_setmetatable(lua, "weir.told");
    return told;
}

/* ---- options: the second argument, a table or nothing ---- */

static unsigned allow_word(lua_State *lua, const char *word)
{
    static const char *const words[] = {"read", "write", "net", "exec", "brokers"};
    for (unsigned i = 0; word && i < sizeof words / sizeof *words; i++)
        if (!strcmp(word, words[i]))
            return 1u << i;
    luaL_error(lua, "allow: '%s' is none of read, write, net, exec, brokers", word ? word : "?");
    return 0;
}

/* {"read", "write"}, or one word. */
static unsigned read_allow(lua_State *lua)
{
    unsigned allow = 0;
    int type = lua_getfield(lua, 2, "allow");
    if (type == LUA_TTABLE)
        for (lua_Integer i = luaL_len(lua, -1); i > 0; i--) {
            lua_geti(lua, -1, i);
            allow |= allow_word(lua, lua_tostring(lua, -1));
            lua_pop(lua, 1);
        }
    else if (type != LUA_TNIL)
        allow = allow_word(lua, lua_tostring(lua, -1));
    lua_pop(lua, 1);
    return allow;
}

/* What it needs is kept by who is told, on top. NULL: there is none. */
static struct chain *read_input(lua_State *lua)
{
    if (lua_getfield(lua, 2, "input") == LUA_TNIL)
        return lua_pop(lua, 1), NULL;
    struct chain *input = luaL_testudata(lua, -1, "weir.reader");
    if (!input || !input->held)
        luaL_error(lua, "input: a reader is wanted, which no stage has taken");
    lua_getiuservalue(lua, -1, 1);
    lua_setiuservalue(lua, -3, 1);
    lua_pop(lua, 1);
    return input;
}

static void read_told(lua_State *lua, struct told *told, weir_parse_options *options)
{
    if (lua_getfield(lua, 2, "told") == LUA_TNIL) {
        lua_pop(lua, 1);
        return;
    }
    if (!lua_isfunction(lua, -1))
        luaL_error(lua, "told: a function is wanted");
    told->function = luaL_ref(lua, LUA_REGISTRYINDEX);
    options->on_note = tell;
    options->arg = told;
}

/* ---- pipelines ---- */

static int raise_note(lua_State *lua, const weir_note *note)
{
    lua_createtable(lua, 0, 5);
    luaL_setmetatable(lua, "weir.error");
    lua_pushstring(lua, note->message);
    lua_setfield(lua, -2, "message");
    lua_pushstring(lua, note->hint);
    lua_setfield(lua, -2, "hint");
    lua_pushfstring(lua, "%s%s%s", note->message, *note->hint ? "; " : "", note->hint);
    lua_setfield(lua, -2, "text");
    if (note->size) {
        lua_pushinteger(lua, (lua_Integer)note->at + 1);
        lua_setfield(lua, -2, "first");
        lua_pushinteger(lua, (lua_Integer)(note->at + note->size));
        lua_setfield(lua, -2, "last");
    }
    return lua_error(lua);
}

static void drop_pipeline(struct chain *self)
{
    weir_pipeline_drop(self->held);
}

/* The reader is taken last: behind that nothing raises, and weir_parse() drops it where it fails.
 */
static int pipeline(lua_State *lua)
{
    size_t n;
    const char *text = luaL_checklstring(lua, 1, &n);
    struct host *host = weirL_host(lua);
    struct chain *made = weirL_new(lua, sizeof *made, "weir.pipeline", drop_pipeline);
    struct told *told = new_told(lua, host);
    struct chain *input = NULL;
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = 0);
    if (lua_type(lua, 2) == LUA_TTABLE) {
        options.allow = read_allow(lua);
        read_told(lua, told, &options);
        input = read_input(lua);
    }
    lua_setiuservalue(lua, -2, 1);
    weir_note note;
    options.input = input ? weirL_take(input) : NULL;
    made->held = weir_parse(text, n, &options, &note);
    return made->held ? 1 : raise_note(lua, &note);
}

/* Those of a pipeline that could not be built are of units: their error comes at the first. */
static void look_for_lines(lua_State *lua, const struct chain *made)
{
    const weir_type *type = weir_stream_type(made->held);
    if (type != &weir_type_line && type != &weir_type_owned_line && type != &weir_type_unit)
        luaL_error(lua,
                   "the pipeline gives %s, no lines: try 'to ndjson ! lines' behind records, "
                   "'unbatch' behind batches",
                   weir_type_name(type));
}

static int lines(lua_State *lua)
{
    struct chain *self = weirL_self(lua), *made = weirL_new_stream(lua);
    weirL_keep_as_first(lua);
    made->held = weir_pipeline_lines(weirL_take(self));
    look_for_lines(lua, made);
    return 1;
}

static int bytes(lua_State *lua)
{
    struct chain *self = weirL_self(lua), *made = weirL_new_reader(lua);
    weirL_keep_as_first(lua);
    made->held = weir_pipeline_reader(weirL_take(self));
    return 1;
}

/* Gives how many bytes were written. */
static int run(lua_State *lua)
{
    struct chain *self = weirL_self(lua);
    return weirL_number(lua, self->host, weir_pipeline_future(weirL_take(self)));
}

/* The most that it may hold at once. */
static int memory_bytes(lua_State *lua)
{
    uint64_t most = weir_pipeline_memory_bytes(weirL_self(lua)->held);
    lua_pushinteger(lua, most < LUA_MAXINTEGER ? (lua_Integer)most : LUA_MAXINTEGER);
    return 1;
}

/* The table of `weir explain`. */
static int explain(lua_State *lua)
{
    const struct chain *self = weirL_self(lua);
    size_t size = weir_pipeline_explain(self->held, self->host->rt, NULL, 0) + 1;
    luaL_Buffer table;
    char *out = luaL_buffinitsize(lua, &table, size);
    luaL_pushresultsize(&table, weir_pipeline_explain(self->held, self->host->rt, out, size));
    return 1;
}

int luaopen_weir_pipeline(lua_State *lua);
int luaopen_weir_pipeline(lua_State *lua)
{
    static const luaL_Reg of_pipelines[] = {{"lines", lines},     {"bytes", bytes},
                                            {"run", run},         {"memory_bytes", memory_bytes},
                                            {"explain", explain}, {NULL, NULL}};
    luaL_requiref(lua, "weir", luaopen_weir, 0);
    weirL_class(lua, "weir.pipeline", of_pipelines);
    luaL_newmetatable(lua, "weir.told");
    lua_pushcfunction(lua, drop_told);
    lua_setfield(lua, -2, "__gc");
    lua_pushcfunction(lua, pipeline);
    return 1;
}
