-- Counts the errors of a log by host, and goes on behind lines that say nothing.
local weir = require "weir"

local function host_of(line)
    local level, host = line:match("^%S+ (%S+) (%S+)")
    if not host then
        error("not enough fields", 0)
    end
    return level == "ERROR" and host
end

local hosts = weir.open(arg[1]):lines():map(host_of):filter(function(host) return host end)
local counts, names = {}, {}
local function count_all()
    for host in hosts do
        if not counts[host] then
            table.insert(names, host)
        end
        counts[host] = (counts[host] or 0) + 1
    end
    return true
end

local over, why
repeat
    over, why = pcall(count_all)
    if not over then
        print(("line %d: %s"):format(why.record, why.cause))
    end
until over or why.fatal
table.sort(names, function(a, b) return counts[a] > counts[b] end)
for _, host in ipairs(names) do
    print(("%s %d"):format(host, counts[host]))
end
