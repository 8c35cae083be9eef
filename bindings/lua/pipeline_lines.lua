-- The lines of a pipeline of the command: pipeline_lines.lua 'seq 5 ! skip 3'
local pipeline = require "weir.pipeline"

local text = arg[1]
local ok, why = pcall(function()
    for line in pipeline(text, { allow = "read" }):lines() do
        print(line)
    end
end)
if not ok then
    local at = ""
    if type(why) == "table" and why.first then
        at = (" "):rep(why.first - 1) .. ("^"):rep(why.last - why.first + 1) .. " "
    end
    io.stderr:write(text, "\n", at, tostring(why), "\n")
    os.exit(1)
end
