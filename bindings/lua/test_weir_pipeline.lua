-- What weir_pipeline.c promises. The test dist_lua runs it.
local weir = require "weir"
local pipeline = require "weir.pipeline"

local function all(stream)
    local items = {}
    for item in stream do
        table.insert(items, tostring(item))
    end
    return table.concat(items, " ")
end

local function fails(said, f, ...)
    local ok, why = pcall(f, ...)
    assert(not ok and tostring(why):find(said, 1, true), tostring(why))
    return why
end

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir " .. folder))
local path = folder .. "/f"

-- lines and bytes
assert(all(pipeline("seq 5 ! skip 3"):lines()) == "4 5")
assert(pipeline("seq 9"):lines():map(tonumber):filter(function(x) return x > 6 end):count() == 3)
local people = pipeline("- ! from csv ! where age gt 30 ! to ndjson ! lines",
    { input = weir.memory("name,age\nAda,36\nBob,25\n") })
collectgarbage() -- the text of the input stays
assert(all(people:lines()) == '{"name":"Ada","age":36}')
assert(all(pipeline("seq 2"):bytes()) == "1\n2\n")

-- what is known of one
local numbers = pipeline("seq 5 ! skip 3")
assert(numbers:memory_bytes() > 0 and numbers:explain():find("memory bound"))
assert(all(numbers:lines()) == "4 5")
fails("was taken by another stage, or closed", numbers.run, numbers)
pipeline("zero ! null"):close()

-- what is wrong with a text, and where
local text = "seq 3 ! tkae 2"
local why = fails("no stage called 'tkae'; did you mean 'take'?", pipeline, text,
    { input = weir.memory("x") })
assert(text:sub(why.first, why.last) == "tkae" and why.hint == "did you mean 'take'?")
local taken = weir.memory("x")
taken:lines()
fails("which no stage has taken", pipeline, "- ! lines", { input = taken })
fails("which no stage has taken", pipeline, "- ! lines", { input = "x" })
fails("told: a function is wanted", pipeline, "seq 3", { told = 7 })
fails("'reed' is none of read, write", pipeline, "seq 3", { allow = "reed" })

-- what is not allowed opens nothing, and makes nothing
fails("not allowed", pipeline, "/etc/passwd ! lines")
fails("not allowed", pipeline, "seq 3 ! to lines ! " .. path, { allow = { "read", "net", "exec" } })
assert(not io.open(path))

-- runs, and says what its stages say
local notes = {}
local work = pipeline("seq 3 ! to lines ! crc32 ! " .. path,
    { allow = "write", told = function(note) table.insert(notes, note) end })
collectgarbage()
assert(work:run() == 6 and #notes == 1 and #notes[1] > 0)
assert(all(weir.open(path):lines()) == "1 2 3")

-- what it raises comes out of the loop, behind the items, or of run()
local angry = { told = function() error({ "no notes" }) end }
local function raises(f, ...)
    local ok, why = pcall(f, ...)
    assert(not ok and why[1] == "no notes")
end
work = pipeline("seq 3 ! to lines ! crc32 ! null", angry)
raises(work.run, work)
local crc = pipeline("seq 3 ! to lines ! crc32 ! lines", angry):lines()
assert(crc() == "1" and crc() == "2" and crc() == "3")
raises(crc)
assert(not crc())
assert(all(pipeline("seq 2"):lines()) == "1 2")

-- who is told of what feeds another stays, too
notes = {}
work = pipeline("- ! lines ! count ! null", { input = pipeline("seq 3 ! to lines ! crc32",
    { told = function(note) table.insert(notes, note) end }):bytes() })
collectgarbage()
collectgarbage()
assert(work:run() == 2 and #notes == 1)

-- errors of a run
fails("names no sink", function() pipeline("seq 3"):run() end)
fails("sink", function() all(pipeline("seq 3 ! null"):lines()) end)
why = fails("/nonexistent: cannot open", function() all(pipeline("/nonexistent ! lines", { allow = "read" }):lines()) end)
assert(why.fatal)
local rows = pipeline("- ! from csv", { input = weir.memory("a\n1\n") })
fails("the pipeline gives weir_row, no lines", rows.lines, rows)

-- in a function of a stream: neither made nor run
local outer = pipeline("seq 3")
for _, use in ipairs({ function() pipeline("seq 3") end, function() outer:run() end }) do
    fails("a function of a stream cannot use a stream", all, weir.range(0, 2):each(use))
end

-- left before the end: what it held goes
local held = setmetatable({}, { __mode = "k" })
do
    local told = function() end
    held[told] = true
    local lines = pipeline("- ! lines", { input = weir.memory("a\nb\n"), told = told }):lines()
    assert(lines() == "a")
    lines, told = nil, nil
end
collectgarbage()
collectgarbage()
collectgarbage()
assert(next(held) == nil)

os.remove(path)
assert(os.remove(folder))
