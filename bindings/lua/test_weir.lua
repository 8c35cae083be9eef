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
