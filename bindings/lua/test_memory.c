/* Whichever allocation of Lua's fails: it is an error of Lua's, nothing leaves a poll by it, and
 * nothing is left when the state is closed. The test dist_lua builds it with sanitizers. */

#include "weir_lua.h"

#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

int luaopen_weir_pipeline(lua_State *lua);

static const char script[] =
    "local numbers = weir.range(0, 70):map(function(x) return { x } end)"
    "    :filter(function(t) return t[1] > 1 or error({ t }) end):each(function() end)"
    "for _ = 1, 3 do pcall(function() for t in numbers do assert(t[1] > 1) end end) end "
    "local lines = weir.memory('a\\nb\\nc'):lines():map(string.upper):skip(1)"
    "assert(lines() == 'B') "
    "assert(not pcall(function() weir.range(0, 9):map(error):count() end))";

static const char pipelines[] =
    "local p = pipeline('- ! lines ! skip 1', {input = weir.memory('a\\nb'), told = print})"
    "for line in p:lines() do assert(line == 'b') end "
    "p = pipeline('seq 3 ! to lines ! crc32 ! null', {told = function(note) return {note} end})"
    "assert(p:explain() and p:run() == 6) "
    "p = pipeline('seq 3 ! to lines ! crc32 ! null', {told = function(note) error({note}) end})"
    "assert(not pcall(p.run, p)) "
    "assert(not pcall(pipeline, 'seq 3 ! tkae'))";

struct memory {
    long left; /* allocations until two fail: behind the first Lua collects, and tries again */
    size_t used;
};

static void *allocate(void *arg, void *old, size_t old_size, size_t size)
{
    struct memory *memory = arg;
    size_t was = old ? old_size : 0;
    if (size > was && --memory->left < 0 && memory->left >= -2)
        return NULL;
    memory->used += size - was;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static int run(lua_State *lua)
{
    luaL_openlibs(lua);
    luaL_requiref(lua, "weir", luaopen_weir, 1);
    luaL_requiref(lua, "weir.pipeline", luaopen_weir_pipeline, 0);
    lua_setglobal(lua, "pipeline");
    if (luaL_loadstring(lua, lua_touserdata(lua, 1)) != LUA_OK)
        return lua_error(lua);
    lua_call(lua, 0, 0);
    return 0;
}

/* Whether the failing allocation was reached. */
static bool fails_at(long n, const char *text)
{
    struct memory memory = {n, 0};
    lua_State *lua = lua_newstate(allocate, &memory);
    if (!lua)
        return true;
    lua_gc(lua, LUA_GCSTOP);
    lua_pushcfunction(lua, run);
    lua_pushlightuserdata(lua, (void *)text);
    int how = lua_pcall(lua, 1, 0, 0);
    bool wrong = memory.left >= 0 && how != LUA_OK;
    if (wrong)
        fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    lua_close(lua);
    if (!memory.used && !wrong)
        return memory.left < 0;
    fprintf(stderr, "%zu bytes are left behind failure %ld\n", memory.used, n);
    exit(1);
}

int main(void)
{
    long n = 0, m = 0;
    while (fails_at(n, script))
        n++;
    while (fails_at(m, pipelines))
        m++;
    printf("%ld and %ld allocations, each of which failed\n", n, m);
    return n < 100 || m < 100;
}
