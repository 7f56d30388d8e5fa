-- Requests with a nonce of their own each, connection: keep-alive.
package.path = (debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "?.lua;" .. package.path
local common = require("common")
local requests, next = {}, 0

function init()
    requests = common.nonces("keep-alive")
    math.randomseed(os.time())
    next = math.random(#requests)
end

function request()
    next = next % #requests + 1
    return requests[next]
end

function done(summary, latency) common.done(summary, latency) end
