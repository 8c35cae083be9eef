-- What weir.c promises. The test dist_lua runs it.
local weir = require "weir"

local function all(stream)
    local items = {}
    for item in stream do
        table.insert(items, tostring(item))
    end
    return table.concat(items, " ")
end

local function file(text)
    local path = os.tmpname()
    local f = assert(io.open(path, "w"))
    f:write(text)
    f:close()
    return path
end

assert(all(weir.range(0, 5)) == "0 1 2 3 4")
assert(weir.range(0, 1000):take(7):count() == 7)

local seen = 0
local pairs_of = weir.range(0, 4):each(function() seen = seen + 1 end)
    :map(function(x) return { x } end):filter(function(t) return t[1] > 1 end)
assert(all(pairs_of:map(function(t) return t[1] * 10 end)) == "20 30" and seen == 4)

local path = file("one\n\ntwo\nthree")
assert(all(weir.open(path):lines()) == "one  two three")
assert(all(weir.open(path):lines():map(string.len)) == "3 0 3 5")
os.remove(path)

-- errors come at their item, and the next loop goes on
local stream = weir.range(0, 6):map(function(x)
    if x == 3 then
        error({ three = true })
    end
    return x
end)
local got = {}
local ok, why = pcall(function()
    for x in stream do
        table.insert(got, x)
    end
end)
assert(not ok and #got == 3 and why.cause.three and why.record == 4 and not why.fatal)
assert(all(stream) == "4 5")
ok, why = pcall(all, weir.open("/nonexistent"):lines())
assert(not ok and why.number == 2 and why.place == "/nonexistent")
assert(tostring(why):match("^cannot open: .*\n  at /nonexistent\n.*\n  try "))

-- what was taken is no stream any more; a yield cannot pass through C
stream = weir.range(0, 3)
stream:take(1)
assert(not pcall(stream))
ok, why = coroutine.resume(coroutine.create(function()
    return all(weir.range(0, 3):map(coroutine.yield))
end))
assert(not ok and tostring(why):match("yield"))

-- a function cannot use or close a stream, which may be the one that runs it
for _, use in ipairs({ "close", "count" }) do
    local own
    own = weir.range(0, 3):map(function(x)
        own[use](own)
        return x
    end)
    ok, why = pcall(own)
    assert(not ok and tostring(why):match("a function of a stream cannot"))
    own:close()
end

-- items that a loop had already are seen by no stage: it says so
stream = weir.range(0, 100)
stream()
ok, why = pcall(stream.count, stream)
assert(not ok and tostring(why):match("had items of it already"))
local rest = 0
for _ in stream do
    rest = rest + 1
end
assert(rest == 99)

-- what chains hold is let go of with them, also in the middle
local held = setmetatable({}, { __mode = "k" })
do
    local left = weir.range(0, 100):map(function(x)
        local item = { x }
        held[item] = true
        return item
    end)
    left()
    left:close()
end
collectgarbage()
collectgarbage()
assert(next(held) == nil)

-- what is there of bytes, a part of a stream, a file
assert(all(weir.memory("one\ntwo"):lines()) == "one two" and all(weir.memory("ab")) == "ab")
assert(all(weir.range(0, 9):skip(2):take(3)) == "2 3 4")
assert(not pcall(stream.skip, weir.range(0, 9), -1) and not pcall(stream.map, weir.range(0, 9)))
assert(weir.memory("abc"):save(path) == 3 and all(weir.open(path)) == "abc")
os.remove(path)
assert(not pcall(weir.open, path .. "\0") and not pcall(weir.memory("").save, weir.memory(""), "\0"))
ok, why = pcall(all, weir.memory("four"):lines(3))
assert(not ok and not why.fatal and why.message:match("3 bytes"))

-- a coroutine that is over calls nothing more, and a stream that is dropped in a function is
stream = weir.range(0, 200):map(function(x)
    coroutine.wrap(function()
        local other <close> = weir.range(0, x)
        collectgarbage()
    end)()
    return x
end):filter(function(x) return x % 2 == 0 end)
assert(coroutine.wrap(function() return stream() end)() == 0)
collectgarbage()
rest = 0
for _ in stream do
    rest = rest + 1
end
assert(rest == 99)

-- what functions raised does not stay for ever, nor in the way of the next
local causes = setmetatable({}, { __mode = "k" })
for i = 1, 100 do
    stream = weir.range(0, 2):map(function()
        local cause = {}
        causes[cause] = true
        error(cause)
    end):filter(function() error(nil) end)
    ok, why = pcall(stream)
    assert(not ok and type(why.cause) == "table")
    stream:close()
end
why = nil
collectgarbage()
collectgarbage()
local n = 0
for _ in pairs(causes) do
    n = n + 1
end
assert(n < 65)
ok, why = pcall(weir.range(0, 1):map(function() error(nil) end))
assert(not ok and not why.cause)

-- one state has one weir, however often it is asked for
stream = weir.range(0, 3):map(function(x) return x end)
package.loaded.weir = nil
local again = require "weir"
collectgarbage()
assert(all(stream) == "0 1 2" and all(again.range(0, 2)) == "0 1")

-- the state may be closed in any order, also in a function
local function lua(text)
    local script = file(text)
    local ran, how, code = os.execute("lua5.4 " .. script)
    os.remove(script)
    return ran and how == "exit" and code == 0
end
assert(lua [[
    local late = setmetatable({}, { __gc = function()
        local ok, why = pcall(require("weir").range, 0, 3)
        assert(ok or why:match("closing"))
    end })
    local weir = require "weir"
    held = weir.range(0, 300):map(function(x) return { x } end)
    held()]])
assert(lua [[held = require("weir").range(0, 300):map(function(x) os.exit(true, true) end) held()]])
assert(lua [[require("weir").range(0, 300):each(function(x) os.exit(true, true) end):count()]])
