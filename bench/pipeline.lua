-- Sixteen requests at once, again and again.
function init()
    local one = wrk.format()
    sixteen = string.rep(one, 16)
end

function request()
    return sixteen
end
